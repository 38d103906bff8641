"""What an inventory says, as values: one Environment for all relays, one Relay for each host.

Text becomes a name, an address or a path exactly once, and every mistake is a
SettingsError before the first connection.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TypeVar

from omi_core import issuers
from omi_core.customers import Customer
from omi_core.errors import InputError
from omi_core.inventory_reader import Reader, parse_path
from omi_core.issuers import Certificates, Issuer
from omi_core.names import Address, Fqdn
from omi_core.secret import shown

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
_DAY = 86400  # seconds
_LARGEST_BATCH = 3500  # what Cloudflare's paid plans take
_LONGEST_ID = 32  # RFC 8461 3.1
_LONGEST_DAYS = 3650

_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*", re.ASCII)


InternalCa = issuers.InternalCa


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc2136:
    """Zones published by dynamic update (RFC 2136), signed with the TSIG key in `key_file`.

    `server` is the primary's address. The file has the form that nsupdate(1) -k reads.
    """

    server: IPv4Address | IPv6Address
    key_file: Path
    port: int = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudflareDns:
    """Zones published by Cloudflare's API.

    The token is in `token_file`, or in the environment variable CLOUDFLARE_API_TOKEN where there
    is no file. `batch_limit` is how many changes the account's plan takes in one request.
    """

    token_file: Path | None = None
    batch_limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualDns:
    """Zones that a person edits: a run prints what has to be entered, and never waits for it."""


DnsService = Rfc2136 | CloudflareDns | ManualDns


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What else the operator's zone says about mail; nothing of it unless it is set.

    `dmarc_reports` and `tls_reports` are where reports go (RFC 7489 7.1, RFC 8460 3). `mta_sts` is
    the id of the policy that a web server of yours serves (RFC 8461 3.1). `caa` are the issuers
    that may certify the relays' names (RFC 8659 4.2).
    """

    dmarc_reports: Address | None = None
    tls_reports: Address | None = None
    mta_sts: str = ""
    caa: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How DKIM keys are rotated: all in seconds, `every` 0 for only when somebody asks for it.

    A new key is proven for `settle` before it signs, so that no resolver still remembers that
    there was none; the old one is kept for `keep` after the last relay has left it.
    """

    every: int = 0
    settle: int = 3600
    keep: int = 7 * 86400


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
    issuer: Issuer
    certificates: Certificates = field(default_factory=Certificates)
    dns: DnsService | None = None
    writable_zones: tuple[Fqdn, ...] = ()
    policies: Policies = field(default_factory=Policies)
    rotation: Rotation = field(default_factory=Rotation)
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
    issuer: Issuer,
    certificates: Certificates | None = None,
    dns: DnsService | None = None,
    writable_zones: Iterable[str] = (),
    policies: Policies | None = None,
    rotation: Rotation | None = None,
    next_hop: Direct | Engine | None = None,
    plaintext_auth: bool = False,
    ed25519: bool = False,
    message_size_limit: int = 50 * MEBIBYTE,
    timezone: str = "Etc/UTC",
) -> Environment:
    """Build an Environment from what an inventory writes; `where` opens every refusal."""
    read = _EnvironmentReader(where)
    return Environment(
        operator_zone=read.text("operator_zone", Fqdn.parse, operator_zone),
        public_names=read.public_names(public_names),
        postmaster=read.text("postmaster", Address.parse, postmaster),
        customers=read.customers(customers),
        issuer=read.issuer(issuer),
        certificates=read.made_by(
            "certificates(...)", "certificates", Certificates, certificates or Certificates()
        ),
        dns=read.dns(dns),
        writable_zones=read.texts("writable_zones", Fqdn.parse, writable_zones),
        policies=read.made_by("policies(...)", "policies", Policies, policies or Policies()),
        rotation=read.made_by("rotation(...)", "rotation", Rotation, rotation or Rotation()),
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
    read = Reader(where)
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
    read = Reader(where)
    if type(port) is not int or not 0 < port < 1 << 16:
        read.refuse("port", f"{port!r} is no port, such as 53")
    return Rfc2136(
        server=read.text("server", _address, server),
        key_file=read.text("key_file", parse_path, key_file),
        port=port,
    )


def parse_cloudflare(
    where: str, *, token_file: str | None = None, batch_limit: int = 200
) -> CloudflareDns:
    """Build the settings of zones at Cloudflare; raises SettingsError."""
    read = Reader(where)
    if type(batch_limit) is not int or not 0 < batch_limit <= _LARGEST_BATCH:
        read.refuse("batch_limit", "is 200 on the free plan, 3500 on the others")
    file = None if token_file is None else read.text("token_file", parse_path, token_file)
    return CloudflareDns(token_file=file, batch_limit=batch_limit)


def parse_manual_dns(where: str) -> ManualDns:
    """Build the settings of zones that a person edits."""
    del where
    return ManualDns()


def parse_policies(
    where: str,
    *,
    dmarc_reports: str | None = None,
    tls_reports: str | None = None,
    mta_sts: str = "",
    caa: Iterable[str] = (),
) -> Policies:
    """Build what else is said about mail; raises SettingsError."""
    read = Reader(where)
    reports = {"dmarc_reports": dmarc_reports, "tls_reports": tls_reports}
    addresses = {
        key: None if written is None else read.text(key, Address.parse, written)
        for key, written in reports.items()
    }
    return Policies(
        dmarc_reports=addresses["dmarc_reports"],
        tls_reports=addresses["tls_reports"],
        mta_sts=read.text("mta_sts", _policy_id, mta_sts),
        caa=tuple(name.relative for name in read.texts("caa", Fqdn.parse, caa)),
    )


def parse_rotation(
    where: str, *, every_days: float = 0, settle_minutes: float = 60, keep_days: float = 7
) -> Rotation:
    """Build how DKIM keys are rotated; raises SettingsError."""
    read = Reader(where)
    given = {"every_days": every_days, "settle_minutes": settle_minutes, "keep_days": keep_days}
    for key, number in given.items():
        if type(number) not in {int, float} or not 0 <= number <= _LONGEST_DAYS:
            read.refuse(key, f"{number!r} is no number from 0 to {_LONGEST_DAYS}")
    if 0 < every_days <= keep_days:
        read.refuse("every_days", "must be more than keep_days, until which no slot is free")
    return Rotation(
        every=int(every_days * _DAY), settle=int(settle_minutes * 60), keep=int(keep_days * _DAY)
    )


class _EnvironmentReader(Reader):
    """Judges what is written in environment(...) alone."""

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

    def dns(self, written: object) -> DnsService | None:
        if written is not None and not isinstance(written, DnsService):
            self.refuse("dns", "must be what rfc2136(...), cloudflare(...) or manual_dns() returns")
        return written

    def issuer(self, written: object) -> Issuer:
        if not isinstance(written, Issuer):
            self.refuse("issuer", "must be what acme, internal_ca or provided_files(...) returns")
        return written

    def next_hop(self, written: object) -> Direct | Engine:
        if written is None:
            return Direct()
        if not isinstance(written, Direct | Engine):
            self.refuse("next_hop", "must be Direct() or Engine(host=...)")
        return written

    def message_size_limit(self, written: object) -> int:
        if type(written) is not int or not MEBIBYTE <= written <= 1024 * MEBIBYTE:
            self.refuse("message_size_limit", "is a number of octets, from 1 MiB to 1 GiB")
        return written


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


def _policy_id(written: str) -> str:
    if len(written) > _LONGEST_ID or not all(c.isascii() and c.isalnum() for c in written):
        raise InputError(f"{written!r} is no policy id: up to 32 letters and digits")
    return written


def _timezone(written: str) -> str:
    # tzdata may be absent where the inventory is read, so only the form is judged here.
    if not _TIMEZONE.fullmatch(written):
        raise InputError(f"{written!r} is no time zone, such as Etc/UTC or Asia/Taipei")
    return written
