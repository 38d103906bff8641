"""The wheel is the whole tool: installed into an empty environment, outside of any checkout."""

import os
import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest

from omi_core.cli.nouns import NOUNS

ROOT = Path(__file__).parents[2]
MESSAGE = b"From: <a@shop.example>\r\nX-LinkOption: 192\r\n\r\ntext\r\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds nothing but the wheel and what it needs."""
    directory = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", directory, ROOT], directory)
    [wheel] = directory.glob("*.whl")
    run([sys.executable, "-m", "venv", directory / "empty"], directory)
    programs = directory / "empty" / "bin"
    constraints = ROOT / "constraints.txt"
    run([programs / "python", "-m", "pip", "install", "-q", "-c", constraints, wheel], directory)
    return programs


def run(words: Iterable[object], where: Path, **given: bytes) -> subprocess.CompletedProcess[bytes]:
    plain = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "OMI_PASSWORD"}}
    return subprocess.run(
        [str(word) for word in words],
        cwd=where,
        env={**plain, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        timeout=300,
        **given,  # type: ignore[call-overload]
    )


INVENTORY = """
from omi_core.inventory import (
    control_row, environment, internal_ca, load_customers, manual_dns, relay_host
)

_environment = environment(
    operator_zone="relay.example",
    public_names=("smtp.relay.example",),
    postmaster="ops@relay.example",
    customers=load_customers("customers"),
    issuer=internal_ca("ca"),
    dns=manual_dns(),
)

relay = [relay_host("smtp.relay.example", environment=_environment, ipv4="127.0.0.1")]
control = [control_row(_environment)]
"""
HERE = ("--inventory", "inventory.py")
THERE = ("--customers", "customers")
NOWHERE = ("--root", "127.0.0.1:1", "--timeout", "2")
SHUT = ("--listener", "1:none", "--resolve", "a.example=127.0.0.1")  # tcpmux: nobody runs it
SENT = (
    *("--resolve", "a.example=127.0.0.1", "--port", "1"),
    *("--from", "a@b.example", "--to", "c@d.example"),
)

CALLS: dict[str, tuple[tuple[str, ...], int]] = {
    "options list": ((), 0),
    "options encode": (("link", "NotTrackOpen"), 0),
    "options decode": (("link", "192"), 0),
    "options explain": (("X-LinkOption: 192",), 0),
    "message check": (("mail.eml",), 0),
    "message set": (("mail.eml", "X-LinkOption=NotTrackOpen"), 0),
    "account hash": ((), 0),
    "account may": (("shop", "a@shop.example", *HERE), 2),
    "customer add": (("new", "--domain", "new.example", "--login", "new", *HERE, *THERE), 0),
    "customer check": (("customers",), 0),
    "customer password": (("shop", "nobody", *HERE, *THERE), 2),
    "customer suspend": (("shop", "--dry", *HERE, *THERE), 0),
    "customer resume": (("shop", "--dry", *HERE, *THERE), 0),
    "customer remove": (("shop", "--dry", *HERE, *THERE), 0),
    "smtp verify": (("a.example", *SHUT, "--html", "smtp.html"), 1),
    "smtp explain": (("535 5.7.8 authentication failed",), 0),
    "smtp send": (("a.example", *SENT), 3),
    "cert check": ((str(ROOT / "docs/examples/root.pem"),), 1),
    "cert renew": (HERE, 1),
    "queue list": (HERE, 3),
    "queue release": (("--all", *HERE), 3),
    "queue retry": (("--all", *HERE), 3),
    "queue drop": (("--all", "--dry", *HERE), 3),
    "dns plan": ((*HERE, "--without-keys"), 3),
    "dns apply": ((*HERE, "--without-keys"), 3),
    "dns records": (("shop.example", *HERE, *NOWHERE), 3),
    "reputation": ((*HERE, *NOWHERE), 3),
    "dns verify": (("shop.example", *HERE, *NOWHERE, "--html", "dns.html"), 3),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory of somebody who has no checkout."""
    (tmp_path / "mail.eml").write_bytes(MESSAGE)
    (tmp_path / "inventory.py").write_text(INVENTORY)
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "shop.toml").write_text('name = "Shop"\ndomains = ["shop.example"]\n')
    return tmp_path


def test_every_verb_is_tried() -> None:
    verbs = set()
    for name, noun in NOUNS.items():
        module, _, attribute = noun.group.partition(":")
        command = getattr(import_module(module), attribute)
        verbs |= {f"{name} {verb}" for verb in getattr(command, "commands", ())} or {name}
    assert set(CALLS) == verbs


@pytest.mark.parametrize("call", CALLS)
def test_every_command_works_outside_of_a_checkout(installed: Path, place: Path, call: str) -> None:
    words, code = CALLS[call]
    done = run([installed / "omi", *call.split(), *words], place, input=b"correct horse battery\n")
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    assert done.stdout or said or list(place.glob("*.html"))
    for page in place.glob("*.html"):
        assert "</html>" in page.read_text()


def test_the_wheel_speaks_every_language(installed: Path, place: Path) -> None:
    where = "from omi_core.language import LOCALE; print(*LOCALE.glob('*/LC_MESSAGES/omi.mo'))"
    compiled = run([installed / "python", "-c", where], place).stdout.decode().split()
    assert len(compiled) == len(list(ROOT.glob("omi_core/locale/*/LC_MESSAGES/omi.po"))) > 0
    told = run([installed / "omi", "options", "list", "--lang", "zh-TW", "--help"], place)
    assert "用法：omi options list" in told.stdout.decode()


def test_pyinfra_runs_a_deploy_of_the_wheel(installed: Path, place: Path) -> None:
    where = "import omi_core.places as p; print(p.DEPLOYS / 'relay.py')"
    deploy = run([installed / "python", "-c", where], place).stdout.decode().strip()
    done = run([installed / "pyinfra", "-y", "inventory.py", deploy, "--limit", "@local"], place)
    assert b"Loading: " in done.stderr, done.stderr
    assert b"Traceback" not in done.stderr
