"""What the shared counter answers: not the relay's own, so that nothing of it is believed."""

import asyncio
import json
from datetime import UTC
from functools import cache
from typing import Any

from omi_core.limits.limit import AccountLimits, SendLimits
from omi_core.message.fields import Field
from omi_core.milter.limits.counting import Counting
from omi_core.milter.limits.refusal import OverLimitError
from omi_core.milter.limits.store import CounterAwayError
from omi_core.milter.mail import Envelope, SubmittedMail

_LIMITS = AccountLimits(
    customer="News",
    of="news.example",
    own=SendLimits(mails_per_hour=5, sessions=3),
    shared=SendLimits(recipients_per_day=100, new_recipients_per_day=10),
)
_MAIL = SubmittedMail(
    envelope=Envelope(login="bob", sender="bob@news.example", recipients=("x@inbox.example",)),
    fields=(Field(name="From", value=b" bob@news.example"),),
)
_MOST_MAILS = 7  # beyond that the limits of the worker itself refuse, whatever the counter says


class _Counter:
    """The counter that answers what the fuzzer says; a worker reads it as Store does."""

    def __init__(self, said: object) -> None:
        self._said = said
        self.was_read = False

    def mark(self, recipient: str) -> bytes:
        return recipient.encode()[:8].ljust(8)

    async def charge(self, keys: Any, arguments: Any, read: Any) -> Any:
        del keys, arguments
        try:
            found = read(self._said)
        except ValueError:
            raise CounterAwayError from None
        self.was_read = True
        return found

    def end(self, keys: Any, session: str) -> None:
        del keys, session


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def read_answer(octets: bytes) -> tuple[list[str], bool]:
    """Charge mails while the counter answers this, JSON whose texts are octets."""
    counter = _Counter(_octets(json.loads(octets)))
    counting = Counting(lambda _: _LIMITS, UTC, counter)  # type: ignore[arg-type]
    said = []

    async def charged() -> None:
        session = counting.session()
        for _ in range(_MOST_MAILS):
            try:
                await session.charge(_MAIL)
                said.append("")
            except OverLimitError as refused:
                said.append(refused.reply.decode())
        session.end()

    _loop().run_until_complete(charged())
    return said, counter.was_read


def _octets(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace")
    if isinstance(value, list):
        return [_octets(each) for each in value]
    return value


def judge_answer(_: bytes, found: Any) -> None:
    """A mail is taken, or put off with a sentence that a client can read: never anything else."""
    if found is None:
        return
    said, was_read = found
    assert len(said) == _MOST_MAILS
    for reply in said:
        if reply:
            assert reply.startswith("450 4.7.1 ")
            assert reply.isprintable()
            assert reply.isascii()
            assert len(reply) <= 512
    if not was_read:  # its own count goes on, and 5 mails an hour are 5
        assert [bool(each) for each in said] == [False] * 5 + [True] * 2
