"""What an SMTP server says: greeting, EHLO, a challenge, the last words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from omi_core.probe.refusals.replies import refusal
from omi_core.probe.words import ended
from omi_core.secret import Secret
from omi_core.smtp.channel import Channel
from omi_core.smtp.credentials import Credentials, Mechanism
from omi_core.smtp.fault import ConversationError, Fault, Stage
from omi_core.smtp.limits import Limits
from omi_core.smtp.redaction import Redactor
from omi_core.smtp.reply import Reply, is_size, keywords, mechanisms
from omi_core.smtp.session import Session
from omi_core.smtp.transcript import Recorder

PASSWORD = "horse-9x"
LIMITS = Limits(line=512, reply=2048, lines=16)
_PIECE = 100
_JUDGED = 8  # replies: a judge looks at one


class _Said(Channel):
    """A server that says what it is given, whatever it is sent; no socket, and no waiting."""

    local_address = "192.0.2.1"
    unread = b""

    def __init__(self, octets: bytes) -> None:
        self.stage = Stage.CONNECT
        self.seen = None
        self.in_clear = b""
        self._left = octets

    async def write(self, data: bytes) -> None:
        del data

    async def read(self) -> bytes:
        piece, self._left = self._left[:_PIECE], self._left[_PIECE:]
        return piece

    @asynccontextmanager
    async def bounded(self, seconds: float) -> AsyncIterator[None]:
        del seconds
        yield


class Heard:
    """What the conversation came to."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.fault: Fault | None = None
        self.last_words = ""
        self.transcript: tuple[str, ...] = ()
        self.told: list[object] = []

    def __repr__(self) -> str:
        return repr(vars(self))


def read(octets: bytes) -> Heard:
    heard = Heard()
    session = Session(_Said(octets), Recorder(Redactor([Secret(PASSWORD)])), LIMITS)
    talk = _talk(session, heard)
    try:
        talk.send(None)
    except StopIteration:
        pass
    except ConversationError as error:
        heard.fault = error.fault
        heard.told.append(ended(error.fault))
    heard.last_words = session.last_words
    heard.transcript = tuple(entry.text for entry in session.recorder.entries)
    for reply in heard.replies[:_JUDGED]:
        heard.told += [refusal("x", reply, sender="a@b.example"), reply.number]
        heard.told += [keywords(reply), sorted(mechanisms(reply)), reply.is_transient]
        heard.told += [is_size(value) for value in keywords(reply).values()]
    return heard


async def _talk(session: Session, heard: Heard) -> None:
    heard.replies.append(await session.banner())
    heard.replies.append(await session.ehlo())
    mine = Credentials.parse("shop-alice", Secret(PASSWORD))
    heard.replies.append(await session.authenticate(mine, Mechanism.CRAM_MD5))
    while True:
        heard.replies.append(await session.reply(Stage.DATA))


def judge(octets: bytes, heard: Any) -> None:
    assert heard.fault is not None, "octets that end have a conversation that ends"
    assert sum(len(reply.lines) for reply in heard.replies) <= octets.count(b"\n")
    for reply in heard.replies:
        assert 200 <= reply.code < 600
        assert len(reply.lines) <= LIMITS.lines
        assert all(_is_seen(line) for line in reply.lines)
    assert all(map(_is_seen, (heard.last_words, *heard.transcript)))
    assert len(heard.last_words) <= 10 * 300
    assert PASSWORD not in repr(heard), "what a server repeats is shown"


def _is_seen(text: str) -> bool:
    return all(each.isprintable() or each in "\t\n" for each in text)
