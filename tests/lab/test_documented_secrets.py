"""docs/secrets.md and the data of groups, followed to the letter on the lab's relays."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab import plan
from tests.lab.relay_client import ALICE, Door, deliver
from tests.lab.relay_run import LAB, Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = "Xyzzy5TokenOfTheServiceXyzzy5"
KEYS = "/etc/omi-control"


def blocks(language: str) -> list[str]:
    page = (ROOT / "docs/secrets.md").read_text()
    return [text for kind, text in BLOCK.findall(page) if kind == language]


def followed(checkout: Control, block: str, keys: Path) -> str:
    """Run a block as the page has it; the keys of this test have a directory of their own."""
    done = subprocess.run(
        ["sh", "-euc", block.replace(KEYS, str(keys))],
        cwd=checkout.directory,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(checkout.directory),
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "OMI_PASSWORD": ALICE.password,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_page_about_secrets_ends_with_a_relay_that_takes_the_hash_from_age(
    copied: Control, tmp_path: Path
) -> None:
    production = copied.directory / "inventories/prod.py"
    customers = copied.directory / "inventories/prod/customers"
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    production.write_text((copied.directory / LAB).read_text())
    (copied.directory / "group_data/prod.py").write_text(
        (copied.directory / "group_data/lab.py").read_text()
    )
    for file in customers.iterdir():
        file.unlink()
    for file in (copied.directory / "inventories/lab/customers").iterdir():
        (customers / file.name).write_bytes(file.read_bytes())
    make_key, encrypt, hashes, show = blocks("sh")
    _, token, hashed = blocks("python")
    [elsewhere] = blocks("toml")
    for block in (make_key, encrypt, hashes):
        followed(copied, block, keys)
    copied.edit("inventories/prod.py", "    rfc2136,\n", "    rfc2136,\n    secret_command,\n")
    token_here = token.replace(KEYS, str(keys)).replace("dns=cloudflare", "_unused = cloudflare")
    head, tail = production.read_text().split("_environment = ")
    head = head.replace("    rfc2136,", "    cloudflare,\n    rfc2136,")
    production.write_text(f"{head}{token_here.rstrip().rstrip(',')}\n_environment = {tail}")
    copied.edit(
        "inventories/prod.py",
        'customers=load_customers("inventories/lab/customers"),',
        hashed.replace(KEYS, str(keys)),
    )
    shop = customers / "shop.toml"
    text = re.sub(
        rf'(login = "{ALICE.login}"\n)password_hash = .*\n', rf"\1{elsewhere}", shop.read_text()
    )
    assert elsewhere in text
    shop.write_text(text)
    said = followed(copied, show, keys)
    assert "MASKED" in said
    ended = copied.deploy("-vvv", "--debug", inventory="inventories/prod.py")
    for secret in (TOKEN, ALICE.password, "CRYPT}$6"):
        assert secret not in said + ended.said
    assert deliver(copied.site, "smtp").verdict.is_pass


@pytest.mark.soak
def test_what_the_data_of_a_group_say_holds_on_its_relays(copied: Control) -> None:
    copied.append(LAB, "\ntaipei = [relay[0]]\n")
    (copied.directory / "group_data/taipei.py").write_text(
        'timezone = "Asia/Taipei"\nlisteners = ["2525:starttls", "2465:tls"]\n'
    )
    copied.deploy()
    zones = {
        name: shell(copied.site, name, "readlink /etc/localtime") for name in ("smtp", "smtp2")
    }
    assert "Asia/Taipei" in zones["smtp"]
    assert "Asia/Taipei" not in zones["smtp2"]
    for door in (Door(2525, "starttls"), Door(2465, "tls")):
        assert deliver(copied.site, "smtp", door=door).verdict.is_pass
    assert ":2525" not in shell(copied.site, "smtp2", "ss -Hltn")
    assert copied.deploy().changed == []
    (copied.directory / "group_data/taipei.py").write_text('timezone = "Asia/"\n')
    ended = copied.run("-y")
    assert ended.code == 1
    assert f"data of {plan.host('smtp').fqdn}: timezone: 'Asia/' is not a time zone" in ended.said
    assert "Traceback" not in ended.said
