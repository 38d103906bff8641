"""The commands that the pages show, run on the lab as they stand there.

What the pages call production is the lab here. A block of `sh` is a control machine's; one of
`sh control host` is run on a host with systemd, as installing a timer is, and one of `sh relay` on
a relay.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from lab import hosts, plan
from tests.lab.relay_client import ALICE, RECIPIENT
from tests.lab.relay_fixtures import control, copied, damaged
from tests.lab.relay_run import LAB, Control, shell

__all__ = ["control", "copied", "damaged"]

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```sh([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PAGES = (
    "relay.md",
    "runbook.md",
    "dns.md",
    "firewall.md",
    "dkim-rotation.md",
    "certificates.md",
    "onboarding.md",
    "verify.md",
    "backup.md",
    "retire.md",
)
UNITS = "templates/control"
RELAY = plan.host("smtp")
PLACEHOLDERS = {
    "you@mailbox.test": RECIPIENT,
    "192.0.2.25,2001:db8::25": f"{RELAY.ipv4},{RELAY.ipv6}",
}


def commands(role: str = "") -> list[str]:
    """The blocks of one role, each once."""
    texts = ((ROOT / "docs" / page).read_text() for page in PAGES)
    found = (block for text in texts for words, block in BLOCK.findall(text) if words == role)
    return list(dict.fromkeys(re.sub(r"^ +", "", block, flags=re.MULTILINE) for block in found))


@pytest.mark.parametrize("block", commands())
def test_a_documented_command_does_what_the_page_needs(block: str, copied: Control) -> None:
    shutil.copy(copied.directory / LAB, copied.directory / "inventories/prod.py")
    shutil.copy(copied.directory / "group_data/lab.py", copied.directory / "group_data/prod.py")
    commit_twice(copied)
    make_identity(copied)
    for placeholder, value in PLACEHOLDERS.items():
        block = block.replace(placeholder, value)
    ended = subprocess.run(
        ["sh", "-euc", block],
        cwd=copied.directory,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(copied.directory),
            "GIT_CONFIG_GLOBAL": str(copied.directory / "gitconfig"),
            "OMI_PASSWORD": ALICE.password,
            "SSL_CERT_FILE": str(copied.directory / ".lab/ca/root.pem"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def commit_twice(checkout: Control) -> None:
    """Make a history whose last commit can be taken back."""
    (checkout.directory / "gitconfig").write_text(
        "[user]\n\tname = Operator\n\temail = operator@example.com\n"
    )
    for words in (["init", "-q"], ["add", "deploys"], ["commit", "-qm", "What was"]):
        git(checkout, *words)
    checkout.append("deploys/relay.py", "\n# A change to be taken back.\n")
    git(checkout, "commit", "-qam", "A change")


def make_identity(checkout: Control) -> None:
    """Write what `age-keygen` would."""
    made = pyrage.x25519.Identity.generate()
    (checkout.directory / "backup-identity.txt").write_text(f"{made}\n")
    (checkout.directory / "backup-identity.txt").chmod(0o600)
    (checkout.directory / "backup-recipients.txt").write_text(f"{made.to_public()}\n")


def git(checkout: Control, *words: str) -> None:
    configuration = {**os.environ, "GIT_CONFIG_GLOBAL": str(checkout.directory / "gitconfig")}
    subprocess.run(["git", *words], cwd=checkout.directory, env=configuration, check=True)


@pytest.mark.parametrize("block", commands(" relay"))
def test_a_documented_command_works_on_a_relay(block: str, damaged: Control) -> None:
    shell(damaged.site, RELAY.name, block)


@pytest.mark.parametrize("block", commands(" control host"))
def test_a_control_host_runs_its_timer(block: str, control: Control) -> None:
    place = control.site
    for unit in (control.directory / UNITS).iterdir():
        shell(place, "client", f"mkdir -p /root/{UNITS}")
        hosts.check(place, "client", ["tee", f"/root/{UNITS}/{unit.name}"], stdin=unit.read_text())
    [timer] = re.findall(r"enable --now (\S+)", block)
    try:
        shell(place, "client", f"cd /root\n{block}")
        assert timer in shell(place, "client", "systemctl list-timers --no-pager")
    finally:
        shell(place, "client", f"systemctl disable --now {timer}; rm -r /root/templates")
