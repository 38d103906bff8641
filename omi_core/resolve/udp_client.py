"""The way to one address: its socket, its pace, and who waits for an answer of it.

A look at thousands of domains is bound by what a question costs here, so a question is an entry in
a dict and a future: no task, no timer and no transport of its own. All of a line have the same
timeout, so the first that was sent is the first that is given up, and one timer serves them all.
"""

import asyncio
import errno
import os
import socket
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from omi_core.dns.client.server import Server
from omi_core.errors import system_text
from omi_core.resolve.packet import Response, answers_question, is_without_edns, question, read
from omi_core.resolve.wire_name import MalformedError
from omi_core.text import NOTHING, Text

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_LARGEST = 2**16
_MOST_AT_A_TIME = 64  # datagrams read before other sockets have their turn


class QueryFault(StrEnum):
    """Why there is no answer."""

    SILENT = "silent"
    UNREACHABLE = "unreachable"  # the port is closed, or something on the way says no
    NO_ROUTE = "no-route"  # this machine has no way to that family
    GARBLED = "garbled"
    TRUNCATED = "truncated"  # over UDP, and TCP does not work


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What came of one question: a reply, or a fault with its detail in words."""

    reply: Response | None
    fault: QueryFault | None = None
    detail: Text = NOTHING
    tcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """How servers are asked: questions a second to one address, seconds a try, tries over UDP."""

    rate: float = 50.0
    timeout_s: float = 2.0
    tries: int = 2
    at_once: int = 32


class _PendingQuery:
    """One question, from being asked to being heard."""

    __slots__ = ("edns", "heard", "left", "number", "section", "until")

    def __init__(self, section: bytes, heard: asyncio.Future[QueryResult], tries: int) -> None:
        self.section = section
        self.heard = heard
        self.left = tries
        self.number = 0
        self.until = 0.0
        self.edns = True

    def ends(self, heard: QueryResult) -> None:
        """Tell who asked, unless nobody waits any more."""
        if not self.heard.done():
            self.heard.set_result(heard)


class UdpClient:
    """Asks one address over UDP, then TCP, no more often than the manners say."""

    def __init__(self, server: Server, limits: RateLimits) -> None:
        self.server = server
        self.limits = limits
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_PendingQuery] = deque()
        self._waiting: dict[int, _PendingQuery] = {}  # by id, the one sent first in front
        self._over_tcp: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None
        self._next = 0.0
        self._pace: asyncio.TimerHandle | None = None
        self._bound: asyncio.TimerHandle | None = None
        self._odd = NOTHING
        self._edns = True  # until the server is known to answer only without

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not self._waiting and not self._queue and not self._over_tcp

    def ask(self, section: bytes) -> asyncio.Future[QueryResult]:
        """Return what will be heard; it never raises."""
        asked = _PendingQuery(section, self._loop.create_future(), self.limits.tries)
        self._queue.append(asked)
        self._go_on()
        return asked.heard

    def close(self) -> None:
        """Close the socket; whoever still waits is told that nothing was heard."""
        for timer in (self._pace, self._bound):
            if timer is not None:
                timer.cancel()
        for task in self._over_tcp:
            task.cancel()
        for asked in (*self._waiting.values(), *self._queue):
            asked.ends(QueryResult(None, QueryFault.SILENT, self._odd))
        self._waiting.clear()
        self._queue.clear()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _go_on(self) -> None:
        """Send what is in the queue, as far as the pace and what is under way allow."""
        most = self.limits.at_once
        while self._queue and self._pace is None:
            if len(self._waiting) + len(self._over_tcp) >= most:
                return
            now = self._loop.time()
            if self._next > now:
                self._pace = self._loop.call_at(self._next, self._paced)
                return
            asked = self._queue.popleft()
            if not asked.heard.done():
                self._next = now + 1 / self.limits.rate
                self._send(asked, now + self.limits.timeout_s)

    def _paced(self) -> None:
        self._pace = None
        self._go_on()

    def _send(self, asked: _PendingQuery, until: float) -> None:
        try:
            opened = self._socket or self._opened()
        except OSError as error:
            asked.ends(_refused(error))
            return
        asked.number = number = self._number()
        asked.edns &= self._edns
        asked.until = until
        self._waiting[number] = asked
        if self._bound is None:
            self._bound = self._loop.call_at(until, self._give_up)
        try:
            opened.send(question(number, asked.section, edns=asked.edns))
        except BlockingIOError:
            return  # lost at the first step instead of a later one: it is asked again
        except OSError as error:
            self._refuse_all(error)

    def _opened(self) -> socket.socket:
        """Open a socket that takes datagrams of this address alone; any port of this machine's."""
        # A name, which only a root has that was given as one, is looked up before all else.
        found = socket.getaddrinfo(self.server.host, self.server.port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = found[0]
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(0)
        try:
            opened.connect(address)
        except OSError:
            opened.close()
            raise
        self._loop.add_reader(opened, self._readable)
        self._socket = opened
        return opened

    def _number(self) -> int:
        """Return an id that nobody can guess (RFC 5452 4.3)."""
        number = int.from_bytes(os.urandom(2))
        while number in self._waiting:
            number = int.from_bytes(os.urandom(2))
        return number

    def _readable(self) -> None:
        for _ in range(_MOST_AT_A_TIME):
            if self._socket is None:
                return
            try:
                data = self._socket.recv(_LARGEST)
            except BlockingIOError:
                break
            except OSError as error:  # the port is closed (ICMP)
                self._refuse_all(error)
                break
            self._take(data)
        self._go_on()

    def _take(self, data: bytes) -> None:
        """Take an answer; what answers nothing that was asked is remembered as odd."""
        number = int.from_bytes(data[:2])
        asked = self._waiting.get(number)
        wrong = answers_question(data, number, asked.section) if asked else Text("another id")
        if wrong or asked is None:
            self._odd = wrong
            return
        del self._waiting[number]
        heard = _read(data)
        if heard.reply and asked.edns and is_without_edns(heard.reply):
            asked.edns = False
            self._queue.appendleft(asked)
        elif heard.reply is None or not heard.reply.truncated:
            self._edns &= asked.edns or heard.reply is None or is_without_edns(heard.reply)
            asked.ends(heard)
        elif not asked.heard.done():
            self._ask_over_tcp(asked)

    def _give_up(self) -> None:
        """End or repeat the questions whose time is over."""
        self._bound = None
        now = self._loop.time()
        for asked in list(self._waiting.values()):
            if asked.until > now:
                self._bound = self._loop.call_at(asked.until, self._give_up)
                break
            del self._waiting[asked.number]
            asked.left -= 1
            if asked.left:
                self._queue.append(asked)
            else:
                asked.ends(QueryResult(None, QueryFault.SILENT, self._odd))
        self._go_on()

    def _refuse_all(self, error: OSError) -> None:
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for asked in waiting:
            asked.ends(_refused(error))

    def _ask_over_tcp(self, asked: _PendingQuery) -> None:
        task = self._loop.create_task(self._heard_over_tcp(asked))
        self._over_tcp.add(task)
        task.add_done_callback(self._over)
        asked.heard.add_done_callback(lambda _: task.cancel())  # where nobody waits any more

    def _over(self, task: asyncio.Task[None]) -> None:
        self._over_tcp.discard(task)
        self._go_on()

    async def _heard_over_tcp(self, asked: _PendingQuery) -> None:
        now = self._loop.time()
        at = max(now, self._next)
        self._next = at + 1 / self.limits.rate
        await asyncio.sleep(at - now)
        heard = await self._exchanged(asked.section, edns=asked.edns)
        if heard.reply and asked.edns and is_without_edns(heard.reply):
            heard = await self._exchanged(asked.section, edns=False)
        asked.ends(heard)

    async def _exchanged(self, section: bytes, *, edns: bool) -> QueryResult:
        number = self._number()
        try:
            async with asyncio.timeout(self.limits.timeout_s):
                asked = question(number, section, edns=edns)
                octets = await _over_a_connection(self.server, asked)
        except TimeoutError:
            return QueryResult(None, QueryFault.TRUNCATED, Text("TCP: silent"), tcp=True)
        except (OSError, EOFError) as error:
            detail = getattr(error, "strerror", None) or Text("closed")
            words = Text.plain("TCP: {detail}").format(detail=detail)
            return QueryResult(None, QueryFault.TRUNCATED, words, tcp=True)
        wrong = answers_question(octets, number, section)
        return (
            QueryResult(None, QueryFault.GARBLED, wrong, tcp=True)
            if wrong
            else _read(octets, tcp=True)
        )


def _read(octets: bytes, *, tcp: bool = False) -> QueryResult:
    try:
        reply = read(octets)
    except MalformedError as error:
        return QueryResult(None, QueryFault.GARBLED, error.text, tcp=tcp)
    if tcp and reply.truncated:  # what is not there may be what was cut off
        return QueryResult(None, QueryFault.TRUNCATED, Text("TCP: cut off as well"), tcp=True)
    return QueryResult(reply, tcp=tcp)


async def _over_a_connection(server: Server, message: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(len(message).to_bytes(2) + message)
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    finally:
        writer.close()


def _refused(error: OSError) -> QueryResult:
    fault = QueryFault.NO_ROUTE if error.errno in _NO_ROUTE else QueryFault.UNREACHABLE
    return QueryResult(None, fault, system_text(error))
