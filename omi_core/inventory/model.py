"""What an inventory says, as values: one Environment for all relays, one Relay for each host.

The constructors that an inventory calls are in `constructors.py`, and what they refuse in
`parse.py` and its siblings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import ClassVar

from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.owners import sender_owners
from omi_core.inventory.firewall.model import Firewall
from omi_core.inventory.issuers import Certificates, Issuer
from omi_core.inventory.limits.model import LimitDefaults
from omi_core.inventory.next_hops.hop import Direct, NamedHops, NextHop
from omi_core.inventory.own.listener import AddedListener
from omi_core.inventory.shaping.receiver import BUILT_IN, Receiver, WarmUp
from omi_core.inventory.updates.window import Updates
from omi_core.message.enforce import ControlMode
from omi_core.names import Address, Fqdn
from omi_core.secret import Secret, shown

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc2136Dns:
    """Zones published by dynamic update (RFC 2136), signed with the TSIG key in `key_file`.

    `server` is the primary's address. The file has the form that nsupdate(1) -k reads, and so has
    `key`, which is in its place.
    """

    service: ClassVar[str] = "rfc2136"
    server: IPv4Address | IPv6Address
    key_file: Path | None = None
    key: Secret | None = None
    port: int = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudflareDns:
    """Zones published by Cloudflare's API.

    The token is `token`, or in `token_file`, or in the environment variable CLOUDFLARE_API_TOKEN
    where there is neither. `batch_limit` is how many changes the account's plan takes in one
    request.
    """

    service: ClassVar[str] = "cloudflare"
    token_file: Path | None = None
    token: Secret | None = None
    batch_limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualDns:
    """Zones that a person edits: a run prints what has to be entered, and never waits for it."""

    service: ClassVar[str] = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDns:
    """Zones at another service, by the name that `dns/providers/factory.py` knows it by.

    `settings` are judged by its provider, which names `where` in the inventory they stand.
    """

    service: str
    settings: tuple[tuple[str, object], ...] = ()
    where: str = field(default="", compare=False)


DnsService = Rfc2136Dns | CloudflareDns | ManualDns | OtherDns


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


@dataclass(frozen=True, kw_only=True)  # without slots, which leave no room for what is cached
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
    next_hop: NextHop = field(default_factory=Direct)
    next_hops: NamedHops = ()
    shaping: tuple[Receiver, ...] = BUILT_IN
    firewall: Firewall = field(default_factory=Firewall)
    ssh_keys_only: bool = False
    plaintext_auth: bool = False
    ed25519: bool = False
    hide_clients: bool = False
    control_headers: ControlMode = ControlMode.REFUSE
    limits: LimitDefaults = field(default_factory=LimitDefaults)
    docs_url: str = ""
    message_size_limit: int = 50 * MEBIBYTE
    queue_lifetime: int = 5 * 86400  # seconds until Postfix gives a mail up; RFC 5321 4.5.4.1
    timezone: str = "Etc/UTC"
    log_days: int = 30  # so long a relay's journal remembers
    updates: Updates | None = None
    listeners: tuple[AddedListener, ...] = ()

    @cached_property
    def sender_domains(self) -> tuple[Fqdn, ...]:
        """Every domain that customers send from, sorted."""
        domains = (domain for customer in self.customers for domain in customer.domains)
        return tuple(sorted(domains, key=lambda domain: domain.text))

    def sends(self, domain: Fqdn) -> bool:
        """Whether a customer sends from exactly this domain."""
        return domain in self._senders

    def owners(self, signable: frozenset[Fqdn] | None = None) -> Mapping[str, tuple[str, ...]]:
        """Return who may use which sender, in all domains or in the `signable` alone."""
        if signable is None or self._senders <= signable:
            return self._owners
        return sender_owners(self.customers, signable)

    @cached_property
    def _senders(self) -> frozenset[Fqdn]:
        return frozenset(self.sender_domains)

    @cached_property
    def _owners(self) -> Mapping[str, tuple[str, ...]]:
        return sender_owners(self.customers, self._senders)

    @cached_property
    def signing_domains(self) -> tuple[Fqdn, ...]:
        """Every domain with keys, sorted: customers', and the operator's zone for its notices."""
        return tuple(
            sorted({*self.sender_domains, self.operator_zone}, key=lambda domain: domain.text)
        )

    def to_json(self) -> object:
        """Return what `pyinfra INVENTORY debug-inventory` prints."""
        return shown(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One host: the name it says in EHLO, its addresses, and the environment it belongs to.

    `next_hop`, `timezone`, `limits` and `shaping` are the host's own; None is the environment's.
    `listeners` come to those of the environment. `warm_up` is the plan of an address that is new.
    """

    name: Fqdn
    ipv4: IPv4Address | None
    ipv6: IPv6Address | None
    environment: Environment
    next_hop: NextHop | None = None
    timezone: str | None = None
    limits: LimitDefaults | None = None
    listeners: tuple[AddedListener, ...] | None = None
    shaping: tuple[Receiver, ...] | None = None
    warm_up: WarmUp | None = None

    @property
    def here(self) -> Environment:
        """The environment's settings as they hold on this host: those of its own are in place.

        The counter is the environment's, and its listeners are there, too.
        """
        if self.timezone is None and self.limits is None and self.listeners is None:
            return self.environment
        shared = self.environment
        added = {each.port: each for each in (*shared.listeners, *(self.listeners or ()))}
        own = shared.limits if self.limits is None else self.limits
        return replace(
            shared,
            timezone=self.timezone or shared.timezone,
            limits=replace(own, counter=shared.limits.counter),
            listeners=tuple(added.values()),
        )

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The addresses that mail leaves from and customers connect to, IPv4 first."""
        return tuple(address for address in (self.ipv4, self.ipv6) if address is not None)

    def to_json(self) -> object:
        """Return what `pyinfra INVENTORY debug-inventory` prints."""
        return shown(self)
