"""The matrix: public names by listeners by addresses."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from omi_core.errors import InputError
from omi_core.names import Fqdn

HIGHEST_PORT = 65535


class Security(StrEnum):
    """How TLS is used on a listener."""

    NONE = "none"
    STARTTLS = "starttls"  # RFC 3207
    TLS = "tls"  # from the first octet (RFC 8314 3.3)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Listener:
    """A port, and the way that customers use it."""

    port: int
    security: Security

    @classmethod
    def parse(cls, written: str) -> "Listener":
        """Read `465:tls`; raises InputError."""
        port, _, security = written.partition(":")
        if not (port.isascii() and port.isdecimal() and 0 < int(port) <= HIGHEST_PORT):
            raise InputError(f"{written!r} has no port; write it as 587:starttls")
        if security not in set(Security):
            raise InputError(f"{written!r}: after the port comes none, starttls or tls")
        return cls(port=int(port), security=Security(security))

    def __str__(self) -> str:
        words = {Security.NONE: "plain", Security.STARTTLS: "STARTTLS", Security.TLS: "TLS"}
        return f"{self.port} {words[self.security]}"


LISTENERS = (
    Listener(port=25, security=Security.NONE),
    Listener(port=25, security=Security.STARTTLS),
    Listener(port=465, security=Security.TLS),
    Listener(port=587, security=Security.STARTTLS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which a customer may connect."""

    name: Fqdn
    address: IPv4Address | IPv6Address
    listener: Listener

    @property
    def family(self) -> str:
        """`IPv4` or `IPv6`."""
        return f"IPv{self.address.version}"

    @property
    def subject(self) -> str:
        """What findings call it."""
        return f"{self.name.relative} {self.listener} {self.family} ({self.address})"
