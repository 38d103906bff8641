"""docs/tutorial.md, followed to the letter on two bare hosts, with the page's own names.

A block of the page says by the words after its language what it is: `sh control` and `sh client`
are commands, a path is a file to write, `client:` a file on the client, `zone` are records that
the customer enters. The addresses, the TSIG key and the mailbox are replaced by the lab's.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import delegation, hosts, keys, lifecycle, mailbox, plan
from lab.site import Site
from tests.lab.relay_run import PARTS

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RELAYS = (plan.host("smtp"), plan.host("smtp2"))
MAILBOX = "tutorial@inbox.example"
PASSWORD = "seven cups & a pinch of salt"
CONTROL = "/etc/omi-control"
CLIENT = "/root/tutorial"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, what the page says it is, and the text."""

    language: str
    role: str
    text: str


def blocks() -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(PAGE.read_text())]


@dataclass
class Newcomer:
    """Somebody with a fresh checkout, who does what the page says."""

    site: Site
    checkout: Path
    secrets: Path
    said: list[str] = field(default_factory=list)

    def placeholders(self) -> Mapping[str, str]:
        first, second = RELAYS
        tsig = re.search(r'secret "([^"]+)"', keys.tsig(self.site).read_text())
        assert tsig is not None
        return {
            "203.0.113.11": first.ipv4,
            "2001:db8:7::11": first.ipv6,
            "203.0.113.12": second.ipv4,
            "2001:db8:7::12": second.ipv6,
            "203.0.113.53": plan.ipv4(plan.AUTHORITATIVE),
            "you@mailbox.test": MAILBOX,
            CONTROL: str(self.secrets),
            'key "omi-control."': f'key "{plan.TSIG_NAME}"',
            "dGhlIHNlY3JldCBvZiB5b3VyIG93biBUU0lHIGtleSE=": tsig[1],
            "THE HASH": next((line for line in self.said if line.startswith("{SHA512")), ""),
            "THE PASSWORD": f'"{PASSWORD}"',
        }

    def adapt(self, text: str) -> str:
        for placeholder, value in self.placeholders().items():
            text = text.replace(placeholder, value)
        return text

    def follow(self, block: Block) -> None:
        role, _, stdin = block.role.partition(" < ")
        text = self.adapt(block.text)
        if block.language == "sh":
            self.run(role, text, f"{PASSWORD}\n" if stdin == "password" else "")
        elif block.language == "zone":
            self.enter_records(role, text)
        elif role.startswith("client:"):
            self.on_client(f"cat > {role.removeprefix('client:')}", text)
        elif role:
            (self.checkout / self.adapt(role)).write_text(text)

    def run(self, where: str, script: str, stdin: str) -> None:
        if where == "client":
            self.on_client(script, stdin)
        elif where == "control":
            self.on_control(script, stdin)

    def on_control(self, script: str, stdin: str) -> None:
        ended = subprocess.run(
            ["sh", "-euc", script],
            cwd=self.checkout,
            env={**os.environ, "COLUMNS": "200"},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{script}\n{ended.stdout}{ended.stderr}"
        self.said += ended.stdout.splitlines()
        if "ssh-keygen -q" in script:
            self.hand_over_key()

    def on_client(self, script: str, stdin: str) -> None:
        ended = hosts.run(
            self.site, "client", ["sh", "-euc", f"cd {CLIENT}\n{script}"], stdin=stdin
        )
        assert ended.returncode == 0, f"{script}\n{ended.stdout}{ended.stderr}"

    def hand_over_key(self) -> None:
        """What the provider does with the public key."""
        public = (self.secrets / "id_ed25519.pub").read_text()
        for host in RELAYS:
            hosts.check(self.site, host.name, ["tee", "/root/.ssh/authorized_keys"], stdin=public)

    def enter_records(self, zone: str, text: str) -> None:
        """What the customer does with the four records."""
        delegation.add_zone(self.site, zone)
        lines = [line.split(maxsplit=2) for line in text.splitlines()]
        hosts.run(self.site, "dns", ["knotc", "zone-abort", zone])  # of a run that was ended
        hosts.check(self.site, "dns", ["knotc", "zone-begin", zone])
        for name, kind, data in lines:
            # An earlier run on this lab may have entered it already.
            hosts.run(self.site, "dns", ["knotc", "zone-unset", zone, name, kind])
            hosts.check(self.site, "dns", ["knotc", "zone-set", zone, name, "60", kind, data])
        hosts.check(self.site, "dns", ["knotc", "zone-commit", zone])
        delegation.flush(self.site)


@pytest.fixture
def newcomer(place: Site, tmp_path: Path) -> Iterator[Newcomer]:
    lifecycle.reset(place, RELAYS)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for part in (*PARTS, "pyproject.toml"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, checkout / part)
        else:
            shutil.copy(ROOT / part, checkout / part)
    program = Path(sys.prefix)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    omi = checkout / ".venv" / "bin" / "omi"
    omi.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m omi_core.cli "$@"\n')
    omi.chmod(0o755)
    (checkout / ".venv" / "bin" / "pyinfra").symlink_to(program / "bin" / "pyinfra")
    someone = Newcomer(place, checkout, tmp_path / "omi-control")
    yield someone
    hosts.run(place, "client", ["rm", "-rf", CLIENT])
    lifecycle.reset(place, RELAYS)


@pytest.mark.timeout(600)
def test_the_tutorial_ends_with_mail_that_passes_everywhere(newcomer: Newcomer) -> None:
    before = len(mailbox.messages(newcomer.site, MAILBOX))
    operator_zone, customer_zone = _zones()
    delegation.add_zone(newcomer.site, operator_zone)
    hosts.check(newcomer.site, "client", ["mkdir", "-p", CLIENT])

    for block in blocks():
        if block.role.startswith("client:mail"):
            root = (newcomer.secrets / "ca" / "root.pem").read_text()
            newcomer.on_client("cat > root.pem", root)
        newcomer.follow(block)

    arrived = _wait_for_three(newcomer.site, before)
    assert [str(mail.verdict) for mail in arrived] == ["spf=pass dkim=pass dmarc=pass"] * 3
    assert all(customer_zone in str(mail.message["From"]) for mail in arrived)


def test_the_names_of_the_tutorial_stand_nowhere_else() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    others = [path for path in listed if ROOT / path != PAGE and (ROOT / path).is_file()]
    for name in _zones():
        assert [path for path in others if name.encode() in (ROOT / path).read_bytes()] == []


def _zones() -> tuple[str, str]:
    """Return the operator's and the customer's zone, as the page's own files name them."""
    text = PAGE.read_text()
    operator = re.search(r'operator_zone="([^"]+)"', text)
    customer = re.search(r'^domains = \["([^"]+)"\]', text, re.MULTILINE)
    assert operator is not None
    assert customer is not None
    return operator[1], customer[1]


def _wait_for_three(site: Site, before: int) -> list[mailbox.Received]:
    deadline = time.monotonic() + 30
    while len(arrived := mailbox.messages(site, MAILBOX)[before:]) < 3:
        assert time.monotonic() < deadline, f"{len(arrived)} of 3 mails arrived"
        time.sleep(0.1)
    return arrived
