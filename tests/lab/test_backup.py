"""A backup of both relays, and what it is good for when nothing is left of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from jsonschema import Draft202012Validator

from lab import delegation, keys, lifecycle, plan
from tests.lab.relay_client import ALICE, BOB, RELAYS, deliver
from tests.lab.relay_rotation import restored
from tests.lab.relay_run import Control, dkim_keys, shell
from tests.lab.relay_secrets import of_a_relay, of_the_control_machine
from tests.lab.test_relay_convergence import zones

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

INVENTORY = "inventories/lab.py"
ZONES = ("itpison.com", "shop.example", "news.example")
SCHEMAS = Path(__file__).parents[2] / "omi_core/cli/schemas"
WRONG = pyrage.x25519.Identity.generate()


def omi(control: Control, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omi_core.cli", *map(str, words), "--inventory", INVENTORY],
        cwd=control.directory,
        env={**os.environ, "PYTHONPATH": str(control.directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def document(name: str, ended: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What it printed, which is as its schema says."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found: dict[str, object] = json.loads(ended.stdout)
    Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(found)
    return found


@pytest.fixture(scope="module")
def recipient(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Whom backups are for, and the file of the identity."""
    made = pyrage.x25519.Identity.generate()
    file = tmp_path_factory.mktemp("identity") / "identity.txt"
    file.write_text(f"{made}\n")
    file.chmod(0o600)
    return str(made.to_public()), file


def test_a_backup_shows_no_key_and_is_refused_where_it_would_do_harm(
    damaged: Control, tmp_path: Path, recipient: tuple[str, Path]
) -> None:
    """One deployed lab for all of it: made, read, and refused by relays with other keys."""
    site, (to, identity) = damaged.site, recipient
    file = tmp_path / "relays.age"
    data = ("--data", f"file={file}", "--data", f"recipients={to}")
    ended = damaged.run("-y", "-vvv", "--debug", *data, what="deploys/backup.py")
    assert ended.code == 0, ended.said
    known = of_the_control_machine(site) | of_a_relay(site, "smtp") | of_a_relay(site, "smtp2")
    assert known.found(ended.said) == []
    assert file.stat().st_mode & 0o777 == 0o600

    again = omi(damaged, "backup", file, "--recipient", to)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    made = document(
        "backup", omi(damaged, "backup", file, "--recipient", to, "--overwrite", "--json")
    )
    assert made["backup"]["files"] == ["ca-key", "ca-root"]  # type: ignore[index]

    wrong = tmp_path / "wrong.txt"
    wrong.write_text(f"{WRONG}\n")
    wrong.chmod(0o600)
    refused = omi(damaged, "restore", file, "--identity", wrong)
    assert refused.returncode == 2
    assert "encrypted to others than" in refused.stderr

    before = dkim_keys(site, "smtp"), dkim_keys(site, "smtp2")
    shell(site, "smtp2", REPLACED)
    other = dkim_keys(site, "smtp2")
    refused = omi(damaged, "restore", file, "--identity", identity)
    assert refused.returncode == 1
    assert "has other keys than the backup: shop.example.omi1" in refused.stderr
    assert dkim_keys(site, "smtp2") == other
    brought = document(
        "restore", omi(damaged, "restore", file, "--identity", identity, "--replace", "--json")
    )
    assert brought["restored"] == [{"relay": "smtp2.itpison.com", "keys": 1}]
    assert (dkim_keys(site, "smtp"), dkim_keys(site, "smtp2")) == before
    assert known.found(json.dumps(brought) + refused.stdout + refused.stderr) == []


@pytest.fixture
def rested(control: Control) -> Iterator[Control]:
    """The relays; afterwards nothing is left of a rotation."""
    yield control
    restored(control)


# Another key, as a deploy onto a bare machine makes one.
REPLACED = """cd /etc/omi/dkim
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out shop.example.omi1.key
digest=$(sha256sum < shop.example.omi1.key)
public=$(openssl pkey -in shop.example.omi1.key -pubout -outform DER | base64 -w 0)
echo "shop.example.omi1 ${digest%% *} $public" > shop.example.omi1.pub"""


@pytest.mark.soak
def test_when_all_relays_are_lost_no_customers_dns_changes_and_the_first_mail_verifies(
    rested: Control, tmp_path: Path, recipient: tuple[str, Path]
) -> None:
    control = rested
    site, (to, identity) = control.site, recipient
    control.deploy("--data", "rotate=true", what="deploys/dkim.py")  # a rotation is under way
    before, held = zones(site, *ZONES), dkim_keys(site, "smtp")
    marks = shell(site, "smtp", "cd /etc/omi/dkim && cat *.mark")
    file = tmp_path / "relays.age"
    assert omi(control, "backup", file, "--recipient", to).returncode == 0

    lifecycle.reset(site, [plan.host(name) for name in RELAYS])
    authority = keys.authority(site)
    root = authority.read_bytes()
    authority.unlink()
    authority.with_suffix(".key").unlink()
    for relay in RELAYS:
        assert shell(site, relay, "ls /etc/omi 2>/dev/null || echo bare") == "bare\n"

    ended = document("restore", omi(control, "restore", file, "--identity", identity, "--json"))
    assert ended["files"] == ["ca-key", "ca-root"]
    assert authority.read_bytes() == root
    assert dkim_keys(site, "smtp") == dkim_keys(site, "smtp2") == held
    assert shell(site, "smtp", "cd /etc/omi/dkim && cat *.mark") == marks
    run = control.deploy()
    assert "Make the DKIM keys that no relay has" not in run.changed
    assert "Publish DNS" not in run.changed
    assert zones(site, *ZONES) == before
    delegation.flush(site)
    verdicts = [
        str(deliver(site, relay, account=account).verdict)
        for relay in RELAYS
        for account in (ALICE, BOB)
    ]
    sys.__stderr__.write(  # type: ignore[union-attr]
        f"\ndisaster: {len(held) // 2} keys restored on each relay, records of {len(ZONES)} zones"
        f" changed: 0 of {sum(map(len, before.values()))}; first mails {verdicts}\n"
    )
    assert set(verdicts) == {"spf=pass dkim=pass dmarc=pass"}
    again = document("restore", omi(control, "restore", file, "--identity", identity, "--json"))
    assert again["restored"] == again["files"] == []
