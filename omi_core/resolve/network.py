"""Questions over UDP, then TCP, to many servers at once, politely (RFC 1035 4.2, RFC 7766).

Each address has sockets of its own, connected, so that the kernel drops what other addresses
send; an answer must come to the port from which it was asked, with the random id, and the question
in the same case (RFC 5452). No address is asked more often than the rate says, whatever is waiting.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from omi_core.dns.client.server import Server
from omi_core.resolve.packet import question_section
from omi_core.resolve.query import QueryFault, QueryResult, RateLimits
from omi_core.resolve.udp_client import UdpClient
from omi_core.resolve.udp_port import PortRoom

__all__ = [
    "AsksServers",
    "Network",
    "QueryFault",
    "QueryResult",
    "RateLimits",
    "family_of",
    "give_up",
    "has_route",
    "heard_all",
    "together",
]

T = TypeVar("T")

_MOST_LINES = 200
_ANY_PORT = 53


class AsksServers(Protocol):
    """Whatever carries questions to servers."""

    def ask(self, server: Server, name: str, kind: str) -> asyncio.Future[QueryResult]:
        """Ask for a name without its last dot; the future never raises."""


class Network:
    """Asks servers; use it as an asynchronous context, which closes its sockets."""

    def __init__(self, limits: RateLimits, most_sockets: int | None = None) -> None:
        """Without `most_sockets` half of the files that this process may open are used."""
        self.limits = limits
        self._lines: OrderedDict[Server, UdpClient] = OrderedDict()
        self._room = PortRoom(lambda: self._drop_idle(0), most_sockets)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def ask(self, server: Server, name: str, kind: str) -> asyncio.Future[QueryResult]:
        """Ask for a name without its last dot; bounded by the manners, and the future never raises.

        ValueError for a name that no message can carry; see `is_askable`.
        """
        return self._line(server).ask(question_section(name, kind))

    def _line(self, server: Server) -> UdpClient:
        line = self._lines.get(server)
        if line is None:
            line = self._lines[server] = UdpClient(server, self.limits, self._room)
            self._drop_idle(_MOST_LINES)
        else:
            self._lines.move_to_end(server)
        return line

    def _drop_idle(self, most: int) -> None:
        """Close lines that nobody waits at, the oldest first, until there are no more than that."""
        *others, _ = self._lines.items()  # the last is about to be asked
        idle = (server for server, line in others if line.is_idle)
        for server in list(islice(idle, max(len(self._lines) - most, 0))):
            self._lines.pop(server).close()


async def heard_all(coming: Sequence[asyncio.Future[QueryResult]]) -> list[QueryResult]:
    """Return what is heard to questions that are under way; all are given up together.

    They come at nearly the same time, so that one wait serves most of them.
    """
    try:
        return [await each for each in coming]
    finally:
        for each in coming:
            each.cancel()


async def together(*asking: Coroutine[Any, Any, T]) -> list[T]:
    """Return the results of what asks at the same time; where one fails, all are given up.

    A task costs as much as a question, so that the last of them has none of its own.
    """
    if not asking:
        return []
    *others, last = asking
    tasks = [asyncio.create_task(each) for each in others]
    try:
        result = await last
        return [*[await each for each in tasks], result]
    except BaseException:
        await give_up(*tasks)
        raise


async def give_up(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their end; how they end, nobody wants to know any more."""
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def family_of(server: Server) -> int:
    """Return 4 or 6."""
    return 6 if ":" in server.host else 4


def has_route(address: IPv4Address | IPv6Address) -> bool:
    """Whether this machine has any way to an address; nothing is sent to find out."""
    kind = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    with socket.socket(kind, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), _ANY_PORT))
        except OSError:
            return False
    return True
