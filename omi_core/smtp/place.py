"""Where a client connects, as people write it: a name or an address, with or without a port."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.smtp.listeners import HIGHEST_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host, and the port where one is written."""

    host: Fqdn | IPv4Address | IPv6Address
    port: int | None = None

    @classmethod
    def parse(cls, written: str) -> "Place":
        """Read `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`; raises InputError."""
        host, port = split_port(written)
        try:
            return cls(host=ip_address(host), port=port)
        except ValueError:
            return cls(host=Fqdn.parse(host), port=port)


def split_port(written: str) -> tuple[str, int | None]:
    """Return what stands before the port, without brackets, and the port; raises InputError."""
    text = written.strip()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest else None
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        return text, None  # an IPv6 address has several
    return host, None if port is None else _port(port, written)


def _port(port: str, written: str) -> int:
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) <= HIGHEST_PORT):
        raise InputError("{written!r}: after the colon comes a port, such as 465", written=written)
    return int(port)
