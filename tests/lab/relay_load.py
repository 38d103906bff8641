"""Clients that never stop sending, and what they were told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import RECIPIENT, SUBMISSION, WRAPPED, Session


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

    def not_passed(self) -> list[str]:
        """Wait for what was accepted, and return the verdicts on it that are no pass."""
        accepted = [token for token, code in self.replies.items() if code == 250]
        arrived = [mailbox.wait_for(self.site, RECIPIENT, token) for token in accepted]
        refused = {token for token, code in self.replies.items() if code != 250}
        came = [r for r in mailbox.messages(self.site) if str(r.message["Subject"]) in refused]
        assert came == [], "what was refused has arrived"
        return [str(received.verdict) for received in arrived if not received.verdict.is_pass]


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
    assert not load.broken, load.broken
    assert load.replies
