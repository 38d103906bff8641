"""Where a name server listens."""

import ipaddress
import re
import socket
from typing import NamedTuple, Self

from omi_core.errors import InputError, ObservationError, system_text
from omi_core.names import Fqdn

_PORT = re.compile(r"[0-9]{1,5}")
_PORTS = range(1, 65536)
_DOMAIN = 53


class Server(NamedTuple):
    """A name server: an address of either family or a host name, and a TCP port.

    A tuple, because what is known of it is found by it several times a question.
    """

    host: str
    port: int = _DOMAIN

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `198.18.0.2`, `ns1.example.net:5300`, `2001:db8::53` or `[2001:db8::53]:5300`.

        Raises InputError for what is neither an address nor a name, or for no port.
        """
        text = written.strip()
        if bracketed := re.fullmatch(r"\[([^\[\]]+)\](?::(.*))?", text):
            host, port = bracketed[1], bracketed[2]
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        else:
            host, port = text, None
        return cls(_host(host), _DOMAIN if port is None else _port(port, written))

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses to try, in the order the system prefers.

        Raises ObservationError if the name has none.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            reason = system_text(error)
            raise ObservationError(
                "{value} has no address: {reason}", value=self, reason=reason
            ) from error
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host and self.port != _DOMAIN else self.host
        return host if self.port == _DOMAIN else f"{host}:{self.port}"


def _host(written: str) -> str:
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        return Fqdn.parse(written).relative


def _port(written: str, whole: str) -> int:
    if not _PORT.fullmatch(written) or int(written) not in _PORTS:
        raise InputError("{whole!r} has no port from 1 to 65535 after its colon", whole=whole)
    return int(written)
