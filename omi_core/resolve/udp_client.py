"""The way to one address: its pace, its ports, what is known of its server, and who waits there.

A look at thousands of domains is bound by what a question costs here, so a question is an entry in
a dict and a future: no task, no timer and no transport of its own. All of a line have the same
timeout, so the first that was sent is the first that is given up, and one timer serves them all.
"""

import asyncio
from collections import deque
from enum import Enum

from omi_core.dns.client.server import Server
from omi_core.resolve.capitals import Capitals
from omi_core.resolve.packet import is_without_edns, question
from omi_core.resolve.query import (
    PendingQuery,
    QueryFault,
    QueryResult,
    RateLimits,
    drawn,
    mixed,
    refused,
)
from omi_core.resolve.reply_match import Match, decoded, match
from omi_core.resolve.tcp import heard_over_tcp
from omi_core.resolve.udp_port import SEVERAL, Address, PortRoom, UdpPort, address_of
from omi_core.resolve.wire_name import MalformedError
from omi_core.text import NOTHING, Text

# Late answers and doubles are odd as well; more than a port was asked questions are a flood.
_MOST_ODD = 200
# A server that answered none of so many is asked one at a time: it may be nobody's, or a victim's.
_MOST_UNANSWERED = 40
_ANOTHER_ID = Text("another id")
_GIVEN_UP = Text("not asked: it left the {count} questions before this one unanswered")


class _Why(Enum):
    """Why a question that was asked over UDP is asked over a connection."""

    TRUNCATED = "truncated"
    UNSURE = "unsure"  # the answer may be forged, or its server folds what it is asked
    FLOODED = "flooded"


class UdpClient:
    """Asks one address over UDP, then TCP, no more often than the manners say."""

    def __init__(self, server: Server, limits: RateLimits, room: PortRoom) -> None:
        self.server = server
        self.limits = limits
        self._loop = asyncio.get_running_loop()
        self._room = room
        self._address: Address | None = None
        self._queue: deque[PendingQuery] = deque()
        self._waiting: dict[PendingQuery, UdpPort] = {}  # the one sent first in front
        self._over_tcp: set[asyncio.Task[None]] = set()
        self._ports: list[UdpPort] = []  # from which questions are asked
        self._open: set[UdpPort] = set()  # these, and those where an answer is still to come
        self._next = 0.0
        self._pace: asyncio.TimerHandle | None = None
        self._bound: asyncio.TimerHandle | None = None
        self._odd = NOTHING
        self._edns = True  # until the server is known to answer only without
        self._capitals = Capitals()
        self._unanswered = 0  # in a row

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not self._waiting and not self._queue and not self._over_tcp

    def ask(self, section: bytes) -> asyncio.Future[QueryResult]:
        """Return what will be heard; it never raises."""
        asked = PendingQuery(section, self._loop.create_future(), self.limits.tries)
        self._queue.append(asked)
        self._go_on()
        return asked.heard

    def close(self) -> None:
        """Close the sockets; whoever still waits is told that nothing was heard."""
        for timer in (self._pace, self._bound):
            if timer is not None:
                timer.cancel()
        for task in self._over_tcp:
            task.cancel()
        for asked in (*self._waiting, *self._queue):
            asked.ends(QueryResult(None, QueryFault.SILENT, self._odd))
        self._waiting.clear()
        self._queue.clear()
        for port in list(self._open):
            self._leave(port)

    def _go_on(self) -> None:
        """Send what is in the queue, as far as the pace and what is under way allow."""
        most = 1 if self._unanswered >= _MOST_UNANSWERED else self.limits.at_once
        while self._queue and self._pace is None:
            if len(self._waiting) + len(self._over_tcp) >= most:
                return
            now = self._loop.time()
            if self._next > now:
                self._pace = self._loop.call_at(self._next, self._paced)
                return
            asked = self._queue.popleft()
            if asked.heard.done():
                continue
            try:
                port = self._drawn()
            except OSError as error:
                asked.ends(refused(error))
                continue
            if port is None:
                self._queue.appendleft(asked)
                return
            self._next = now + 1 / self.limits.rate
            self._send(asked, port, now + self.limits.timeout_s)
        if self._room.is_wanted and self.is_idle:
            for port in list(self._open):
                self._leave(port)

    def _paced(self) -> None:
        self._pace = None
        self._go_on()

    def _drawn(self) -> UdpPort | None:
        """Return one of several ports, which is opened when it is drawn first.

        None where no socket can be had now; then `_go_on` is called when one can.
        """
        ports = self._ports
        place = drawn(1)[0] % SEVERAL
        if place < len(ports):
            return ports[place]
        if ports and not self._room.is_ample:
            return ports[place % len(ports)]
        if not self._room.take(self._go_on):
            return None
        try:
            self._address = self._address or address_of(self.server)
            port = UdpPort(self._address, self._take, self._refuse)
        except OSError:
            self._room.give_back()
            raise
        ports.append(port)
        self._open.add(port)
        return port

    def _send(self, asked: PendingQuery, port: UdpPort, until: float) -> None:
        asked.is_mixed = self._capitals.suit(asked)
        asked.sent = mixed(asked.section) if asked.is_mixed else asked.section
        asked.edns &= self._edns
        asked.until = until
        asked.number = number = port.draw_number()
        port.waiting[number] = asked
        self._waiting[asked] = port
        if self._bound is None:
            self._bound = self._loop.call_at(until, self._give_up)
        try:
            port.send(question(number, asked.sent, edns=asked.edns))
        except OSError as error:
            self._refuse(port, error)
        if port.is_used_up:
            self._ports.remove(port)

    def _take(self, port: UdpPort, data: bytes) -> None:
        """Take a datagram; one that answers nothing is ignored, and remembered as odd."""
        asked = port.waiting.get(int.from_bytes(data[:2]))
        how, wrong = match(data, asked.number, asked.sent) if asked else (Match.NONE, _ANOTHER_ID)
        if asked is None or how is Match.NONE:
            self._count_odd(port, wrong)
            return
        self._unanswered = 0
        self._release(asked)
        if how is Match.UNSURE and asked.is_mixed:
            self._ask_over_tcp(asked, _Why.UNSURE)
        else:
            self._hear(asked, data)
        if self._queue or self._room.is_wanted:
            self._go_on()

    def _hear(self, asked: PendingQuery, data: bytes) -> None:
        """Take an answer, unless the question can be asked in a way that tells more."""
        try:
            heard = QueryResult(decoded(data, asked.section))
        except MalformedError as error:
            heard = QueryResult(None, QueryFault.GARBLED, error.text)
        reply = heard.reply
        if self._capitals.make_doubtful(asked, reply):
            asked.is_plain = True
            self._queue.appendleft(asked)
        elif reply and asked.edns and is_without_edns(reply):
            asked.edns = False
            self._queue.appendleft(asked)
        elif reply is None or not reply.truncated:
            self._edns &= asked.edns or reply is None or is_without_edns(reply)
            asked.ends(heard)
        elif not asked.heard.done():
            self._ask_over_tcp(asked, _Why.TRUNCATED)

    def _count_odd(self, port: UdpPort, wrong: Text) -> None:
        """Remember what was wrong; under a flood, ask what waits there where nobody can forge."""
        self._odd = wrong
        port.odd += 1
        if port.odd >= _MOST_ODD:
            waiting = list(port.waiting.values())
            for asked in waiting:
                del self._waiting[asked]
            port.waiting.clear()
            self._leave(port)
            for asked in waiting:
                self._ask_over_tcp(asked, _Why.FLOODED)

    def _release(self, asked: PendingQuery) -> None:
        port = self._waiting.pop(asked)
        del port.waiting[asked.number]
        if port.is_used_up and not port.waiting:
            self._leave(port)

    def _leave(self, port: UdpPort) -> None:
        port.close()
        self._open.remove(port)
        if port in self._ports:
            self._ports.remove(port)
        self._room.give_back()

    def _give_up(self) -> None:
        """End or repeat the questions whose time is over."""
        self._bound = None
        now = self._loop.time()
        for asked in list(self._waiting):
            if asked.until > now:
                self._bound = self._loop.call_at(asked.until, self._give_up)
                break
            self._release(asked)
            self._unanswered += 1
            asked.left -= 1
            asked.is_plain = True  # some servers lose what has capitals
            if asked.left > 0:
                self._queue.append(asked)
            else:
                asked.ends(QueryResult(None, QueryFault.SILENT, self._odd))
        if self._unanswered >= _MOST_UNANSWERED:
            self._end_queue()
        self._go_on()

    def _end_queue(self) -> None:
        """End what waits behind a question that nobody answered, as it would end."""
        detail = _GIVEN_UP.format(count=self._unanswered)
        for asked in self._queue:
            asked.ends(QueryResult(None, QueryFault.SILENT, detail))
        self._queue.clear()

    def _refuse(self, port: UdpPort, error: OSError) -> None:
        """End what waits at a port for which the system has an error."""
        for asked in list(port.waiting.values()):
            self._release(asked)
            asked.ends(refused(error))
        self._go_on()

    def _ask_over_tcp(self, asked: PendingQuery, why: _Why) -> None:
        task = self._loop.create_task(self._heard_over_tcp(asked, why))
        self._over_tcp.add(task)
        task.add_done_callback(self._over)
        asked.heard.add_done_callback(lambda _: task.cancel())  # where nobody waits any more

    def _over(self, task: asyncio.Task[None]) -> None:
        self._over_tcp.discard(task)
        self._go_on()

    async def _heard_over_tcp(self, asked: PendingQuery, why: _Why) -> None:
        now = self._loop.time()
        at = max(now, self._next)
        self._next = at + 1 / self.limits.rate
        await asyncio.sleep(at - now)
        async with self._room.connections:
            heard, kept = await heard_over_tcp(self.server, asked, self.limits.timeout_s)
        if why is _Why.UNSURE and kept is not Match.EXACT:
            self._capitals.do_not_suit()
        asked.left -= 1
        is_last = why is _Why.TRUNCATED or (why is _Why.FLOODED and asked.left <= 0)
        if heard.reply or is_last:
            asked.ends(heard)
        else:
            asked.is_plain = True
            self._queue.appendleft(asked)
