"""The daemon at its socket, as Postfix talks to it: packets written here by hand."""

import asyncio
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.milter.accounts import Accounts
from omi_core.milter.daemon.dialogue import ACTIONS, Dialogue
from omi_core.milter.daemon.packet import Actions, Command, PacketError, Packets
from omi_core.milter.daemon.server import MailMemory, Service
from omi_core.milter.mail import Changes, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged

ACCOUNTS = Accounts(
    senders={"bob": ("bob@news.example",)}, suspended={"late": "unpaid since October"}
)
POLICY = RelayPolicy(host="smtp.relay.example")
FINE = [
    ("From", "bob@news.example"),
    ("Date", "Mon, 05 Jan 2026 08:00:00 +0000"),
    ("Message-ID", "<x@news.example>"),
]


def packet(command: str, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data) + 1) + command.encode() + data


def offer(version: int = 6, actions: int = 0x1FF, steps: int = 0x1FFFFF) -> bytes:
    return packet("O", struct.pack(">III", version, actions, steps))


def mail(fields: list[tuple[str, str]], body: bytes = b"x\r\n", login: str | None = "bob") -> bytes:
    said = packet("D", b"M{auth_authen}\0" + login.encode() + b"\0") if login else b""
    said += packet("M", b"<bob@news.example>\0SIZE=3\0") + packet("R", b"<x@inbox.example>\0")
    for name, value in fields:
        said += packet("L", f"{name}\0 {value}\0".encode())
    said += packet("N")
    for at in range(0, len(body), 65535):
        said += packet("B", body[at : at + 65535])
    return said + packet("D", b"Ei\0004bXyZ\0") + packet("E")


class Client:
    """What Postfix's process is: it says something, and reads until there is a last word."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def answer(self, said: bytes) -> list[bytes]:
        self.say(said)
        found: list[bytes] = []
        while not found or found[-1][:1] not in b"cytO":
            found.append(await self.packet())
        return found

    async def packet(self) -> bytes:
        (length,) = struct.unpack(">I", await self.reader.readexactly(4))
        return await self.reader.readexactly(length)

    async def is_closed(self) -> bool:
        return await self.reader.read() == b""


def judge(mail: SubmittedMail) -> Changes:
    return judged(mail, ACCOUNTS, POLICY, datetime(2026, 1, 5, 8, tzinfo=UTC))


@asynccontextmanager
async def daemon(
    path: Path,
    judge: Callable[[SubmittedMail], Changes] = judge,
    longest: int = 1 << 20,
    memory: MailMemory | None = None,
) -> AsyncIterator[Callable[[], Awaitable[Client]]]:
    service = Service(
        judge=judge,
        longest=longest,
        memory=memory or MailMemory(most=1 << 26),
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(service.connection, path)
    clients: list[Client] = []

    async def connected() -> Client:
        client = Client(*await asyncio.open_unix_connection(path))
        clients.append(client)
        assert (await client.answer(offer()))[0][:1] == b"O"
        return client

    try:
        yield connected
    finally:
        for client in clients:
            client.writer.close()
        server.close()


def ask(path: Path, *said: bytes) -> list[list[bytes]]:
    async def talk() -> list[list[bytes]]:
        async with daemon(path / "s") as connected:
            client = await connected()
            return [await client.answer(each) for each in said]

    return asyncio.run(talk())


def test_a_mail_that_needs_nothing_goes_on_as_it_is(tmp_path: Path) -> None:
    assert ask(tmp_path, mail(FINE)) == [[b"c"]]


def test_a_refusal_is_an_smtp_reply(tmp_path: Path) -> None:
    ((said,),) = ask(tmp_path, mail([("From", "alice@shop.example")]))
    assert said.startswith(b"y550 5.7.1 the From header holds alice@shop.example")
    assert said.endswith(b"\0")


def test_a_suspended_account_is_told_why_and_nothing_else(tmp_path: Path) -> None:
    ((refused,),) = ask(tmp_path, mail([("From", "alice@shop.example")], login="Late"))
    assert refused == b"y550 5.7.1 account Late is suspended: unpaid since October\0"


def test_a_field_is_changed_where_it_stands(tmp_path: Path) -> None:
    fields = [("Subject", "first"), *FINE[1:], ("Cc", "小 <a@b.example>"), ("From", FINE[0][1])]
    ((changed, last),) = ask(tmp_path, mail(fields))
    assert changed == b"m" + struct.pack(">I", 1) + b"Cc\0 =?utf-8?b?5bCP?=\n <a@b.example>\0"
    assert last == b"c"


def test_of_several_the_later_ones_are_taken_away_from_behind(tmp_path: Path) -> None:
    ((*changes, last),) = ask(tmp_path, mail([*FINE, *[("To", "a@b.example")] * 3]))
    numbers = [struct.unpack(">I", each[1:5])[0] for each in changes]
    assert numbers == [3, 2, 1]
    assert changes[0].endswith(b"To\0\0")
    assert last == b"c"


def test_a_missing_date_and_message_id_are_added(tmp_path: Path) -> None:
    ((date, message_id, last),) = ask(tmp_path, mail(FINE[:1]))
    assert date == b"hDate\0 Mon, 05 Jan 2026 08:00:00 +0000\0"
    assert message_id.startswith(b"hMessage-ID\0 <")
    assert last == b"c"


@pytest.mark.parametrize("body", [b"\t\r\n\r\n", b" ", b"  \r\n\t\t\r\n"])
def test_a_body_of_white_space_is_an_empty_line_to_every_verifier(
    tmp_path: Path, body: bytes
) -> None:
    assert ask(tmp_path, mail(FINE, body)) == [[b"b\r\n", b"c"]]


def test_a_new_body_comes_in_pieces_that_the_protocol_allows(tmp_path: Path) -> None:
    ((*changes, last),) = ask(tmp_path, mail(FINE, ("長" * 20 + "\r\n").encode() * 3000))
    pieces = [each[1:] for each in changes if each[:1] == b"b"]
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 65535
    assert last == b"c"


def test_one_connection_carries_many_mails(tmp_path: Path) -> None:
    answers = ask(tmp_path, mail(FINE), mail([("From", "a@b.example")]), mail(FINE))
    assert [each[0][:1] for each in answers] == [b"c", b"y", b"c"]


def test_no_mail_inherits_the_login_of_the_one_before(tmp_path: Path) -> None:
    _, ((said,)) = ask(tmp_path, mail(FINE), mail(FINE, login=None))
    assert b"programs of this host may send only as smtp.relay.example" in said


def test_no_mail_inherits_what_was_aborted(tmp_path: Path) -> None:
    begun = packet("D", b"M{auth_authen}\0bob\0") + packet("M", b"<bob@news.example>\0")
    begun += packet("L", b"From\0 alice@shop.example\0") + packet("A")
    assert ask(tmp_path, begun + mail(FINE)) == [[b"c"]]


def test_octets_may_come_one_by_one(tmp_path: Path) -> None:
    async def talk() -> list[bytes]:
        async with daemon(tmp_path / "s") as connected:
            client = await connected()
            for octet in mail(FINE)[:-1]:
                client.say(bytes([octet]))
                await client.writer.drain()
            return await client.answer(mail(FINE)[-1:])

    assert asyncio.run(talk()) == [b"c"]


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 0),
        struct.pack(">I", 1 << 30) + b"B",
        packet("?"),
        packet("E"),
        packet("M"),
        packet("M", b"<bob@news.example>"),
        packet("M", b"<b@n>\0") + packet("L", b"From"),
        packet("M", b"<b@n>\0") + packet("L", b"a\0b\0c\0"),
        offer(version=2),
        offer(actions=0),
        offer(steps=0),
        packet("O", b"short"),
    ],
)
def test_what_is_not_the_protocol_ends_that_connection_and_no_other(
    tmp_path: Path, said: bytes
) -> None:
    async def talk() -> tuple[bool, list[bytes]]:
        async with daemon(tmp_path / "s") as connected:
            other = await connected()
            client = await connected()
            client.say(said)
            return await client.is_closed(), await other.answer(mail(FINE))

    assert asyncio.run(talk()) == (True, [b"c"])


def test_a_fault_of_ours_puts_one_mail_off_and_no_other(tmp_path: Path) -> None:
    def falls(asked: SubmittedMail) -> Changes:
        if asked.body == b"boom\r\n":
            raise RuntimeError("boom")
        return judge(asked)

    async def talk() -> list[list[bytes]]:
        async with daemon(tmp_path / "s", falls) as connected:
            client = await connected()
            return [await client.answer(mail(FINE, body)) for body in (b"boom\r\n", b"x\r\n")]

    assert asyncio.run(talk()) == [[b"t"], [b"c"]]


@pytest.mark.parametrize(
    "more", [[("X", "y")] * 20_000, [("X", "y" * 900_000)] * 6], ids=["fields", "octets"]
)
def test_a_header_without_end_is_refused_for_good(
    tmp_path: Path, more: list[tuple[str, str]]
) -> None:
    [answers] = ask(tmp_path, mail(FINE + more))
    assert answers[-1].startswith(b"y550 5.6.0 the ")


def test_a_body_has_a_limit(tmp_path: Path) -> None:
    async def talk() -> bool:
        async with daemon(tmp_path / "s", longest=1000) as connected:
            client = await connected()
            client.say(mail(FINE, b"x" * 1001))
            return await client.is_closed()

    assert asyncio.run(talk())


def test_all_mails_together_have_a_limit_and_what_ends_gives_it_back(tmp_path: Path) -> None:
    async def talk() -> tuple[bool, list[bytes]]:
        memory = MailMemory(most=100_000)
        async with daemon(tmp_path / "s", memory=memory) as connected:
            first, second = await connected(), await connected()
            begun = mail(FINE, (b"x" * 58 + b"\r\n") * 1000)[:-5]
            first.say(begun)
            while memory.used < 60_000:  # noqa: ASYNC110 - what is waited for is a count
                await asyncio.sleep(0)
            second.say(begun)
            one_is_closed = await asyncio.wait_for(second.is_closed(), 10)
            return one_is_closed, await first.answer(packet("E"))

    assert asyncio.run(talk()) == (True, [b"c"])


def test_a_mail_that_is_being_judged_is_still_counted(tmp_path: Path) -> None:
    is_over = threading.Event()

    def waits(asked: SubmittedMail) -> Changes:
        is_over.wait(10)
        return judge(asked)

    async def talk() -> tuple[bool, bytes]:
        memory = MailMemory(most=100_000)
        async with daemon(tmp_path / "s", waits, memory=memory) as connected:
            first, second = await connected(), await connected()
            long = mail(FINE, (b"x" * 58 + b"\r\n") * 1000)
            judged = asyncio.create_task(first.answer(long))
            while memory.used < 60_000:  # noqa: ASYNC110 - what is waited for is a count
                await asyncio.sleep(0)
            second.say(long)
            is_closed = await asyncio.wait_for(second.is_closed(), 10)
            is_over.set()
            (last,) = await judged
            assert memory.used == 0
            return is_closed, last

    assert asyncio.run(talk()) == (True, b"c")


def test_a_long_mail_lets_the_others_go_on(tmp_path: Path) -> None:
    async def talk() -> list[str]:
        ends: list[str] = []

        async def asked(name: str, client: Client, said: bytes) -> None:
            await client.answer(said)
            ends.append(name)

        async with daemon(tmp_path / "s", longest=1 << 25) as connected:
            long, short = await connected(), await connected()
            big = mail(FINE, ("長" * 20 + "\r\n").encode() * 200_000)
            long.say(big[:-5])
            await long.writer.drain()
            waiting = asyncio.create_task(asked("long", long, big[-5:]))
            await asyncio.sleep(0.01)
            await asked("short", short, mail(FINE))
            await waiting
        return ends

    assert asyncio.run(talk()) == ["short", "long"]


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_octets_are_packets_or_refused(pieces: list[bytes]) -> None:
    packets, dialogue = Packets(), Dialogue(1 << 20)
    try:
        for piece in pieces:
            for each in packets.feed(piece):
                dialogue.told(each)
    except PacketError:
        return


def test_an_aborted_mail_has_no_end() -> None:
    dialogue = Dialogue(100)
    for each in Packets().feed(packet("M", b"<b@n>\0") + packet("A")):
        dialogue.told(each)
    with pytest.raises(PacketError, match="without a sender"):
        dialogue.told((Command.END_OF_MESSAGE, b""))


def test_the_last_piece_may_come_with_the_end(tmp_path: Path) -> None:
    said = mail(FINE)[:-5] + packet("E", b"more\r\n")
    assert ask(tmp_path, said) == [[b"c"]]


def test_a_connection_may_be_used_again_after_it_was_quit(tmp_path: Path) -> None:
    assert ask(tmp_path, packet("K") + offer(), mail(FINE))[1] == [b"c"]


def test_a_connection_that_is_quit_is_closed(tmp_path: Path) -> None:
    async def talk() -> bool:
        async with daemon(tmp_path / "s") as connected:
            client = await connected()
            client.say(packet("Q"))
            return await client.is_closed()

    assert asyncio.run(talk())


def test_no_mail_is_quarantined_since_postfix_would_not_ask_the_signer_then() -> None:
    assert Actions.QUARANTINE not in ACTIONS
