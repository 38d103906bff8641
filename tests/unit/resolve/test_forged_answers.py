"""Answers that somebody made up, servers that change what they are asked, and floods of both."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest

from omi_core.dns.client.server import Server
from omi_core.resolve.network import Network, QueryFault, QueryResult, RateLimits
from tests.authority import free_port

# What a server sends over UDP for a query, one datagram after the other.
Says = Callable[[dns.message.Message], Iterable[bytes]]
HOST = "127.0.0.9"


class Talker:
    """A server that says what it likes over UDP, and the truth over TCP, if it has TCP."""

    folds = False  # over TCP as well

    def __init__(self, says: Says, *, tcp: bool = True) -> None:
        self.says = says
        self.asked: list[tuple[int, dns.message.Message]] = []  # the port from which, and what
        self.port = free_port()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((HOST, self.port))
        self._tcp = socket.socket() if tcp else None
        if self._tcp:
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._tcp.bind((HOST, self.port))
            self._tcp.listen(64)
        serving = [self._datagrams, *([self._streams] if tcp else [])]
        self._threads = [threading.Thread(target=each, daemon=True) for each in serving]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in filter(None, (self._udp, self._tcp)):
            with suppress(OSError):  # of a socket that is not connected; who waits wakes up
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _datagrams(self) -> None:
        while True:
            try:
                octets, client = self._udp.recvfrom(4096)
                query = dns.message.from_wire(octets)
                self.asked.append((client[1], query))
                for said in self.says(query):
                    self._udp.sendto(said, client)
            except (OSError, dns.message.ShortHeader):
                return

    def _streams(self) -> None:
        while self._tcp:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                length = int.from_bytes(connection.recv(2))
                query = dns.message.from_wire(connection.recv(length))
                said = folded(query, "true") if self.folds else answer(query)
                connection.sendall(len(said).to_bytes(2) + said)

    def hear(self, *names: str, **limits: float) -> list[QueryResult]:
        """Ask for the TXT of names, one after the other."""

        async def all_of_them() -> list[QueryResult]:
            kept = RateLimits(**{"rate": 1e6, "timeout_s": 1.0, **limits})  # type: ignore[arg-type]
            async with Network(kept) as network:
                server = Server(HOST, self.port)
                return [await network.ask(server, name, "TXT") for name in names]

        return asyncio.run(all_of_them())

    def names(self) -> list[str]:
        """The names as they were asked, the case of their letters kept."""
        return [query.question[0].name.to_text(omit_final_dot=True) for _, query in self.asked]


def answer(query: dns.message.Message, text: str = "true", *, name: str = "") -> bytes:
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    owner = dns.name.from_text(name) if name else query.question[0].name
    made.question = [dns.rrset.RRset(owner, query.question[0].rdclass, query.question[0].rdtype)]
    made.answer.append(dns.rrset.from_text(owner, 60, "IN", "TXT", f'"{text}"'))
    return made.to_wire()


def folded(query: dns.message.Message, text: str) -> bytes:
    return answer(query, text, name=query.question[0].name.to_text().lower())


def with_another_id(octets: bytes, step: int = 1) -> bytes:
    number = (int.from_bytes(octets[:2]) + step) & 0xFFFF
    return number.to_bytes(2) + octets[2:]


def truth(query: dns.message.Message) -> Iterable[bytes]:
    return [answer(query)]


def texts(heard: Iterable[QueryResult]) -> list[str]:
    return [rr.value for one in heard for rr in (one.reply.answers if one.reply else ())]


def talk(says: Says, *, tcp: bool = True) -> Talker:
    return Talker(says, tcp=tcp)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


# --- What somebody off the path would have to guess


def test_questions_leave_from_several_ports_each_with_an_id_of_its_own(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(truth))
    assert texts(talker.hear(*["shop.example"] * 60)) == ["true"] * 60
    assert len({port for port, _ in talker.asked}) >= 3
    assert len({query.id for _, query in talker.asked}) >= 58


def test_no_port_is_used_for_long(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(truth))
    assert len(talker.hear(*["shop.example"] * 600)) == 600
    used = Counter(port for port, _ in talker.asked)
    assert max(used.values()) <= 64 * 2  # the system may draw the same one again
    assert len(used) >= 8


def test_each_question_has_its_letters_in_a_case_of_its_own(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(truth))
    talker.hear(*["omi1._domainkey.shop.example"] * 20)
    names = talker.names()
    assert {name.lower() for name in names} == {"omi1._domainkey.shop.example"}
    assert len(set(names)) == 20


@pytest.mark.parametrize("kind", ["id", "name", "case", "no question"])
def test_a_forged_answer_that_comes_first_is_not_believed(stack: ExitStack, kind: str) -> None:
    def says(query: dns.message.Message) -> Iterable[bytes]:
        forged = answer(query, "forged")
        return {
            "id": [with_another_id(forged)],
            "name": [answer(query, "forged", name="other.example.")],
            "case": [folded(query, "forged")],
            "no question": [forged[:4] + bytes(2) + forged[6:12] + forged[12 + 18 :]],
        }[kind] + [answer(query)]

    talker = stack.enter_context(talk(says))
    heard = talker.hear("shop.example", "shop.example")
    assert texts(heard) == ["true", "true"]


def test_under_a_flood_of_forged_answers_the_truth_comes_over_a_connection(
    stack: ExitStack,
) -> None:
    def says(query: dns.message.Message) -> Iterable[bytes]:
        forged = answer(query, "forged")
        return [with_another_id(forged, step) for step in range(1, 3000)]

    talker = stack.enter_context(talk(says))
    [heard] = talker.hear("shop.example", timeout_s=20.0)
    assert texts([heard]) == ["true"]
    assert heard.tcp


def test_a_flood_without_a_way_past_it_ends_as_no_answer(stack: ExitStack) -> None:
    def says(query: dns.message.Message) -> Iterable[bytes]:
        return [with_another_id(answer(query, "forged"), step) for step in range(1, 1000)]

    talker = stack.enter_context(talk(says, tcp=False))
    [heard] = talker.hear("shop.example", timeout_s=5.0)
    assert heard.reply is None
    assert len(talker.asked) <= 3


# --- Servers to whom capitals are something else


def test_a_server_that_folds_what_it_is_asked_is_heard_over_tcp_once(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(lambda query: [folded(query, "true")]))
    talker.folds = True
    heard = talker.hear(*["shop.example"] * 4)
    assert texts(heard) == ["true"] * 4
    assert [one.tcp for one in heard] == [True, False, False, False]
    assert talker.names()[1:] == ["shop.example"] * 3


def test_a_server_that_folds_and_has_no_tcp_is_heard_all_the_same(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(lambda query: [folded(query, "true")], tcp=False))
    assert texts(talker.hear(*["shop.example"] * 4)) == ["true"] * 4


def plain(query: dns.message.Message) -> bool:
    name = query.question[0].name.to_text()
    return name == name.lower()


@pytest.mark.parametrize(
    "code", [dns.rcode.NXDOMAIN, dns.rcode.REFUSED, dns.rcode.SERVFAIL, dns.rcode.FORMERR]
)
def test_a_server_that_finds_names_in_small_letters_alone_lacks_nothing(
    stack: ExitStack, code: dns.rcode.Rcode
) -> None:
    def says(query: dns.message.Message) -> Iterable[bytes]:
        made = dns.message.make_response(query)
        made.flags |= dns.flags.AA
        made.set_rcode(code)
        return [answer(query) if plain(query) else made.to_wire()]

    talker = stack.enter_context(talk(says))
    assert texts(talker.hear(*["shop.example"] * 5)) == ["true"] * 5


def test_a_server_that_loses_questions_with_capitals_is_not_called_silent(
    stack: ExitStack,
) -> None:
    talker = stack.enter_context(talk(lambda query: [answer(query)] if plain(query) else []))
    assert texts(talker.hear(*["shop.example"] * 3, timeout_s=0.2)) == ["true"] * 3
    assert len(talker.asked) == 4  # only the first was asked twice


# --- What one server, and all together, may cost


def together(talker: Talker, count: int) -> list[QueryResult]:
    async def all_of_them() -> list[QueryResult]:
        limits = RateLimits(rate=1e6, timeout_s=0.1)
        async with Network(limits) as network:
            server = Server(HOST, talker.port)
            asked = (network.ask(server, f"c{n}.example", "TXT") for n in range(count))
            return await asyncio.gather(*asked)

    return asyncio.run(all_of_them())


def test_a_server_that_answers_nothing_is_not_asked_for_everybody(stack: ExitStack) -> None:
    talker = stack.enter_context(talk(lambda _: []))
    heard = together(talker, 1000)
    assert {one.fault for one in heard} == {QueryFault.SILENT}
    assert "not asked" in str(heard[-1].detail)
    assert len(talker.asked) <= 2 * 64


def test_many_servers_at_once_take_no_more_sockets_than_there_may_be(stack: ExitStack) -> None:
    port = free_port()
    servers = [f"127.0.1.{number}" for number in range(1, 41)]
    for host in servers:
        held = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        held.bind((host, port))

    def open_files() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    async def all_of_them() -> tuple[int, list[QueryResult]]:
        async with Network(RateLimits(timeout_s=0.02), most_sockets=8) as network:
            before = open_files()
            asked = [network.ask(Server(host, port), "shop.example", "TXT") for host in servers]
            opened = open_files() - before
            return opened, await asyncio.gather(*asked)

    opened, heard = asyncio.run(all_of_them())
    assert opened <= 8
    assert [one.fault for one in heard] == [QueryFault.SILENT] * 40
