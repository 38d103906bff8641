"""pyinfra as an operator runs it, in a process of its own, on checkouts and inventories to break.

Everything that a test changes lies in a copy: of the checkout for templates, of the inventory for
settings and customers. The deploy has no door for tests.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab import hosts, plan
from lab.site import Site

PARTS = ("omi_core", "deploys", "templates", "group_data", "inventories", "config.py")
DEPLOY = "deploys/relay.py"
PATIENCE = 200
LAB = "inventories/lab.py"
COMPONENTS = {
    "dovecot": "Check passwords with Dovecot",
    "policy": "Judge mail by the policy daemon",
    "rspamd": "Sign with rspamd",
    "doors": "Bound the connections of each client",
    "firewall": "Let in what the inventory says and nothing else",
    "postfix": "Listen on 25, 465 and 587 with Postfix",
}


# operation, hosts, success, error, no change
RESULT = r"^    (\S.*?)\s+\d+\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)\s*$"


# Follows whatever changed a relay, and is no change of its own.
GATE = "See the relay as a customer does"


def is_changed(name: str, success: str, error: str) -> bool:
    return name not in {"Grand total", GATE} and (success, error) != ("-", "-")


@dataclass(frozen=True)
class Run:
    """How a run ended, and all that it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    @property
    def plan(self) -> dict[str, list[str]]:
        """Hosts that would change, by operation, of a `--json` run."""
        rows = json.loads(self.stdout)["plan"]
        return {row["name"]: row["hosts_with_change"] for row in rows if row["name"] != GATE}

    @property
    def changed(self) -> list[str]:
        """Lines of the table of results where a host changed or failed."""
        rows = re.findall(RESULT, self.said, re.MULTILINE)
        return [name for name, success, error, _ in rows if is_changed(name, success, error)]


@dataclass(frozen=True)
class Control:
    """A checkout to run pyinfra from."""

    site: Site
    directory: Path
    # The relays are as this says when it is the last word of all runs.
    history: list[tuple[Path, tuple[str, ...], str, bool]] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether the last run was the plain deploy of this checkout, and succeeded."""
        return self.history[-1:] == [(self.directory, ("-y",), LAB, True)]

    def start(
        self, *words: str, inventory: Path | str = LAB, what: str = DEPLOY
    ) -> subprocess.Popen[str]:
        """Start pyinfra and do not wait; `what` is the deploy, or another of its verbs."""
        self.history.append((self.directory, words, str(inventory), False))
        pyinfra = str(Path(sys.executable).with_name("pyinfra"))
        return subprocess.Popen(
            [pyinfra, *words, str(inventory), what],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(self.directory), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, inventory: Path | str = LAB, what: str = DEPLOY) -> Run:
        """Run pyinfra to the end."""
        process = self.start(*words, inventory=inventory, what=what)
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        ended = Run(process.returncode, stdout, stderr)
        if ended.code == 0 and not {"--dry", "--limit"} & set(words):
            self.history.append((self.directory, words, str(inventory), True))
        return ended

    def deploy(self, *words: str, inventory: Path | str = LAB, what: str = DEPLOY) -> Run:
        """Run a deploy; it must succeed."""
        ended = self.run("-y", *words, inventory=inventory, what=what)
        assert ended.code == 0, ended.said
        return ended

    def copy(self, target: Path) -> "Control":
        """Return a checkout of its own, with the keys of the same lab."""
        target.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            source = self.directory / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, target / part, ignore=ignored)
            else:
                shutil.copy(source, target / part)
        (target / ".lab").symlink_to(self.site.state)
        return Control(self.site, target, self.history)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a text of this checkout, which must stand there."""
        file = self.directory / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        """Add lines at the end of a file of this checkout."""
        with (self.directory / path).open("a") as file:
            file.write(text)


CUSTOMER = """name = "{name}"
domains = ["{domain}"]
"""

ACCOUNT = """
[[account]]
login = "{login}"
password_hash = "{hash}"
senders = [{senders}]
"""


@dataclass
class Inventory:
    """An inventory in a directory of its own; `write` gives it the lab's connection data."""

    directory: Path
    relays: Sequence[str] = ("smtp", "smtp2")
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def customers(self) -> Path:
        """The directory of its customers' files; the lab's, copied, unless a test adds some."""
        return self.directory / "customers"

    def write(self, control: Control) -> Path:
        """Write the module. pyinfra names a group after it, and `group_data/lab.py` fits."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self.customers.exists():
            shutil.copytree(control.directory / "inventories/lab/customers", self.customers)
        text = (control.directory / LAB).read_text()
        text = text.replace('"inventories/lab/customers"', repr(str(self.customers)))
        for old, new in self.changes.items():
            assert old in text, f"{LAB} has no {old!r}"
            text = text.replace(old, new)
        rows = "".join(ROW.format(host=plan.host(name)) for name in self.relays)
        head, _, _ = text.partition("relay = [")
        path = self.directory / "lab.py"
        path.write_text(f"{head}relay = [{rows}\n]\ncontrol = [control_row(_environment)]\n")
        return path

    def add_account(self, file: str, login: str, password: str, *senders: str) -> None:
        """Add an account to a customer's file."""
        with (self.customers / file).open("a") as customer:
            texts = ", ".join(f'"{sender}"' for sender in senders)
            customer.write(ACCOUNT.format(login=login, hash=hashed(password), senders=texts))


ROW = """
    relay_host("{host.fqdn}", environment=_environment, ipv4="{host.ipv4}", ipv6="{host.ipv6}"),"""


def hashed(password: str) -> str:
    """Return what stands in a customer's file."""
    words = ["openssl", "passwd", "-6", "-stdin"]
    ended = subprocess.run(words, input=password, capture_output=True, text=True, check=True)
    return "{SHA512-CRYPT}" + ended.stdout.strip()


def shell(site: Site, host: str, script: str, *, patience: float = 120) -> str:
    """Run a script on a host, past SSH; it must exit 0."""
    ended = hosts.run(site, host, ["sh", "-euc", script], timeout=patience)
    assert ended.returncode == 0, f"{host}: {script}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def digests(site: Site, host: str, *paths: str) -> dict[str, str]:
    """Return SHA-256 and mode of each file below `paths`."""
    script = f"find {' '.join(paths)} -type f -exec sh -c '" + DIGEST + "' sh {} +"
    lines = shell(site, host, script).splitlines()
    return dict(line.split(" ", 1) for line in lines)


def dkim_keys(site: Site, host: str) -> dict[str, str]:
    """Return the digests of the keys, without the marks: since when a relay signs is its own."""
    found = digests(site, host, "/etc/omi/dkim")
    return {path: said for path, said in found.items() if path.endswith((".key", ".pub"))}


DIGEST = 'for p; do echo "$p $(stat -c "%a %U %G" "$p") $(sha256sum < "$p")"; done'


def private_keys(place: Site, relay: str) -> dict[str, str]:
    """Path, mode, owner and digest of each DKIM key."""
    found = digests(place, relay, "/etc/omi/dkim")
    return {path: digest for path, digest in found.items() if path.endswith(".key")}
