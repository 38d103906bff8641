"""What must stand in DNS for a relay and its sender domains: pure.

A customer enters two CNAMEs, one include and, if he has none, a DMARC policy, and never again
anything: the keys behind the CNAMEs and the addresses behind the include are in our zone.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from omi_core.dns.claim import Claim, DmarcDefault, Retired, SpfInclude, SpfOwn, WholeSet
from omi_core.dns.dkim import DkimKey
from omi_core.dns.dmarc import DmarcRecord, Policy
from omi_core.dns.plan import Publication
from omi_core.dns.provider import zone_of
from omi_core.dns.record import Data, Opaque, Type
from omi_core.dns.spf import SpfRecord
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.issuers import caa_identity_of
from omi_core.names import Fqdn
from omi_core.settings import Environment, Policies, Relay

# One slot signs, the other is free for the next key; customers' CNAMEs name both from the start.
SLOTS = ("omi1", "omi2")
ED25519_SUFFIX = "e"  # an Ed25519 key needs a selector of its own (RFC 8463 section 3)

# Seconds. Short where a change has to be seen soon: one relay standing in for another, a key
# that is rotated; long for what a customer enters once.
ADDRESS_TTL = 300
KEY_TTL = 300
SPF_TTL = 300
CUSTOMER_TTL = 3600

# What is published at a relay's own name, in every environment
_OF_A_RELAY = (Type.A, Type.AAAA, Type.TXT)

# omi1.shop.example.dkim.itpison.com: a slot, a sender domain, and the operator's zone
_KEY_NAME = re.compile(rf"({'|'.join(SLOTS)})e?\.(.+)\.dkim\.(.+)")


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
    key any more; one in neither is left as it is published.
    """

    name: Fqdn
    keys: Mapping[str, DkimKey] = field(default_factory=dict)
    selectors: tuple[str, ...] = SLOTS
    withdrawn: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = sorted({*self.keys, *self.withdrawn} - set(self.selectors))
        both = sorted(set(self.keys) & self.withdrawn)
        if unknown or both:
            fault = f"{unknown[0]!r} is no slot" if unknown else f"{both[0]!r} is also withdrawn"
            raise InputError(f"{self.name.relative}: {fault} of {', '.join(self.selectors)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator's side: his zone, every relay, and what customers type.

    `public_names` says which relays answer under each name; a relay's own host name need not
    be repeated there. A name outside the zone is somebody else's to publish. `retired` are names
    of relays that are gone, from which their records are withdrawn.
    """

    zone: Fqdn
    relays: tuple[RelayAddress, ...]
    public_names: Mapping[Fqdn, tuple[RelayAddress, ...]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    retired: tuple[Fqdn, ...] = ()

    def __post_init__(self) -> None:
        present = {relay.name for relay in self.relays} | set(self.public_names)
        for name in self.retired:
            if name in present:
                raise InputError(f"{name.relative} cannot be retired: the inventory has it")
            if name == self.zone or not name.within(self.zone):
                raise InputError(
                    f"{name.relative} cannot be retired: it is no name in {self.zone.relative}"
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
    """Return the operator's side; a public name that is no relay's own stands for all of them.

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
    )


def _require_fitting_caa(environment: Environment) -> None:
    allowed, own = environment.policies.caa, caa_identity_of(environment.issuer)
    if allowed and own and own not in allowed:
        raise InputError(
            f"caa lets only {', '.join(allowed)} certify the relays, whose certificates come from"
            f" {own}: name it there too, or they can never be renewed"
        )


def key_name(domain: Fqdn, selector: str, operator_zone: Fqdn) -> Fqdn:
    """Return where the key itself stands, in the operator's zone.

    Raises InputError when the name becomes longer than 253 characters.
    """
    return operator_zone.child(f"{selector}.{domain.relative}.dkim")


def selector_name(domain: Fqdn, selector: str) -> Fqdn:
    """Return where a verifier looks for the key (RFC 6376 3.6.2.1)."""
    return domain.child(f"{selector}._domainkey")


def suffixes(environment: Environment) -> tuple[str, ...]:
    """What follows a slot's name in its selectors: nothing for RSA, and that of Ed25519 if used."""
    return ("", ED25519_SUFFIX) if environment.ed25519 else ("",)


def all_selectors(environment: Environment) -> tuple[str, ...]:
    """Every slot that a customer's CNAMEs name, with a key behind it now or not."""
    return tuple(slot + suffix for suffix in suffixes(environment) for slot in SLOTS)


def operator_claims(operator: Operator, domains: Collection[SenderDomain]) -> tuple[Claim, ...]:
    """Return what stands in the operator's zone: addresses, policies, and everybody's keys."""
    return (
        *_address_claims(operator),
        _relays_spf(operator),
        *_host_spf(operator),
        DmarcDefault(domain=operator.zone, ttl=CUSTOMER_TTL, record=operator.dmarc),
        *_report_claims(operator, domains),
        *_policy_claims(operator),
        *_retired_claims(operator),
        *(claim for domain in domains for claim in _key_claims(domain, operator.zone)),
    )


def sender_claims(domain: SenderDomain, operator: Operator) -> tuple[Claim, ...]:
    """Return what stands in the zone of a sender domain: CNAMEs, SPF include, DMARC.

    It is what a customer enters by hand where we may not write.
    """
    return (
        *_selector_claims(domain, operator.zone),
        SpfInclude(
            name=domain.name,
            ttl=CUSTOMER_TTL,
            target=operator.spf_name,
            addresses=operator.addresses,
        ),
        DmarcDefault(domain=domain.name, ttl=CUSTOMER_TTL, record=operator.dmarc),
    )


def publications(
    operator: Operator, domains: Collection[SenderDomain], zones: Collection[Fqdn]
) -> tuple[Publication, ...]:
    """Return what must stand in each of `zones`, which are those that may be written.

    What belongs into another zone is left out: it is for the customer to enter. Raises
    InputError if the operator's own zone may not be written.
    """
    if zone_of(operator.zone, zones) is None:
        raise InputError(f"the operator's zone {operator.zone.relative} may not be written here")
    claims = (
        *operator_claims(operator, domains),
        *(claim for domain in domains for claim in sender_claims(domain, operator)),
    )
    by_zone: dict[Fqdn, list[Claim]] = {zone: [] for zone in sorted(zones)}
    for claim in claims:
        if zone := zone_of(claim.name, zones):
            by_zone[zone].append(claim)
    return tuple(Publication(zone=z, claims=tuple(each)) for z, each in by_zone.items() if each)


def _address_claims(operator: Operator) -> Iterator[Claim]:
    behind = {relay.name: (relay,) for relay in operator.relays} | dict(operator.public_names)
    for name, relays in sorted(behind.items()):
        if name.within(operator.zone):
            # Both types always: an address taken away has to disappear.
            yield _addresses(name, Type.A, (relay.ipv4 for relay in relays))
            yield _addresses(name, Type.AAAA, (relay.ipv6 for relay in relays))


def _addresses(name: Fqdn, kind: Type, values: Iterable[Data | None]) -> Claim:
    known = tuple(value for value in values if value is not None)
    return WholeSet(name=name, type=kind, ttl=ADDRESS_TTL, values=known)


def _relays_spf(operator: Operator) -> Claim:
    record = SpfRecord.sending_from(operator.addresses)
    return WholeSet(
        name=operator.spf_name, type=Type.TXT, ttl=SPF_TTL, values=(Txt.of(str(record)),)
    )


def _host_spf(operator: Operator) -> Iterator[Claim]:
    """Let each relay speak for itself: a bounce is judged by the name in EHLO (RFC 7208 2.4)."""
    for relay in operator.relays:
        if relay.name.within(operator.zone):
            record = SpfRecord.sending_from(relay.addresses)
            yield SpfOwn(name=relay.name, ttl=SPF_TTL, record=str(record))


def _report_claims(operator: Operator, domains: Iterable[SenderDomain]) -> Iterator[Claim]:
    """Say that reports about other domains are welcome here (RFC 7489 7.1)."""
    reports = operator.policies.dmarc_reports
    if reports is None or not reports.domain.within(operator.zone):
        return
    for domain in domains:
        if not domain.name.within(operator.zone):
            name = reports.domain.child(f"{domain.name.relative}._report._dmarc")
            yield _text(name, "v=DMARC1")


def _policy_claims(operator: Operator) -> Iterator[Claim]:
    said = operator.policies
    if said.tls_reports:  # RFC 8460 3
        name = operator.zone.child("_smtp._tls")
        yield _text(name, f"v=TLSRPTv1; rua=mailto:{said.tls_reports}")
    if said.mta_sts:  # RFC 8461 3.1
        yield _text(operator.zone.child("_mta-sts"), f"v=STSv1; id={said.mta_sts};")
    if said.caa:
        issuers = tuple(Opaque(f'0 issue "{issuer}"') for issuer in said.caa)  # RFC 8659 4.2
        names = {relay.name for relay in operator.relays} | set(operator.public_names)
        # At our own names, never at the zone's: its other hosts may have other issuers.
        for name in sorted(name for name in names if name.within(operator.zone)):
            yield WholeSet(name=name, type=Type.CAA, ttl=CUSTOMER_TTL, values=issuers)


def _retired_claims(operator: Operator) -> Iterator[Claim]:
    kinds = (*_OF_A_RELAY, *((Type.CAA,) if operator.policies.caa else ()))
    yield from (Retired(name=name, type=kind) for name in operator.retired for kind in kinds)


def _text(name: Fqdn, text: str) -> Claim:
    return WholeSet(name=name, type=Type.TXT, ttl=CUSTOMER_TTL, values=(Txt.of(text),))


def departed(
    wanted: Publication, observed: Zone, operator: Operator, domains: Iterable[SenderDomain]
) -> Publication:
    """Return `wanted`, and that the keys of domains which are no longer ours must go."""
    present = {domain.name.relative for domain in domains}
    names = {
        record.name
        for record in observed.records
        if (found := _KEY_NAME.fullmatch(record.name.relative))
        and found[3] == operator.zone.relative
        and found[2] not in present
        and record.type == Type.TXT
    }
    gone = (WholeSet(name=n, type=Type.TXT, ttl=KEY_TTL, values=()) for n in sorted(names))
    return Publication(zone=wanted.zone, claims=(*wanted.claims, *gone))


def _key_claims(domain: SenderDomain, operator_zone: Fqdn) -> Iterator[Claim]:
    for selector in domain.selectors:
        key = domain.keys.get(selector)
        if key is not None or selector in domain.withdrawn:
            values = () if key is None else (Txt.of(str(key)),)
            name = key_name(domain.name, selector, operator_zone)
            yield WholeSet(name=name, type=Type.TXT, ttl=KEY_TTL, values=values)


def _selector_claims(domain: SenderDomain, operator_zone: Fqdn) -> Iterator[Claim]:
    for selector in domain.selectors:
        yield WholeSet(
            name=selector_name(domain.name, selector),
            type=Type.CNAME,
            ttl=CUSTOMER_TTL,
            values=(key_name(domain.name, selector, operator_zone),),
        )
