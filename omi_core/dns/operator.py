"""Who publishes: the operator with his relays, and the domains that send through them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from omi_core.errors import InputError
from omi_core.inventory.issuers import caa_identity_of
from omi_core.inventory.model import Environment, Policies, Relay
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.mailauth.dkim.selectors import SLOTS, all_selectors
from omi_core.mailauth.dmarc.record import DmarcRecord, Policy
from omi_core.names import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAddress:
    """One relay: its host name, and its addresses, from which mail leaves."""

    name: Fqdn
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The addresses that it has, IPv4 first."""
        return tuple(address for address in (self.ipv4, self.ipv6) if address is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderDomain:
    """A domain that sends through the relays, and its public keys by selector.

    `selectors` are all slots it has, with a key now or not. A slot in `withdrawn` must have no
    key any more; one in neither is left as it is published. The operator's own zone, by whose keys
    the relays' notices are signed, need not be one that `sends`: customers do not, then.
    """

    name: Fqdn
    keys: Mapping[str, DkimKey] = field(default_factory=dict)
    selectors: tuple[str, ...] = SLOTS
    withdrawn: frozenset[str] = frozenset()
    sends: bool = True

    def __post_init__(self) -> None:
        unknown = sorted({*self.keys, *self.withdrawn} - set(self.selectors))
        both = sorted(set(self.keys) & self.withdrawn)
        if unknown or both:
            fault = f"{unknown[0]!r} is not a slot" if unknown else f"{both[0]!r} is also withdrawn"
            raise InputError(
                "{value}: {fault} of {selectors}",
                value=self.name.relative,
                fault=fault,
                selectors=", ".join(self.selectors),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator's side: his zone, every relay, and what customers type.

    `public_names` says which relays answer under each name; a relay's own host name need not
    be repeated there. A name outside the zone is somebody else's to publish. `retired` are names
    of relays that are gone, from which their records are withdrawn. `selectors` are the slots of
    the keys by which the relays sign their own notices.
    """

    zone: Fqdn
    relays: tuple[RelayAddress, ...]
    public_names: Mapping[Fqdn, tuple[RelayAddress, ...]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    retired: tuple[Fqdn, ...] = ()
    selectors: tuple[str, ...] = SLOTS

    def __post_init__(self) -> None:
        present = {relay.name for relay in self.relays} | set(self.public_names)
        for name in self.retired:
            if name in present:
                raise InputError(
                    "{name} cannot be retired: the inventory has it", name=name.relative
                )
            if name == self.zone or not name.within(self.zone):
                raise InputError(
                    "{name} cannot be retired: it is not a name in {zone}",
                    name=name.relative,
                    zone=self.zone.relative,
                )

    @property
    def dmarc(self) -> str:
        """The policy of a domain that has none: look, refuse nothing, report if somebody reads."""
        reports = self.policies.dmarc_reports
        tags = (("rua", f"mailto:{reports}"),) if reports else ()
        return str(DmarcRecord(Policy.NONE, tags))

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """Those of every relay."""
        return tuple(address for relay in self.relays for address in relay.addresses)

    @property
    def spf_name(self) -> Fqdn:
        """The name that customers include (RFC 7208 5.2)."""
        return self.zone.child("_spf")


def operator_of(
    environment: Environment, relays: Iterable[Relay], retired: Iterable[Fqdn] = ()
) -> Operator:
    """Return the operator's side; a public name that is not a relay's own stands for all of them.

    Raises InputError if its CAA would forbid the issuer in use.
    """
    _require_fitting_caa(environment)
    hosts = {
        relay.name: RelayAddress(name=relay.name, ipv4=relay.ipv4, ipv6=relay.ipv6)
        for relay in relays
    }
    aliases = (name for name in environment.public_names if name not in hosts)
    return Operator(
        zone=environment.operator_zone,
        relays=tuple(hosts.values()),
        public_names={name: tuple(hosts.values()) for name in aliases},
        policies=environment.policies,
        retired=tuple(retired),
        selectors=all_selectors(environment),
    )


def _require_fitting_caa(environment: Environment) -> None:
    allowed, own = environment.policies.caa, caa_identity_of(environment.issuer)
    if allowed and own and own not in allowed:
        raise InputError(
            "caa lets only {allowed} certify the relays, whose certificates come "
            "from {own}: name it there too, or they can never be renewed",
            allowed=", ".join(allowed),
            own=own,
        )
