"""What an inventory says, as values: one Environment for all relays, one Relay for each host.

The only parser of inventory data. Text becomes a name, an address or a path exactly once, and
every mistake is a SettingsError before the first connection.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NoReturn, TypeVar

from omi_core.customers import Customer
from omi_core.errors import InputError, SettingsError
from omi_core.names import Address, Fqdn
from omi_core.secret import shown

T = TypeVar("T")

MEBIBYTE = 1024 * 1024

_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*", re.ASCII)


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
    read = _Reader(where)
    return Environment(
        operator_zone=read.text("operator_zone", Fqdn.parse, operator_zone),
        public_names=read.public_names(public_names),
        postmaster=read.text("postmaster", Address.parse, postmaster),
        customers=read.customers(customers),
        issuer=read.made_by("internal_ca(...)", "issuer", InternalCa, issuer),
        dns=dns if dns is None else read.made_by("rfc2136(...)", "dns", Rfc2136, dns),
        writable_zones=read.texts("writable_zones", Fqdn.parse, writable_zones),
        next_hop=read.next_hop(next_hop),
        plaintext_auth=read.flag("plaintext_auth", plaintext_auth),
        ed25519=read.flag("ed25519", ed25519),
        message_size_limit=read.message_size_limit(message_size_limit),
        timezone=read.text("timezone", _timezone, timezone),
    )


def parse_relay(
    where: str, name: str, *, ipv4: str | None, ipv6: str | None, environment: Environment
) -> Relay:
    """Build a Relay from what an inventory writes; raises SettingsError."""
    read = _Reader(where)
    host = read.text("name", Fqdn.parse, name)
    if ipv4 is None and ipv6 is None:
        read.refuse("ipv4", f"{host.relative} needs an IPv4 or an IPv6 address")
    return Relay(
        name=host,
        ipv4=None if ipv4 is None else read.text("ipv4", _ipv4, ipv4),
        ipv6=None if ipv6 is None else read.text("ipv6", _ipv6, ipv6),
        environment=read.made_by("environment(...)", "environment", Environment, environment),
    )


def parse_rfc2136(where: str, *, server: str, key_file: str, port: int = 53) -> Rfc2136:
    """Build the settings of a primary that takes dynamic updates; raises SettingsError."""
    read = _Reader(where)
    if type(port) is not int or not 0 < port < 1 << 16:
        read.refuse("port", f"{port!r} is no port, such as 53")
    return Rfc2136(
        server=read.text("server", _address, server),
        key_file=read.text("key_file", _path, key_file),
        port=port,
    )


def parse_internal_ca(where: str, directory: str) -> InternalCa:
    """Build the settings of a CA of one's own; raises SettingsError."""
    return InternalCa(directory=_Reader(where).text("directory", _path, directory))


class _Reader:
    """Judges what an inventory writes, which no type checker has seen; names its place."""

    def __init__(self, where: str) -> None:
        self.where = where

    def text(self, key: str, parse: Callable[[str], T], written: object) -> T:
        if not isinstance(written, str):
            self.refuse(key, f"must be a text, not {type(written).__name__}")
        if any(unicodedata.category(character) == "Cc" for character in written):
            self.refuse(key, "holds a control character")
        try:
            return parse(written)
        except InputError as error:
            raise SettingsError(self.where, key, str(error)) from None

    def texts(self, key: str, parse: Callable[[str], T], written: object) -> tuple[T, ...]:
        # A text is a sequence of texts, too: each letter would become a name.
        if isinstance(written, str) or not isinstance(written, Iterable):
            self.refuse(key, 'must be a list of texts, as ("smtp.example.com",)')
        return tuple(self.text(key, parse, item) for item in written)

    def public_names(self, written: object) -> tuple[Fqdn, ...]:
        names = self.texts("public_names", Fqdn.parse, written)
        if not names:
            self.refuse("public_names", "needs at least one name that customers type")
        for name in names:
            if names.count(name) > 1:
                self.refuse("public_names", f"{name.relative} stands twice")
        return names

    def customers(self, written: object) -> tuple[Customer, ...]:
        if not isinstance(written, tuple) or not all(isinstance(c, Customer) for c in written):
            self.refuse("customers", "must be what load_customers(...) returns")
        return written

    def next_hop(self, written: object) -> Direct | Engine:
        if written is None:
            return Direct()
        if not isinstance(written, Direct | Engine):
            self.refuse("next_hop", "must be Direct() or Engine(host=...)")
        return written

    def made_by(self, maker: str, key: str, kind: type[T], written: object) -> T:
        if not isinstance(written, kind):
            self.refuse(key, f"must be what {maker} returns, not {type(written).__name__}")
        return written

    def flag(self, key: str, written: object) -> bool:
        # No other value will do: the text "no" is true.
        if not isinstance(written, bool):
            self.refuse(key, f"must be True or False, not {written!r}")
        return written

    def message_size_limit(self, written: object) -> int:
        if type(written) is not int or not MEBIBYTE <= written <= 1024 * MEBIBYTE:
            self.refuse("message_size_limit", "is a number of octets, from 1 MiB to 1 GiB")
        return written

    def refuse(self, key: str, problem: str) -> NoReturn:
        raise SettingsError(self.where, key, problem)


def _ipv4(written: str) -> IPv4Address:
    try:
        return IPv4Address(written)
    except ValueError:
        raise InputError(f"{written!r} is no IPv4 address, such as 192.0.2.25") from None


def _ipv6(written: str) -> IPv6Address:
    try:
        address = IPv6Address(written)
    except ValueError:
        address = None
    if address is None or address.scope_id:  # a scope may be any text, and means nothing elsewhere
        raise InputError(f"{written!r} is no IPv6 address, such as 2001:db8::25")
    return address


def _address(written: str) -> IPv4Address | IPv6Address:
    try:
        return _ipv6(written) if ":" in written else _ipv4(written)
    except InputError:
        raise InputError(f"{written!r} is no IP address, such as 192.0.2.53") from None


def _path(written: str) -> Path:
    if not written:
        raise InputError("is empty; name a file or a directory")
    return Path(written)


def _timezone(written: str) -> str:
    # tzdata may be absent where the inventory is read, so only the form is judged here.
    if not _TIMEZONE.fullmatch(written):
        raise InputError(f"{written!r} is no time zone, such as Etc/UTC or Asia/Taipei")
    return written
