"""Certificates rotated while mail flows: what failed, and how long the former one was served.

    python3 -m lab exec .venv/bin/python -m benchmarks.rotation

Sessions are held open on 587 and new ones opened at full rate on 465, both with mail, on both
relays, while `deploys/certificates.py` rotates again and again. The lab must be deployed.
"""

import base64
import hashlib
import re
import secrets
import smtplib
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab import hosts, plan, site
from lab.site import Site

DEPLOY = "deploys/certificates.py"
INVENTORY = "inventories/lab.py"
RELAYS = ("smtp", "smtp2")
RECIPIENT = "rotation@inbox.example"
ROTATIONS = 5
HELD_OPEN = 4  # sessions on 587, for each relay
OPENING = 2  # threads on 465, for each relay
WITHIN_S = 2.0
ACCOUNT = plan.ACCOUNTS[0]
AUTHENTICATED = 235

Rotate = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session on 465: when it began, at which relay, and the leaf that it was shown."""

    began: float
    relay: str
    sha256: str


@dataclass
class Load:
    """What clients did that never stop."""

    place: Site
    opened: list[Opened] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    messages: int = 0
    held: int = 0
    cut: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _count: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, relay: plan.Host) -> None:
        """Keep one session on 587 from the beginning to the end, and send in it."""
        try:
            with smtplib.SMTP(relay.fqdn, 587, timeout=60) as session:
                session.starttls(context=self._trusting())
                self._log_in(session)
                with self._count:
                    self.held += 1
                while not self._stop.is_set():
                    self._send(session)
                    self._stop.wait(0.2)
        except (OSError, smtplib.SMTPException) as error:
            self.cut.append(f"{relay.name}: {error!r}")

    def open(self, relay: plan.Host) -> None:
        """Open a session on 465 for each mail, one after the other."""
        context = self._trusting()
        while not self._stop.is_set():
            began = time.time()
            try:
                with smtplib.SMTP_SSL(relay.fqdn, 465, timeout=60, context=context) as session:
                    tls = session.sock
                    leaf = (
                        tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLSocket) else b""
                    )
                    self.opened.append(
                        Opened(began, relay.name, hashlib.sha256(leaf or b"").hexdigest())
                    )
                    self._log_in(session)
                    self._send(session)
            except (OSError, smtplib.SMTPException) as error:
                self.failed.append(f"{relay.name}: {error!r}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all clients until the block ends."""
        works = [(self.hold, HELD_OPEN), (self.open, OPENING)]
        threads = [
            threading.Thread(target=work, args=(plan.host(relay),))
            for relay in RELAYS
            for work, number in works
            for _ in range(number)
        ]
        for thread in threads:
            thread.start()
        try:
            time.sleep(2)
            yield
            time.sleep(2)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.place.state / "ca/root.pem"))

    def _log_in(self, session: smtplib.SMTP) -> None:
        session.ehlo()
        said = base64.b64encode(f"\0{ACCOUNT.login}\0{ACCOUNT.password}".encode()).decode()
        code, answer = session.docmd("AUTH", f"PLAIN {said}")  # smtplib's own is ASCII only
        if code != AUTHENTICATED:
            raise smtplib.SMTPAuthenticationError(code, answer)

    def _send(self, session: smtplib.SMTP) -> None:
        try:
            session.sendmail(ACCOUNT.sender, [RECIPIENT], _message())
        except smtplib.SMTPResponseException as error:
            self.refused.append(repr(error))
            session.rset()
            return
        with self._count:
            self.messages += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Counts of a run, and by rotation and relay how long the former leaf was still shown."""

    connections: int
    messages: int
    held: int
    failed: list[str]
    refused: list[str]
    cut: list[str]
    lingered: list[tuple[str, float]]

    @property
    def is_met(self) -> bool:
        """Nothing failed, and no session that began 2 s after a reload met the former leaf."""
        broken = self.failed or self.refused or self.cut
        return not broken and all(seconds <= WITHIN_S for _, seconds in self.lingered)


def rotate_under_load(place: Site, rotate: Rotate, rotations: int = ROTATIONS) -> Outcome:
    """Rotate while mail flows. `rotate` runs the deploy and returns what it said."""
    load = Load(place)
    reloads: list[tuple[str, float, str]] = []
    with load.running():
        for _ in range(rotations):
            since = time.time()
            said = rotate()
            reloads += [
                (relay, _reloaded(place, relay, since), _served(said, relay)) for relay in RELAYS
            ]
            time.sleep(WITHIN_S)
    return Outcome(
        connections=len(load.opened) + load.held,
        messages=load.messages,
        held=load.held,
        failed=load.failed,
        refused=load.refused,
        cut=load.cut,
        lingered=[
            (relay, _lingered(load.opened, reloads, at)) for at, (relay, _, _) in enumerate(reloads)
        ],
    )


def _lingered(opened: list[Opened], reloads: list[tuple[str, float, str]], at: int) -> float:
    """Return how many seconds after a reload a session began that was shown a former leaf."""
    relay, moment, _ = reloads[at]
    # A session that begins just before the next reload may be shown the next leaf already.
    current = {leaf for name, _, leaf in reloads[at:] if name == relay}
    late = [
        one.began - moment
        for one in opened
        if one.relay == relay and moment <= one.began and one.sha256 not in current
    ]
    return max(late, default=0.0)


def _served(said: str, relay: str) -> str:
    """Return the leaf that the deploy has proven on a relay."""
    name = re.escape(plan.host(relay).fqdn)
    found = re.findall(rf"\[{name}\]\s+\S+ 465 serves ([0-9a-f]{{64}})", said)
    if not found:
        raise SystemExit(f"the deploy did not rotate {relay}:\n{said}")
    return str(found[-1])


def _reloaded(place: Site, relay: str, since: float) -> float:
    """Return when Postfix was reloaded, from its log."""
    words = [
        "journalctl",
        "-o",
        "short-unix",
        f"--since=@{since:.0f}",
        "--grep=refreshing the Post",
    ]
    lines = hosts.check(place, relay, words).splitlines()
    times = [float(line.split()[0]) for line in lines if re.match(r"\d+\.\d+ ", line)]
    return min(moment for moment in times if moment >= since)


def _leaf(session: smtplib.SMTP) -> str:
    tls = session.sock
    leaf = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLSocket) else None
    return hashlib.sha256(leaf or b"").hexdigest()


def _message() -> bytes:
    token = secrets.token_hex(12)
    text = (
        f"From: <{ACCOUNT.sender}>\r\nTo: <{RECIPIENT}>\r\nSubject: {token}\r\n"
        f"Message-ID: <{token}@bench.example>\r\n\r\nA mail of the benchmark.\r\n"
    )
    return text.encode()


def deployed(inventory: str = INVENTORY) -> str:
    """Rotate once, due or not; what pyinfra said."""
    pyinfra = str(Path(sys.executable).with_name("pyinfra"))
    argv = [pyinfra, "-y", "--data", "force=true", inventory, DEPLOY]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout + done.stderr


def main() -> int:
    """Rotate five times and print the counts; 1 if anything failed or lingered."""
    outcome = rotate_under_load(site.here(), deployed)
    print(f"{outcome.connections:7} connections, {outcome.held} of them held open on 587")
    print(f"{outcome.messages:7} messages")
    print(f"{len(outcome.failed):7} failed connections")
    print(f"{len(outcome.refused):7} failed messages")
    print(f"{len(outcome.cut):7} sessions cut")
    for relay, seconds in outcome.lingered:
        print(f"{seconds:7.2f} s after a reload of {relay} the former certificate was still met")
    for line in (*outcome.failed, *outcome.refused, *outcome.cut)[:10]:
        print(line)
    return 0 if outcome.is_met else 1


if __name__ == "__main__":
    sys.exit(main())
