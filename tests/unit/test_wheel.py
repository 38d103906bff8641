"""The wheel is the whole tool: installed into an empty environment, outside of any checkout."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest

from omi_core.cli.nouns import NOUNS

ROOT = Path(__file__).parents[2]
PACKAGER = ROOT / ".venv" / "packager" / "bin"  # make packager
MESSAGE = b"From: <a@shop.example>\r\nX-LinkOption: 192\r\n\r\ntext\r\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sdist, and with the wheel that was made of it."""
    directory = tmp_path_factory.mktemp("dist")
    done = run([PACKAGER / "python", "-m", "build", "--outdir", directory, ROOT], directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="module")
def installed(built: Path) -> Path:
    """The programs of an environment that holds the wheel and what was hashed for it."""
    run([sys.executable, "-m", "venv", built / "empty"], built)
    programs = built / "empty" / "bin"
    pip = [programs / "python", "-m", "pip", "install", "-q"]
    hashed = run([*pip, "--require-hashes", "-r", ROOT / "requirements.txt"], built)
    assert hashed.returncode == 0, hashed.stderr
    done = run([*pip, "--no-deps", "--no-index", *built.glob("*.whl")], built)
    assert done.returncode == 0, done.stderr
    return programs


def run(words: Iterable[object], where: Path, **given: bytes) -> subprocess.CompletedProcess[bytes]:
    plain = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "OMI_PASSWORD"}}
    return subprocess.run(
        [str(word) for word in words],
        cwd=where,
        env={**plain, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        timeout=540,
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

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

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
    "backup": (("relays.age", "--recipient", RECIPIENT, *HERE), 1),
    "restore": (("mail.eml", "--identity", "mail.eml", *HERE), 2),
    "drift": (HERE, 3),
    "completion": (("bash",), 0),
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
def test_every_command_has_help_outside_of_a_checkout(
    installed: Path, place: Path, call: str
) -> None:
    done = run([installed / "omi", *call.split(), "--help"], place)
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"omi {call}" in done.stdout.decode()


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


def test_every_noun_and_verb_has_a_page_of_man(installed: Path, place: Path) -> None:
    pages = sorted((installed.parent / "share/man/man1").glob("*.1"))
    nouns = {call.split()[0] for call in CALLS if " " in call}
    named = {f"omi-{call.replace(' ', '-')}.1" for call in (*CALLS, *nouns)} | {"omi.1"}

    assert {page.name for page in pages} == named
    assert run(["mandoc", "-Tlint", "-Wwarning", *pages], place).stdout == b""
    shown = run(["man", "-l", installed.parent / "share/man/man1/omi-dns-plan.1"], place)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert "Leave the keys as they are published." in " ".join(shown.stdout.decode().split())


@pytest.mark.parametrize(
    ("shell", "place_of_it"),
    [
        ("bash", "share/bash-completion/completions/omi"),
        ("zsh", "share/zsh/site-functions/_omi"),
        ("fish", "share/fish/vendor_completions.d/omi.fish"),
    ],
)
def test_what_a_shell_completes_by_is_where_it_looks(
    installed: Path, place: Path, shell: str, place_of_it: str
) -> None:
    told = run([installed / "omi", "completion", shell], place).stdout
    assert told.strip()
    assert (installed.parent / place_of_it).read_bytes().strip() == told.strip()


def normal(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def test_both_files_are_as_an_index_takes_them(built: Path) -> None:
    """The long description can be shown, the licence and every field of the metadata are right."""
    files = [*built.glob("*.whl"), *built.glob("*.tar.gz")]
    done = run([PACKAGER / "twine", "check", "--strict", *files], built)
    assert (done.returncode, len(files)) == (0, 2), done.stdout


def test_what_was_hashed_is_all_that_the_wheel_needs(installed: Path, place: Path) -> None:
    done = run([installed / "python", "-m", "pip", "check"], place)
    assert done.returncode == 0, done.stdout


def test_the_bill_of_materials_names_every_package_that_is_installed(
    installed: Path, place: Path
) -> None:
    words = ["environment", "--pyproject", ROOT / "pyproject.toml", installed / "python"]
    done = run([PACKAGER / "cyclonedx-py", *words], place)
    assert done.returncode == 0, done.stderr
    bill = json.loads(done.stdout)
    named = {normal(f"{one['name']}=={one['version']}") for one in bill["components"]}
    hashed = (ROOT / "requirements.txt").read_text()
    assert set(map(normal, re.findall(r"^[\w.-]+==[\w.]+", hashed, re.MULTILINE))) <= named
    assert bill["metadata"]["component"]["name"] == "omi-relay"
