"""The matrix: public names by the ways in by addresses."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from omi_core.names import Fqdn
from omi_core.smtp.listeners import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way in which a customer may connect."""

    name: Fqdn
    address: IPv4Address | IPv6Address
    access: Access
    typed: str = ""  # the address that somebody typed in place of the name

    @property
    def host(self) -> str:
        """What the client asks for in TLS, and checks the certificate by."""
        return self.typed or self.name.relative

    @property
    def family(self) -> str:
        """`IPv4` or `IPv6`."""
        return f"IPv{self.address.version}"

    @property
    def subject(self) -> str:
        """What findings call it."""
        return f"{self.host} {self.access} {self.family} ({self.address})"
