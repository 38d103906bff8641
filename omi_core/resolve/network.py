"""Questions over UDP, then TCP, to many servers at once, politely (RFC 1035 4.2, RFC 7766).

Each address has a socket of its own, connected, so that the kernel drops what other addresses
send; an answer must carry the random id and the question. No address is asked more often than the
rate says, whatever is waiting.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import Self

from omi_core.dns.client.server import Server
from omi_core.resolve.packet import question_section
from omi_core.resolve.udp_client import QueryFault, QueryResult, RateLimits, UdpClient

__all__ = ["Network", "QueryFault", "QueryResult", "RateLimits", "family_of", "has_route"]

_MOST_SOCKETS = 200
_ANY_PORT = 53


class Network:
    """Asks servers; use it as an asynchronous context, which closes its sockets."""

    def __init__(self, limits: RateLimits) -> None:
        self.limits = limits
        self._lines: OrderedDict[Server, UdpClient] = OrderedDict()

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
            line = self._lines[server] = UdpClient(server, self.limits)
            self._drop_idle()
        else:
            self._lines.move_to_end(server)
        return line

    def _drop_idle(self) -> None:
        *others, _ = self._lines.items()  # the last has not been asked yet
        idle = (server for server, line in others if line.is_idle)
        for server in list(_first(idle, len(self._lines) - _MOST_SOCKETS)):
            self._lines.pop(server).close()


def _first(servers: Iterable[Server], count: int) -> Iterable[Server]:
    for _, server in zip(range(count), servers, strict=False):
        yield server


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
