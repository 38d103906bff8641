"""The signer fails closed: whatever happens to it or to a key, no unsigned mail leaves."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import (
    ALICE,
    BOB,
    RECIPIENT,
    SUBMISSION,
    WRAPPED,
    Session,
    deliver,
)
from tests.lab.relay_run import Control, digests, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

KEY = "/etc/omi/dkim/shop.example.omi1.key"


@dataclass
class Load:
    """What clients that never stop sending were told."""

    site: Site
    relay: str
    replies: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def long_session(self) -> None:
        """One session with many mails, as a mailing program has."""
        with Session(self.site, self.relay, SUBMISSION) as session:
            session.ready()
            while not self.stopped.is_set():
                self._one(session)
                time.sleep(0.05)

    def short_sessions(self) -> None:
        """A session for each mail, as a form on a web site has."""
        while not self.stopped.is_set():
            with Session(self.site, self.relay, WRAPPED) as session:
                self._one(session.ready())

    def _one(self, session: Session) -> None:
        reply, token = session.send()
        self.replies[token] = reply.code
        if reply.code != 250:
            session.ask("RSET")

    def guarded(self, work: str) -> None:
        try:
            getattr(self, work)()
        except (AssertionError, OSError) as error:
            self.broken.append(repr(error))


@contextmanager
def under_load(site: Site, relay: str) -> Iterator[Load]:
    load = Load(site, relay)
    works = ("long_session", "short_sessions", "short_sessions")
    threads = [threading.Thread(target=load.guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        yield load
    finally:
        load.stopped.set()
        for thread in threads:
            thread.join(60)
    assert load.broken == []
    assert load.replies


def judged(load: Load) -> list[str]:
    """Wait for what was accepted, and return the verdicts on it that are no pass."""
    accepted = [token for token, code in load.replies.items() if code == 250]
    arrived = [mailbox.wait_for(load.site, RECIPIENT, token) for token in accepted]
    refused = {token for token, code in load.replies.items() if code != 250}
    came = [r for r in mailbox.messages(load.site) if str(r.message["Subject"]) in refused]
    assert came == [], "what was refused has arrived"
    return [str(received.verdict) for received in arrived if not received.verdict.is_pass]


LOSSES = {
    "deleted": f"rm {KEY}",
    "deleted with its public half": f"rm {KEY} {KEY.replace('.key', '.pub')}",
    "no key any more": f"echo nonsense > {KEY}",
    "emptied": f": > {KEY}",
    "unreadable": f"chmod 000 {KEY}; chown root:root {KEY}",
    "all of them": "rm -r /etc/omi/dkim",
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_key_lost_under_load_lets_no_unsigned_mail_leave(damaged: Control, loss: str) -> None:
    place = damaged.site
    before = digests(place, "smtp2", "/etc/omi/dkim")
    with under_load(place, "smtp2") as load:
        sent = len(load.replies)
        shell(place, "smtp2", loss)
        time.sleep(2)
    assert sum(code == 250 for code in load.replies.values()) >= sent - 3
    assert len(load.replies) > sent
    assert {code // 100 for code in load.replies.values()} <= {2, 4}
    assert judged(load) == []

    damaged.deploy()
    assert digests(place, "smtp2", "/etc/omi/dkim") == before
    assert digests(place, "smtp", "/etc/omi/dkim") == before
    assert deliver(place, "smtp2").verdict.is_pass


def test_a_deleted_key_is_answered_with_4xx_and_the_other_customer_goes_on(
    damaged: Control,
) -> None:
    place = damaged.site
    shell(place, "smtp2", f"rm {KEY}; systemctl reload rspamd")
    time.sleep(1)
    assert 400 <= reply_to(place, "smtp2") < 500
    assert deliver(place, "smtp2", account=BOB).verdict.is_pass
    assert deliver(place, "smtp").verdict.is_pass


def reply_to(place: Site, relay: str) -> int:
    with Session(place, relay) as session:
        return session.ready().send()[0].code


def first_refusal(place: Site, relay: str) -> int:
    """A new session: without its milter smtpd puts off whatever comes first."""
    with Session(place, relay, WRAPPED) as session:
        reply = session.hello()
        steps = (session.login, lambda: session.envelope(ALICE.sender), lambda: session.send()[0])
        for step in steps:
            if reply.code >= 400:
                break
            reply = step()
        return reply.code


STOPS = {
    "stopped": "systemctl stop rspamd",
    "killed": "systemctl kill -s KILL rspamd; systemctl stop rspamd",
    "without its module": "mv /etc/rspamd/omi_signing.lua /root/; systemctl restart rspamd",
}


@pytest.mark.parametrize("stop", STOPS)
def test_without_a_signer_mail_is_put_off(damaged: Control, stop: str) -> None:
    """A session that is open already, and a new one."""
    place = damaged.site
    with Session(place, "smtp2") as held:
        held.ready()
        shell(place, "smtp2", STOPS[stop])
        assert 400 <= held.send()[0].code < 500
        assert 400 <= first_refusal(place, "smtp2") < 500
    damaged.deploy()
    assert deliver(place, "smtp2").verdict.is_pass


def test_mail_of_the_host_itself_cannot_be_a_customers(damaged: Control) -> None:
    """What root or a program on a relay hands in is refused unless it is the host's own."""
    place = damaged.site
    token = f"forged-{time.monotonic_ns()}"
    message = f"From: <{ALICE.sender}>\nTo: <{RECIPIENT}>\nSubject: {token}\n\ntext\n"
    script = f"printf '{message}' | sendmail -f {ALICE.sender} {RECIPIENT} || :"
    shell(place, "smtp2", script.replace("\n", "\\n"))
    time.sleep(2)
    assert not [r for r in mailbox.messages(place) if token.encode() in r.octets]
    shell(place, "smtp2", "postsuper -d ALL; postsuper -d ALL deferred")
