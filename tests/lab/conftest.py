"""What tests on the lab start from. They run inside its network:

    python3 -m lab exec .venv/bin/pytest tests/lab -m lab

`relay("smtp").run(...)`, `client.run(...)`, `receiver.run(...)` and `names.run(...)` run a command
on a host as root, past SSH; `mailbox.wait_for(...)` reads what arrived; `place` is the lab itself.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the lab is not an installed package

from lab import hosts, lifecycle, plan, site
from lab import mailbox as arrivals


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands on one host; a string goes through sh, a list does not."""

    place: site.Site
    name: str

    def attempt(
        self, command: str | list[str], *, stdin: str | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Return how it ended, whatever the exit code."""
        argv = ["sh", "-c", command] if isinstance(command, str) else command
        return hosts.run(self.place, self.name, argv, stdin=stdin, timeout=timeout)

    def run(
        self, command: str | list[str], *, stdin: str | None = None, timeout: float = 120
    ) -> str:
        """Return what it printed; it must exit with 0."""
        result = self.attempt(command, stdin=stdin, timeout=timeout)
        assert result.returncode == 0, f"{self.name}: {command}\n{result.stdout}{result.stderr}"
        return result.stdout


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the receiving MX has accepted."""

    place: site.Site

    def wait_for(self, recipient: str, token: str, timeout: float = 30) -> arrivals.Received:
        """Return the mail that contains the token, once it has arrived."""
        return arrivals.wait_for(self.place, recipient, token, timeout)

    def messages(self, recipient: str | None = None) -> list[arrivals.Received]:
        """Return what has arrived so far, oldest first."""
        return arrivals.messages(self.place, recipient)


@pytest.fixture(scope="session")
def place() -> site.Site:
    """The lab of this checkout; the tests must run inside its network."""
    here = site.here()
    own = Path("/proc/self/ns/net").stat().st_ino
    if not here.namespace_file.exists() or here.namespace_file.stat().st_ino != own:
        pytest.exit("run these inside the lab: python3 -m lab exec .venv/bin/pytest ...", 3)
    return here


@pytest.fixture(scope="session")
def relay(place: site.Site) -> Callable[[str], Shell]:
    """The shell of a relay, by the host's name."""
    return lambda name: Shell(place, plan.host(name).name)


@pytest.fixture(scope="session")
def client(place: site.Site) -> Shell:
    """The host with software that nobody here wrote."""
    return Shell(place, "client")


@pytest.fixture(scope="session")
def receiver(place: site.Site) -> Shell:
    """The receiving MX."""
    return Shell(place, "mx")


@pytest.fixture(scope="session")
def names(place: site.Site) -> Shell:
    """The host of Knot and unbound."""
    return Shell(place, "dns")


@pytest.fixture(scope="session")
def mailbox(place: site.Site) -> Mailbox:
    """The mailbox of inbox.example."""
    return Mailbox(place)


@pytest.fixture
def spare(place: site.Site) -> Iterator[Shell]:
    """A relay that is bare, and gone afterwards: smtp3."""
    host = plan.host("smtp3")
    hosts.end(place, [host])
    lifecycle.up(place, [host])
    yield Shell(place, host.name)
    hosts.end(place, [host])
