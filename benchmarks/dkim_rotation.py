"""A DKIM rotation while mail flows: how many mails, by which key, and how many verified.

    python3 -m lab exec .venv/bin/python -m benchmarks.dkim_rotation [SENDERS]

Two customers send through both relays all the time, SENDERS sessions each, without a pause. Days
pass by setting back what the relays remember; a relay is away for the switch and catches up; the
operator goes back; the key is withdrawn. The receiver judges every mail.
"""

import base64
import re
import secrets
import smtplib
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab import hosts, mailbox, plan, site
from lab.site import Site

DAY = 86400
DEPLOY = "deploys/dkim.py"
LEFT_ALONE = ("--limit", "smtp.itpison.com", "--limit", "@local")
RECIPIENT = "rotation@inbox.example"
SESSION = 10  # mails; a signer that was replaced ends with the sessions it holds
PATIENCE_S = 300
AUTHENTICATED = 235
SENDERS = 4  # for each relay and account: with them the receiver is the slowest part

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Pace:
    """How hard is sent: sessions for each relay and account, seconds between their mails.

    A session waits while more than `under_way` mails have not arrived yet: relays take mail
    faster than one receiver judges it, and a queue that only grows says nothing about keys.
    """

    senders: int = 1
    pause_s: float = 0.02
    under_way: int = 1000


GENTLE = Pace()


@dataclass
class Flow:
    """Mail of every account through every relay, until it is stopped."""

    place: Site
    pace: Pace = GENTLE
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    sent: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    arrived: list[mailbox.Received] = field(default_factory=list)
    held_back_s: float = 0
    _looked: set[Path] = field(default_factory=set)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _flowing: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send, in threads for each relay and account."""
        for relay in ("smtp", "smtp2"):
            for account in plan.ACCOUNTS * self.pace.senders:
                thread = threading.Thread(target=self._send, args=(plan.host(relay), account))
                thread.start()
                self._threads.append(thread)
        counting = threading.Thread(target=self._count)
        counting.start()
        self._threads.append(counting)

    def stop(self) -> None:
        """End all threads."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def look(self) -> int:
        """Read what the receiver got since the last look; return how much that is by now."""
        with self._looking:
            for path in sorted({*mailbox.directory(self.place).glob("[nc]*/*")} - self._looked):
                self._looked.add(path)
                octets = path.read_bytes()
                if self.token.encode() in octets:
                    self.arrived.append(mailbox.Received(path, octets))
            return len(self.arrived)

    def drain(self) -> None:
        """Return when all that is sent by now has arrived: mail under way is what keys wait for."""
        waiting, deadline = self.accepted, time.monotonic() + PATIENCE_S
        while self.look() < waiting and time.monotonic() < deadline:
            time.sleep(0.5)

    @property
    def accepted(self) -> int:
        """How many mails the relays have taken."""
        return sum(self.sent.values())

    def _count(self) -> None:
        """Hold the senders back while too much is under way."""
        while not self._stop.wait(0.2):
            if self.accepted - self.look() > self.pace.under_way:
                self._flowing.clear()
                self.held_back_s += 0.2
            else:
                self._flowing.set()
        self._flowing.set()

    def _send(self, relay: plan.Host, account: plan.Account) -> None:
        while not self._stop.is_set():
            try:
                self._session(relay, account)
            except (OSError, smtplib.SMTPException) as error:
                self.refused.append(f"{relay.name}: {error!r}")
                time.sleep(0.5)

    def _session(self, relay: plan.Host, account: plan.Account) -> None:
        trusted = ssl.create_default_context(cafile=str(self.place.state / "ca/root.pem"))
        with smtplib.SMTP(relay.fqdn, 587, timeout=30) as session:
            session.starttls(context=trusted)
            session.ehlo()
            said = base64.b64encode(f"\0{account.login}\0{account.password}".encode()).decode()
            code, answer = session.docmd("AUTH", f"PLAIN {said}")  # smtplib's own is ASCII only
            if code != AUTHENTICATED:
                raise smtplib.SMTPAuthenticationError(code, answer)
            for _ in range(SESSION):
                if self._stop.is_set():
                    return
                self._flowing.wait()
                session.sendmail(account.sender, [RECIPIENT], self._message(account.sender))
                with self._counting:
                    self.sent[relay.name] += 1
                time.sleep(self.pace.pause_s)

    def _message(self, sender: str) -> bytes:
        text = (
            f"From: <{sender}>\r\nTo: <{RECIPIENT}>\r\nSubject: {self.token}\r\n"
            f"Message-ID: <{secrets.token_hex(12)}@bench.example>\r\n\r\n{self.token}\r\n"
        )
        return text.encode()


@dataclass(frozen=True)
class Outcome:
    """What the receiver got and said."""

    sent: int
    refused: list[str]
    verdicts: Counter[str]
    selectors: Counter[str]
    lost: int
    took_s: float
    held_back_s: float


def rotate_under_load(
    place: Site, run: Run, say: Callable[[str], None], pace: Pace = GENTLE
) -> Outcome:
    """Rotate, switch, catch up, go back and withdraw while mail flows; return all verdicts."""
    flow = Flow(place, pace)
    began = time.monotonic()
    flow.start()
    try:
        for what, words, days in STEPS:
            flow.drain()
            forget(place, days * DAY)
            run(words)
            time.sleep(1)
            say(f"{what}: {flow.accepted} mails sent")
        flow.drain()
    finally:
        flow.stop()
    flow.drain()
    return _outcome(flow, time.monotonic() - began)


STEPS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("the next key is made and proven", ("--data", "rotate=true"), 0),
    ("one relay signs with it, the other is away", LEFT_ALONE, 1),
    ("the old key is due, but one relay is away", LEFT_ALONE, 8),
    ("the other relay catches up", (), 0),
    ("back to the old key", ("--data", "back=true"), 1),
    ("the abandoned key is kept", (), 1),
    ("the abandoned key is withdrawn", (), 8),
    ("nothing is left to do", (), 0),
)


def forget(place: Site, seconds: int) -> None:
    """Let days pass: set back what both relays remember."""
    script = (
        "cd /etc/omi/dkim; for f in *.mark; do test -f $f || continue;"
        f' awk \'{{ print $1, $2, $3, $4 - {seconds} }}\' "$f" > .aged && cat .aged > "$f"; done;'
        " rm -f .aged"
    )
    for relay in ("smtp", "smtp2"):
        hosts.run(place, relay, ["sh", "-c", script], timeout=30).check_returncode()


def _outcome(flow: Flow, took_s: float) -> Outcome:
    return Outcome(
        sent=flow.accepted,
        refused=flow.refused,
        verdicts=Counter(str(one.verdict) for one in flow.arrived),
        selectors=Counter(_selector(one) for one in flow.arrived),
        lost=flow.accepted - len(flow.arrived),
        took_s=took_s,
        held_back_s=flow.held_back_s,
    )


def _selector(received: mailbox.Received) -> str:
    signature = re.sub(r"\s", "", str(received.message.get("DKIM-Signature", "")))
    found = re.search(r"(?:^|;)s=([a-z0-9]+)", signature)
    return found[1] if found else "unsigned"


def main() -> int:
    """Rotate once and print the counts; 1 if a mail failed, was refused or did not arrive."""
    place = site.here()

    def run(words: Sequence[str]) -> None:
        pyinfra = str(Path(sys.executable).with_name("pyinfra"))
        argv = [pyinfra, "-y", *words, "inventories/lab.py", DEPLOY]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)

    pace = Pace(senders=int(next(iter(sys.argv[1:]), SENDERS)), pause_s=0)
    outcome = rotate_under_load(place, run, lambda line: print(line, flush=True), pace)
    print(
        f"{outcome.sent} mails sent in {outcome.took_s:.0f} s"
        f" ({outcome.sent / outcome.took_s:.0f} a second),"
        f" {outcome.lost} lost, {len(outcome.refused)} refused;"
        f" senders waited {outcome.held_back_s:.0f} s for the receiver"
    )
    for reason in outcome.refused[:5]:
        print(f"refused: {reason}")
    for counted in (outcome.selectors, outcome.verdicts):
        for what, count in sorted(counted.items()):
            print(f"{count:7} {what}")
    passed = all(" dkim=pass " in f" {verdict} " for verdict in outcome.verdicts)
    return 0 if passed and not outcome.lost and not outcome.refused else 1


if __name__ == "__main__":
    sys.exit(main())
