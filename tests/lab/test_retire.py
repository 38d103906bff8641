"""A relay leaves while customers send: nothing is lost, sent twice or unsigned."""

import os
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab import lifecycle, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, SUBMISSION, WRAPPED, Session
from tests.lab.relay_run import Control, Inventory, Run, shell
from tests.lab.test_relay_convergence import zones

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = pytest.mark.timeout(900)

DEPLOY = "deploys/retire.py"
RETIRE = ("--data", "retire=smtp2.itpison.com", "--data", "wait=5", "--data", "patience=20")
CUSTOMERS = ("shop.example", "news.example")
LEAVES, STAYS = plan.host("smtp2"), plan.host("smtp")
STEPS = (
    "Take no new mail",
    "Deliver what waits",
    "Hand over what still waits",
    "Take the relay out of DNS",
    "Erase its keys",
)


@pytest.fixture
def complete(control: Control) -> Iterator[Control]:
    """Both relays, and again afterwards: the one that left comes back as a bare machine."""
    yield control
    lifecycle.reset(control.site, [LEAVES])
    control.deploy()


@dataclass
class Customers:
    """Who sends to the relay that leaves, and to the other when that one says no."""

    site: Site
    accepted: dict[str, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def session(self, account: plan.Account, door: object) -> None:
        while not self.stopped.is_set():
            for relay in ("smtp2", "smtp"):
                if self._sent(relay, account, door):
                    break
            time.sleep(0.05)

    def long_session(self, account: plan.Account) -> None:
        """One session for as long as the relay bears it."""
        with Session(self.site, "smtp2", SUBMISSION) as session, suppress(ConnectionError):
            session.ready(account)
            while not self.stopped.is_set() and self._in(session, "smtp2", account):
                time.sleep(0.05)

    def _sent(self, relay: str, account: plan.Account, door: object) -> bool:
        try:
            with Session(self.site, relay, door) as session:  # type: ignore[arg-type]
                if session.greeting.code != 220:
                    self.told[f"{relay} {session.greeting.code}"] += 1
                    return False
                return self._in(session.ready(account), relay, account)
        except (OSError, AssertionError) as error:
            self.told[f"{relay} {type(error).__name__}"] += 1
            if relay == "smtp":
                self.broken.append(repr(error))
            return False

    def _in(self, session: Session, relay: str, account: plan.Account) -> bool:
        reply, token = session.send(account)
        self.told[f"{relay} {reply.code}"] += 1
        if reply.code == 250:
            self.accepted[token] = relay
        return reply.code == 250


@contextmanager
def sending(site: Site) -> Iterator[Customers]:
    customers = Customers(site)
    threads = [
        threading.Thread(target=customers.session, args=(ALICE, SUBMISSION)),
        threading.Thread(target=customers.session, args=(BOB, WRAPPED)),
        threading.Thread(target=customers.long_session, args=(ALICE,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield customers
    finally:
        customers.stopped.set()
        for thread in threads:
            thread.join(60)
    assert customers.broken == []


def lead(site: Site, *, away: bool) -> None:
    """Let the receiver be out of reach of the relay that leaves, or in reach again."""
    verb = "add" if away else "del"
    mx = plan.host("mx")
    shell(
        site,
        "smtp2",
        f"ip route {verb} unreachable {mx.ipv4}; ip route {verb} unreachable {mx.ipv6}",
    )


def tell(words: object) -> None:
    """Say a count where `make soak-lab` shows it."""
    sys.__stderr__.write(f"{words}\n")  # type: ignore[union-attr]


def put_off(site: Site, count: int) -> dict[str, str]:
    """Mails that the relay has taken and cannot deliver, and one that waits for its time."""
    accepted = {}
    launch = (datetime.now(UTC) + timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Session(site, "smtp2", SUBMISSION) as session:
        session.ready(ALICE)
        for number in range(count):
            headers = f"X-NextLaunchTime: {launch}" if number == 0 else ""
            reply, token = session.send(ALICE, headers=headers)
            assert reply.code == 250, reply
            accepted[token] = "smtp2"
    return accepted


def require_all(site: Site, accepted: dict[str, str]) -> None:
    """Each arrived once, signed as it was, from an address that SPF names."""
    deadline = time.monotonic() + 360
    while True:
        arrived = [(str(each.message["Subject"]), each) for each in mailbox.messages(site)]
        counts = Counter(token for token, _ in arrived)
        lost = [token for token in accepted if not counts[token]]
        if not lost or time.monotonic() > deadline:
            break
        time.sleep(2)
    verdicts = Counter(str(each.verdict) for token, each in arrived if token in accepted)
    twice = [token for token in accepted if counts[token] > 1]
    tell(f"accepted {len(accepted)}, lost {len(lost)}, twice {len(twice)}, {dict(verdicts)}")
    assert lost == []
    assert twice == []
    assert set(verdicts) == {"spf=pass dkim=pass dmarc=pass"}


def require_gone(site: Site) -> None:
    """Nothing leads to it, nothing listens on it, and no key, hash or mail is left on it."""
    operator = zones(site, "itpison.com")["itpison.com"]
    [spf] = [line for line in operator if line.startswith("_spf.itpison.com. ")]
    assert str(LEAVES.ipv4) not in spf
    assert str(LEAVES.ipv6) not in spf
    addresses = {line for line in operator if line.startswith("smtp2.itpison.com. 300 A")}
    assert addresses == {
        f"smtp2.itpison.com. 300 A {STAYS.ipv4}",
        f"smtp2.itpison.com. 300 AAAA {STAYS.ipv6}",
    }
    assert shell(site, "smtp2", "ss -Hltn '( sport = :25 or sport = :465 or sport = :587 )'") == ""
    left = shell(
        site,
        "smtp2",
        "grep -rlE 'PRIVATE KEY|\\$6\\$' /etc/omi* /etc/dovecot /etc/postfix /etc/rspamd"
        " /var/lib/omi* 2>/dev/null || :; cd /var/spool/postfix; find incoming active"
        " deferred hold omi-handed-over"
        " -type f 2>/dev/null || :",
    )
    assert left == ""


def killed(control: Control, step: str) -> None:
    """Start the run, and kill it shortly after a step began."""
    process = control.start("-y", *RETIRE, what=DEPLOY)
    lines = process.stderr
    assert lines is not None
    threading.Thread(target=lambda: process.stdout and process.stdout.read()).start()
    for line in lines:
        if step in line and "Starting operation" in line:
            break
    time.sleep(secrets.randbelow(1000) / 1000)
    with suppress(ProcessLookupError):  # it was faster
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.soak
def test_a_relay_is_retired_while_customers_send_and_no_mail_is_lost(complete: Control) -> None:
    place = complete.site
    before = zones(place, *CUSTOMERS)
    lead(place, away=True)
    waiting = put_off(place, 30)
    with sending(place) as customers:
        time.sleep(3)
        ended = complete.run("-y", *RETIRE, what=DEPLOY)
        time.sleep(2)
    tell(dict(customers.told))
    assert ended.code == 0, ended.said
    tell([line for line in ended.said.splitlines() if "retire:" in line])
    assert customers.told["smtp2 421"] > 0
    require_gone(place)
    assert zones(place, *CUSTOMERS) == before
    require_all(place, waiting | customers.accepted)

    again = complete.run("-y", *RETIRE, what=DEPLOY)
    assert again.code == 0, again.said
    require_gone(place)


@pytest.mark.soak
def test_a_retirement_that_is_killed_at_each_of_its_steps_goes_on(complete: Control) -> None:
    place = complete.site
    lead(place, away=True)
    waiting = put_off(place, 30)
    with sending(place) as customers:
        for step in STEPS:
            killed(complete, step)
        ended: Run = complete.run("-y", *RETIRE, what=DEPLOY)
    tell(dict(customers.told))
    assert ended.code == 0, ended.said
    require_gone(place)
    require_all(place, waiting | customers.accepted)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("relays", "words", "why"),
    [
        (("smtp2",), RETIRE, "smtp2.itpison.com is the last relay and cannot be retired"),
        (("smtp",), RETIRE, "smtp2.itpison.com is no relay of this inventory"),
        (("smtp", "smtp2"), (), "say which relay leaves"),
        (
            ("smtp", "smtp2"),
            (*RETIRE, "--data", "wait=soon"),
            "--data wait: must be a number of seconds",
        ),
    ],
)
def test_what_cannot_be_retired_is_refused_before_anything_is_touched(
    control: Control, tmp_path: Path, relays: tuple[str, ...], words: tuple[str, ...], why: str
) -> None:
    before = zones(control.site, "itpison.com")
    inventory = Inventory(tmp_path, relays=relays).write(control)
    ended = control.run("-y", *words, inventory=inventory, what=DEPLOY)
    assert ended.code == 1
    assert why in ended.said
    assert "Traceback" not in ended.said
    assert zones(control.site, "itpison.com") == before
