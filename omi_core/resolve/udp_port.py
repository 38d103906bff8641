"""Sockets to one server, each from a port that the system draws (RFC 5452 9.2, RFC 6056 3.3.1)."""

import asyncio
import resource
import socket
from collections.abc import Callable

from omi_core.dns.client.server import Server
from omi_core.resolve.query import PendingQuery, drawn

_LARGEST = 2**16
_MOST_AT_A_TIME = 64  # datagrams read before other sockets have their turn
_FEWEST = 64
_MOST = 2048
SEVERAL = 4  # ports from which one server is asked
_MOST_QUESTIONS = 64  # to be asked from one port before another takes its place

Address = tuple[
    socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]


def address_of(server: Server) -> Address:
    """Return where a socket connects to; OSError for a name that the system does not know.

    Only a root has a name, which was given as one: it is looked up before all else.
    """
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    return family, address


class UdpPort:
    """One socket that takes datagrams of one address alone, and who waits for an answer at it."""

    __slots__ = ("_heard", "_loop", "_refused", "_socket", "asked", "odd", "waiting")

    def __init__(
        self,
        address: Address,
        heard: Callable[["UdpPort", bytes], None],
        refused: Callable[["UdpPort", OSError], None],
    ) -> None:
        """Open it; OSError where there is no way to the address."""
        family, where = address
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._refused = refused
        self.waiting: dict[int, PendingQuery] = {}
        self.asked = 0
        self.odd = 0  # datagrams that answered nothing
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        try:
            self._socket.connect(where)
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._readable)

    @property
    def is_used_up(self) -> bool:
        """Whether no other question is to be asked from it."""
        return self.asked >= _MOST_QUESTIONS

    def draw_number(self) -> int:
        """Return an id that nobody can guess (RFC 5452 4.3)."""
        number = int.from_bytes(drawn(2))
        while number in self.waiting:
            number = int.from_bytes(drawn(2))
        return number

    def send(self, message: bytes) -> None:
        """Send a message; OSError where the system refuses.

        What it has no room for is lost here instead of at a later step: it is asked again.
        """
        self.asked += 1
        try:
            self._socket.send(message)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close it, whoever waits."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _readable(self) -> None:
        for _ in range(_MOST_AT_A_TIME):
            if self._socket.fileno() < 0:
                return
            try:
                data = self._socket.recv(_LARGEST)
            except BlockingIOError:
                return
            except OSError as error:  # the port is closed (ICMP)
                self._refused(self, error)
                return
            self._heard(self, data)


class PortRoom:
    """How many sockets may be open to all servers together, and who waits for one.

    One question too many must not take the files that others need. `make_room` closes what nobody
    uses. `connections` bounds those over TCP.
    """

    def __init__(self, make_room: Callable[[], None], most: int | None = None) -> None:
        self.most = self.left = _allowed() if most is None else most
        self.connections = asyncio.Semaphore(max(self.most // 4, 1))
        self._make_room = make_room
        self._waiting: dict[Callable[[], None], None] = {}

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for a socket."""
        return bool(self._waiting)

    @property
    def is_ample(self) -> bool:
        """Whether a server may be asked from several ports."""
        return self.left * 2 > self.most

    def take(self, tell: Callable[[], None]) -> bool:
        """Take a place; where there is none, `tell` is called when there is one again."""
        if self.left == 0:
            self._make_room()
        if self.left > 0:
            self.left -= 1
            return True
        self._waiting[tell] = None
        return False

    def give_back(self) -> None:
        """Give a place back, to whoever has waited longest."""
        self.left += 1
        if self._waiting:
            tell = next(iter(self._waiting))
            del self._waiting[tell]
            asyncio.get_running_loop().call_soon(tell)


def _allowed() -> int:
    """Return half of the files that this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else min(max(soft // 2, _FEWEST), _MOST)
