"""What an inventory says, as values: one Environment for all relays, one Relay for each host.

The only parser of inventory data. Text becomes a name, an address or a path exactly once, and
every mistake is a SettingsError before the first connection.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypeVar

from omi_core.customers import Customer
from omi_core.errors import InputError, SettingsError
from omi_core.names import Address, Fqdn
from omi_core.secret import shown

T = TypeVar("T")

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalCa:
    """Certificates from a CA of one's own, whose key and root lie in `directory`."""

    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc2136:
    """Zones published by dynamic update (RFC 2136), signed with the TSIG key in `key_file`.

    `server` is the primary's address. The file has the form that nsupdate(1) -k reads.
    """

    server: IPv4Address | IPv6Address
    key_file: Path
    port: int = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """Mail goes to the recipient's MX hosts (RFC 5321 section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Mail goes to a send engine that takes it from these relays by their addresses."""

    host: Fqdn
    port: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What all relays of an inventory share."""

    operator_zone: Fqdn
    public_names: tuple[Fqdn, ...]
    postmaster: Address
    customers: tuple[Customer, ...]
    issuer: InternalCa
    dns: Rfc2136 | None = None
    writable_zones: tuple[Fqdn, ...] = ()
    next_hop: Direct | Engine = field(default_factory=Direct)
    plaintext_auth: bool = False
    ed25519: bool = False
    message_size_limit: int = 50 * MEBIBYTE
    timezone: str = "Etc/UTC"

    @property
    def sender_domains(self) -> tuple[Fqdn, ...]:
        """Every domain that customers send from, sorted."""
        return tuple(sorted(domain for customer in self.customers for domain in customer.domains))

    def to_json(self) -> object:
        """Return what `pyinfra INVENTORY debug-inventory` prints."""
        return shown(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One host: the name it says in EHLO, its addresses, and the environment it belongs to."""

    name: Fqdn
    ipv4: IPv4Address | None
    ipv6: IPv6Address | None
    environment: Environment

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The addresses that mail leaves from and customers connect to, IPv4 first."""
        return tuple(address for address in (self.ipv4, self.ipv6) if address is not None)

    def to_json(self) -> object:
        """Return what `pyinfra INVENTORY debug-inventory` prints."""
        return shown(self)


def parse_environment(
    where: str,
    *,
    operator_zone: str,
    public_names: Iterable[str],
    postmaster: str,
    customers: tuple[Customer, ...],
    issuer: InternalCa,
    dns: Rfc2136 | None = None,
    writable_zones: Iterable[str] = (),
    next_hop: Direct | Engine | None = None,
    plaintext_auth: bool = False,
    ed25519: bool = False,
    message_size_limit: int = 50 * MEBIBYTE,
    timezone: str = "Etc/UTC",
) -> Environment:
    """Build an Environment from what an inventory writes; `where` opens every refusal."""
    names = tuple(_parse(where, "public_names", Fqdn.parse, name) for name in public_names)
    if not names:
        raise SettingsError(where, "public_names", "needs at least one name that customers type")
    if not MEBIBYTE <= message_size_limit <= 1024 * MEBIBYTE:
        raise SettingsError(where, "message_size_limit", "is in octets, from 1 MiB to 1 GiB")
    return Environment(
        operator_zone=_parse(where, "operator_zone", Fqdn.parse, operator_zone),
        public_names=names,
        postmaster=_parse(where, "postmaster", Address.parse, postmaster),
        customers=customers,
        issuer=issuer,
        dns=dns,
        writable_zones=tuple(
            _parse(where, "writable_zones", Fqdn.parse, zone) for zone in writable_zones
        ),
        next_hop=next_hop or Direct(),
        plaintext_auth=plaintext_auth,
        ed25519=ed25519,
        message_size_limit=message_size_limit,
        timezone=_parse(where, "timezone", _timezone, timezone),
    )


def parse_relay(
    where: str, name: str, *, ipv4: str | None, ipv6: str | None, environment: Environment
) -> Relay:
    """Build a Relay from what an inventory writes; raises SettingsError."""
    if ipv4 is None and ipv6 is None:
        raise SettingsError(where, "ipv4", f"{name} needs an IPv4 or an IPv6 address")
    return Relay(
        name=_parse(where, "name", Fqdn.parse, name),
        ipv4=None if ipv4 is None else _parse(where, "ipv4", _ipv4, ipv4),
        ipv6=None if ipv6 is None else _parse(where, "ipv6", _ipv6, ipv6),
        environment=environment,
    )


def parse_rfc2136(where: str, *, server: str, key_file: Path | str, port: int = 53) -> Rfc2136:
    """Build the settings of a primary that takes dynamic updates; raises SettingsError."""
    if not 0 < port < 1 << 16:
        raise SettingsError(where, "port", f"{port} is no port")
    address = _parse(where, "server", _address, server)
    return Rfc2136(server=address, key_file=Path(key_file), port=port)


def _parse(where: str, key: str, parse: Callable[[str], T], written: str) -> T:
    if not isinstance(written, str):
        raise SettingsError(where, key, f"must be a text, not {type(written).__name__}")
    if any(unicodedata.category(character) == "Cc" for character in written):
        raise SettingsError(where, key, "holds a control character")
    try:
        return parse(written)
    except InputError as error:
        raise SettingsError(where, key, str(error)) from None


def _ipv4(written: str) -> IPv4Address:
    try:
        return IPv4Address(written)
    except ValueError:
        raise InputError(f"{written!r} is no IPv4 address, such as 192.0.2.25") from None


def _ipv6(written: str) -> IPv6Address:
    try:
        return IPv6Address(written)
    except ValueError:
        raise InputError(f"{written!r} is no IPv6 address, such as 2001:db8::25") from None


def _address(written: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(written)
    except ValueError:
        raise InputError(f"{written!r} is no IP address, such as 192.0.2.53") from None


def _timezone(written: str) -> str:
    # tzdata may be absent where the inventory is read, so only the form is judged here.
    if not all(part.replace("_", "").replace("-", "").isalnum() for part in written.split("/")):
        raise InputError(f"{written!r} is no time zone, such as Etc/UTC or Asia/Taipei")
    return written
