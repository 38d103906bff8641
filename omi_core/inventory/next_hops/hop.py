"""Where mail goes from a relay: to its recipients' MX hosts, to the send engine, to a smarthost."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from omi_core.names import Fqdn
from omi_core.secret import Secret

DIRECT = "direct"  # the name of Direct() in customers' files
TLS_FIRST = 465  # where TLS begins with the first octet (RFC 8314 section 3.3)


class HopTls(StrEnum):
    """How far TLS with the next hop is insisted on."""

    NONE = "none"  # it is not tried
    MAY = "may"  # it is used where it is offered, and nothing is verified
    ENCRYPT = "encrypt"  # no mail without it, and nothing is verified
    VERIFY = "verify"  # no mail unless the certificate holds the name (RFC 5280, RFC 9525)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """Mail goes to the recipient's MX hosts (RFC 5321 section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextHost:
    """A host that all mail goes to, whatever the recipient.

    `tls_name` is what its certificate must hold, by default `host`; `ca_file`, a PEM file on the
    control machine, has the authorities that may say so, by default the public ones.
    """

    host: Fqdn | IPv4Address | IPv6Address
    port: int = 25
    tls: HopTls = HopTls.MAY
    tls_name: Fqdn | None = None
    ca_file: Path | None = None

    @property
    def address(self) -> str:
        """The host as mail programs write it."""
        return self.host.relative if isinstance(self.host, Fqdn) else str(self.host)

    @property
    def destination(self) -> str:
        """What Postfix calls it (transport(5)); the brackets keep MX records out of it."""
        return f"[{self.address}]:{self.port}"

    @property
    def transport(self) -> str:
        """The name of its own Postfix service, which stays with every mail taken for it."""
        return f"hop-{self.address.replace(':', '-')}-{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine(NextHost):
    """The send engine: it takes mail from these relays by their addresses, and signs it itself.

    `sign` says that the relay signs as well. `account_header` is the name of the header that tells
    it the account's login, "" for none.
    """

    sign: bool = False
    account_header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smarthost(NextHost):
    """A mail server that passes signed mail on to the Internet.

    With a `username` the relay logs in. The password is `password`, or the first line of
    `password_file`, or of what `password_command` prints, both on the control machine.
    """

    username: str = ""
    password_file: Path | None = None
    password: Secret | None = None
    password_command: tuple[str, ...] = ()


NextHop = Direct | Engine | Smarthost
NamedHops = tuple[tuple[str, NextHop], ...]
