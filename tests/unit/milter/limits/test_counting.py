"""Mail goes on whatever the counter does: away, slow, full, empty, foreign, or back.

What a counter is here is a program at a socket that answers as the test says: the commands that it
is sent are those of Valkey. The script itself runs in the lab, on Valkey and on Redis.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from omi_core.limits.limit import AccountLimits, SendLimits
from omi_core.message.launch_time import platform_zone
from omi_core.milter.limits.counting import CountedSession, Counting
from omi_core.milter.limits.store import CounterPlace, Store
from omi_core.milter.mail import Envelope, RefusedMailError, SubmittedMail

OK, NOT_MINE = b"+OK\r\n", b"-NOSCRIPT No matching script.\r\n"
OOM = b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
WRONG = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
TALLY = b"0 7 7 0 7 7 0 7 7 0"
PATIENCE_S = 20


def today() -> int:
    """The number of the day in Taipei, which is 8 hours ahead."""
    return (int(time.time()) + 8 * 3600) // 86400


def taken(tally: bytes = TALLY) -> bytes:
    return b"*3\r\n:1\r\n:0\r\n$%d\r\n%b\r\n" % (len(tally), tally)


@dataclass
class StandIn:
    """What answers at the counter's socket, and what it was asked."""

    answer: bytes | None = OK  # to a charge; None is silence
    to_write: bytes = OK
    asked: list[bytes] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while words := await self._words(reader):
                self.asked.append(words[0])
                said = {b"EVALSHA": self.answer, b"SET": self.to_write}.get(words[0], OK)
                if words[0] == b"HELLO":
                    said = b"-ERR unknown command 'HELLO'\r\n"
                if said is not None:
                    writer.write(said)
        writer.close()

    async def _words(self, reader: asyncio.StreamReader) -> list[bytes]:
        count = int((await reader.readuntil(b"\r\n"))[1:])
        words = []
        for _ in range(count):
            length = int((await reader.readuntil(b"\r\n"))[1:])
            words.append((await reader.readexactly(length + 2))[:-2])
        return words


@asynccontextmanager
async def answering(path: Path, stand_in: StandIn) -> AsyncIterator[StandIn]:
    server = await asyncio.start_unix_server(stand_in.talk, path)
    try:
        yield stand_in
    finally:
        server.close()
        for each in stand_in.writers:
            each.close()
        path.unlink()  # noqa: ASYNC240 - a socket's name


@asynccontextmanager
async def counting(path: Path, limits: SendLimits) -> AsyncIterator[Counting]:
    account = AccountLimits(customer="Shop", of="shop.example", own=limits)
    secret = path.with_name("secret")
    secret.write_text("of this host\n")
    store = Store(CounterPlace(socket=str(path), secret_file=secret))
    made = Counting(lambda login: account if login == "bob" else None, platform_zone(), store)
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def mail(login: str = "bob", recipients: int = 1, body: bytes = b"") -> SubmittedMail:
    all_of_them = tuple(f"reader{number}@inbox.example" for number in range(recipients))
    envelope = Envelope(login=login, sender="bob@news.example", recipients=all_of_them)
    return SubmittedMail(envelope=envelope, fields=(), body=body)


async def says(session: CountedSession, one: SubmittedMail | None = None) -> str:
    """What the client is told; nothing where the mail is taken."""
    asked = one or mail()
    try:
        if not session.charge_ahead(asked):
            await session.charge(asked)
    except RefusedMailError as refused:
        return refused.reply.decode()
    return ""


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - of a log, too
            await asyncio.sleep(0.01)


def said(caplog: pytest.LogCaptureFixture, words: str) -> int:
    return sum(words in each.getMessage() for each in caplog.records)


FAULTS = {
    "it is silent": StandIn(answer=None),
    "it is full": StandIn(answer=OOM),
    "it is full before anything is asked": StandIn(to_write=OOM),
    "it forgot the script": StandIn(answer=NOT_MINE),
    "it has another password": StandIn(answer=WRONG, to_write=WRONG),
    "it speaks another protocol": StandIn(answer=b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "its answer has no end": StandIn(answer=b"$99999999999\r\nx"),
    "its answer is a text": StandIn(answer=b"$2\r\nok\r\n"),
    "its answer counts nothing": StandIn(answer=b"*2\r\n:1\r\n:0\r\n"),
    "its answer is of another": StandIn(answer=b"*6\r\n:0\r\n:0\r\n:9\r\n:1\r\n:1\r\n:1\r\n"),
    "its tally is none": StandIn(answer=taken(b"many")),
    "its tally is of the end of time": StandIn(answer=taken(b"9999999999999 1 1 0 1 1 0 1 1 0")),
    "its tally is negative": StandIn(answer=taken(b"0 0 0 0 0 0 0 -99 0 0")),
    "its answer is a list in a list": StandIn(answer=b"*1\r\n*1\r\n:1\r\n"),
    "its refusal never ends": StandIn(
        answer=b"*6\r\n:0\r\n:0\r\n:1\r\n:5\r\n:1\r\n:999999999999999\r\n"
    ),
    "its refusal is by a limit that is none": StandIn(
        answer=b"*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:1\r\n:1800000000\r\n"
    ),
    "its refusal has used less than nothing": StandIn(
        answer=b"*6\r\n:0\r\n:0\r\n:1\r\n:5\r\n:-1\r\n:1800000000\r\n"
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_counter_says_mail_is_taken_and_counted_by_the_worker(
    tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "s"

    async def talk() -> list[str]:
        stand_in = StandIn(FAULTS[fault].answer, FAULTS[fault].to_write)
        async with answering(path, stand_in), counting(path, SendLimits(mails_per_day=3)) as made:
            await until(lambda: b"SET" in stand_in.asked)
            for _ in range(20):  # the answer is there, and is read before the first mail
                await asyncio.sleep(0)
            session = made.session()
            first = [await says(session)]
            await until(lambda: said(caplog, "the counter is away"))
            return [*first, *[await says(session) for _ in range(3)]]

    with caplog.at_level(logging.WARNING):
        *fine, refused = asyncio.run(talk())
    assert fine == [""] * 3
    assert refused.startswith("450 4.7.1 3 mails a day are allowed for bob and 3 were sent;")
    assert said(caplog, "the counter is away") == 1


def test_away_and_back_are_each_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "s"

    async def talk() -> list[str]:
        async with counting(path, SendLimits(mails_per_day=3)) as made:
            session = made.session()
            await until(lambda: said(caplog, "the counter is away"))
            alone = [await says(session), await says(session)]
            stand_in = StandIn(answer=taken())
            async with answering(path, stand_in):
                await until(lambda: said(caplog, "the counter is back"))
                return [*alone, await says(session)]

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(talk()) == [""] * 3
    assert (said(caplog, "is away"), said(caplog, "is back")) == (1, 1)


def test_the_worker_goes_on_from_what_the_counter_said_last(tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def talk() -> list[str]:
        stand_in = StandIn()
        async with counting(path, SendLimits(mails_per_day=8)) as made:
            session = made.session()
            async with answering(path, stand_in):
                await until(lambda: b"SET" in stand_in.asked)
                stand_in.answer = taken(b"0 7 7 0 7 7 %d 7 7 0" % today())
                first = await says(session)
            return [first, await says(session), await says(session)]

    *fine, refused = asyncio.run(talk())
    assert fine == ["", ""]
    assert "8 were sent" in refused


def test_a_refusal_of_the_counter_is_a_sentence_with_limit_use_and_moment(tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def talk() -> str:
        answer = b"*6\r\n:0\r\n:0\r\n:1\r\n:3\r\n:500\r\n:1795860000\r\n"
        stand_in = StandIn(answer=answer)
        async with (
            answering(path, stand_in),
            counting(path, SendLimits(mails_per_hour=500)) as made,
        ):
            await until(lambda: b"SET" in stand_in.asked)
            return await says(made.session())

    assert asyncio.run(talk()) == (
        "450 4.7.1 500 mails an hour are allowed for bob and 500 were sent;"
        " try again after 2026-11-28 18:00 +0800"
    )


def test_what_no_waiting_makes_right_is_refused_for_good(tmp_path: Path) -> None:
    async def talk() -> list[str]:
        limits = SendLimits(message_size=1000, recipients_per_hour=2)
        async with counting(tmp_path / "s", limits) as made:
            session = made.session()
            return [
                await says(session, mail(body=b"x" * 999)),
                await says(session, mail(recipients=3)),
                await says(session, mail(recipients=2, body=b"x" * 990)),
            ]

    large, many, fine = asyncio.run(talk())
    assert large.startswith("552 5.3.4 1000 octets a mail are allowed for bob and this one has")
    assert many.startswith("550 5.5.3 2 recipients an hour are allowed for bob and this mail has 3")
    assert fine == ""


def test_sessions_at_once_are_counted_until_they_end(tmp_path: Path) -> None:
    async def talk() -> list[str]:
        async with counting(tmp_path / "s", SendLimits(sessions=2)) as made:
            one, two, three = made.session(), made.session(), made.session()
            full = [await says(each) for each in (one, one, two, three)]
            one.end()
            return [*full, await says(three)]

    *fine, refused, later = asyncio.run(talk())
    assert [*fine, later] == ["", "", "", ""]
    assert refused == (
        "450 4.7.1 2 sessions at once are allowed for bob and 2 are open;"
        " try again when one of them has ended"
    )


def test_who_has_no_limits_is_not_counted(tmp_path: Path) -> None:
    async def talk() -> str:
        async with counting(tmp_path / "s", SendLimits(mails_per_day=1)) as made:
            session = made.session()
            return "".join([await says(session, mail(login)) for login in ("", "eve", "eve")])

    assert asyncio.run(talk()) == ""


def test_a_recipient_that_stands_twice_is_one(tmp_path: Path) -> None:
    async def talk() -> str:
        envelope = Envelope(
            login="bob", sender="", recipients=("a@inbox.example", "A@inbox.example")
        )
        async with counting(tmp_path / "s", SendLimits(recipients_per_day=1)) as made:
            return await says(made.session(), SubmittedMail(envelope=envelope, fields=()))

    assert asyncio.run(talk()) == ""


def test_far_from_a_limit_mails_are_taken_at_once_and_told_in_one_go(tmp_path: Path) -> None:
    path = tmp_path / "s"
    minute, hour = (int(time.time()) + 8 * 3600) // 60, (int(time.time()) + 8 * 3600) // 3600
    known = b"%d 7 7 %d 7 7 %d 7 7 0" % (minute, hour, today())

    async def talk() -> tuple[list[bool], int]:
        stand_in = StandIn(answer=taken(known))
        async with answering(path, stand_in), counting(path, SendLimits(mails_per_day=500)) as made:
            await until(lambda: b"SET" in stand_in.asked)
            session = made.session()
            assert await says(session) == ""  # what is left is not known before
            ahead = [session.charge_ahead(mail()) for _ in range(6)]
            await made.settle()
            return ahead, stand_in.asked.count(b"EVALSHA")

    assert asyncio.run(talk()) == ([True] * 4 + [False] * 2, 2)


def test_mails_that_the_counter_could_not_be_told_of_count_at_the_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk() -> str:
        async with counting(tmp_path / "s", SendLimits(mails_per_day=150)) as made:
            session = made.session()
            await until(lambda: said(caplog, "the counter is away"))
            for _ in range(150):
                assert await says(session) == ""
                await made.settle()
            return await says(session)

    with caplog.at_level(logging.WARNING):
        assert "and 150 were sent" in asyncio.run(talk())
    assert said(caplog, "limit-near: limit=mails_per_day used=120 most=150") == 1


def test_a_counter_that_is_lost_between_two_mails_is_missed_before_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "s"

    async def talk() -> None:
        stand_in = StandIn(answer=taken())
        async with counting(path, SendLimits(mails_per_day=3)):
            async with answering(path, stand_in):
                await until(lambda: b"SET" in stand_in.asked)
            await until(lambda: said(caplog, "the counter is away"))

    with caplog.at_level(logging.WARNING):
        asyncio.run(talk())
