"""The daemons that judge and sign die, hang and restart in the middle of mails, and none is lost.

Every mail that got 250 arrives once and signed; everything else was told to come again. Programs
that keep a session open begin a new one after 4xx, as mail servers do.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import ALICE, SUBMISSION, WRAPPED, Door, Session, deliver
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

RELAY = "smtp2"
ROUNDS = 10
# Between two mails of a client: some are always under way.
PAUSE_S = 0.1
# Thousands are looked through, so without a parser.
SUBJECT = re.compile(rb"^Subject: ([0-9a-f]{16})\r?$", re.MULTILINE)
# Nobody is hit before all are there: a daemon that is just being replaced has the number 0, and
# kill(1) takes that for everybody around itself.
STANDS = """for attempt in $(seq 300); do
    main=$(systemctl show --property=MainPID --value omi-policy)
    workers=$(cat /proc/$main/task/$main/children) || workers=
    if test "$main" -gt 1 && test "$(echo $workers | wc -w)" -ge 2; then break; fi
    sleep 0.1
done
test "$main" -gt 1
worker=${workers%% *}
"""
SIGNER_STANDS = """for attempt in $(seq 300); do
    signer=$(systemctl show --property=MainPID --value rspamd)
    if test "$signer" -gt 1; then break; fi
    sleep 0.1
done
test "$signer" -gt 1
"""


@dataclass
class Senders:
    """Clients that never stop, and what each mail was answered; 0 is a cut connection."""

    site: Site
    replies: dict[str, int] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    broken: list[str] = field(default_factory=list)

    def send(self, door: Door, mails: int) -> None:
        """Sessions of so many mails, one after the other."""
        while not self.stopped.is_set():
            try:
                with Session(self.site, RELAY, door, patience_s=120) as session:
                    self._session(session, mails)
            except (AssertionError, OSError) as error:
                self.broken.append(repr(error))

    def _session(self, session: Session, mails: int) -> None:
        try:
            session.ready(ALICE)
        except AssertionError:
            # Who is put off before he can say anything comes again, too.
            if not session.said[-1].startswith("4"):
                raise
            return
        for _ in range(mails):
            reply, token = session.send(ALICE)
            self.replies[token] = reply.code
            if reply.code != 250 or self.stopped.wait(PAUSE_S):
                return

    def taken(self) -> list[str]:
        """Return the tokens of what was accepted so far."""
        return [token for token, code in self.replies.items() if code == 250]


@contextmanager
def sending(place: Site) -> Iterator[Senders]:
    senders = Senders(place)
    ways = ((SUBMISSION, 50), (SUBMISSION, 5), (WRAPPED, 1), (WRAPPED, 1))
    threads = [threading.Thread(target=senders.send, args=way) for way in ways]
    for thread in threads:
        thread.start()
    try:
        more_is_taken(senders)
        yield senders
        more_is_taken(senders)
    finally:
        senders.stopped.set()
        for thread in threads:
            thread.join(200)


def more_is_taken(senders: Senders, mails: int = 5) -> None:
    """Return when mail flows."""
    wanted = len(senders.taken()) + mails
    for _ in range(1200):
        if len(senders.taken()) >= wanted:
            return
        senders.stopped.wait(0.1)
    raise AssertionError(f"no mail is taken any more: {senders.replies}, {senders.broken}")


def assert_kept(senders: Senders) -> None:
    """Each mail that was accepted has arrived once and signed, each other one was put off."""
    assert senders.broken == []
    codes = Counter(senders.replies.values())
    assert all(code == 250 or 400 <= code < 500 for code in codes), codes
    accepted = set(senders.taken())
    found = arrived(senders, accepted)
    assert {token for token, each in found.items() if len(each) != 1} == set()
    assert set(found) == accepted
    assert [
        str(each.verdict) for one in found.values() for each in one if not each.verdict.is_pass
    ] == []


def arrived(senders: Senders, accepted: set[str]) -> dict[str, list[mailbox.Received]]:
    """Return what has come of these clients, by token, when all that was accepted has."""
    for _ in range(90):
        found: dict[str, list[mailbox.Received]] = {}
        for each in mailbox.messages(senders.site):
            subject = SUBJECT.search(each.octets)
            token = subject[1].decode() if subject else ""
            if token in senders.replies:
                found.setdefault(token, []).append(each)
        if accepted <= set(found):
            break
        time.sleep(1)
    return found


def again(script: str, rounds: int = 3) -> Callable[[Senders], None]:
    """Do this to a daemon again and again, each time while mail flows."""

    def hit(senders: Senders) -> None:
        for _ in range(rounds):
            shell(senders.site, RELAY, script)
            more_is_taken(senders)

    return hit


def hang(which: str) -> Callable[[Senders], None]:
    """Stop processes, and wait until they are replaced."""

    def hit(senders: Senders) -> None:
        script = f"{STANDS} kill -STOP {which}; echo {which}"
        before = set(shell(senders.site, RELAY, script).split())
        for _ in range(120):
            now = set(
                shell(senders.site, RELAY, f"{STANDS} echo $main $workers; sleep 0.5").split()
            )
            if not before & now:
                return
        raise AssertionError(f"{before} are not replaced: {now}")

    return hit


FAULTS = {
    "a worker is killed": again(f"{STANDS} kill -KILL $worker"),
    "all workers are killed": again(f"{STANDS} kill -KILL $workers"),
    "the supervisor is killed": again(f"{STANDS} kill -KILL $main", ROUNDS),
    "the supervisor is killed before it has begun": again(
        "for attempt in $(seq 60); do"
        " main=$(systemctl show --property=MainPID --value omi-policy);"
        " test $main -lt 2 || kill -KILL $main; sleep 0.2; done",
        rounds=1,
    ),
    "a worker hangs": hang("$worker"),
    "all workers hang": hang("$workers"),
    "the supervisor hangs": hang("$main"),
    "it is restarted": again("systemctl restart omi-policy.service", ROUNDS),
    "it is reloaded": again(f"{STANDS} systemctl reload omi-policy.service", ROUNDS),
    "its socket is restarted too": again("systemctl restart omi-policy.socket omi-policy.service"),
    "the signer is killed": again(f"{SIGNER_STANDS} kill -KILL $signer"),
    "the signer is restarted": again("systemctl restart rspamd"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_befalls_who_judges_and_signs_no_mail_is_lost_or_unsigned(
    damaged: Control, fault: str
) -> None:
    with sending(damaged.site) as senders:
        FAULTS[fault](senders)
    assert_kept(senders)
    assert deliver(damaged.site, RELAY).verdict.is_pass
