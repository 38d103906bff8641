"""What must stand in DNS for a relay and its sender domains: pure.

A customer enters two CNAMEs, one include and, if he has none, a DMARC policy, and never again
anything: the keys behind the CNAMEs and the addresses behind the include are in our zone.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from omi_core.dns.claim import Claim, Retired, WholeSet
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude, SpfOwn
from omi_core.dns.operator import Operator, SenderDomain
from omi_core.dns.plan import Publication
from omi_core.dns.providers.interface import zone_of
from omi_core.dns.record import Data, Opaque, Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.mailauth.dkim.selectors import SLOTS, key_name, selector_name
from omi_core.mailauth.spf.record import SpfRecord
from omi_core.names import Fqdn

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


def operator_claims(operator: Operator, domains: Collection[SenderDomain]) -> tuple[Claim, ...]:
    """Return what stands in the operator's zone: addresses, policies, and everybody's keys.

    The relays' own notices are from names in this zone, and signed by it (RFC 7489 3.1.1).
    """
    return (
        *_address_claims(operator),
        _relays_spf(operator),
        *_host_spf(operator),
        DmarcDefault(domain=operator.zone, ttl=CUSTOMER_TTL, record=operator.dmarc),
        *_selector_claims(operator.zone, operator.selectors, operator.zone),
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
        *_selector_claims(domain.name, domain.selectors, operator.zone),
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
    known = frozenset(zones)
    if zone_of(operator.zone, known) is None:
        raise InputError(
            "the operator's zone {zone} may not be written here", zone=operator.zone.relative
        )
    claims = (
        *operator_claims(operator, domains),
        *(
            claim
            for domain in _written(domains, known)
            for claim in sender_claims(domain, operator)
        ),
    )
    by_zone: dict[Fqdn, list[Claim]] = {zone: [] for zone in sorted(zones)}
    for claim in claims:
        if zone := zone_of(claim.name, known):
            by_zone[zone].append(claim)
    return tuple(Publication(zone=z, claims=tuple(each)) for z, each in by_zone.items() if each)


def _written(domains: Iterable[SenderDomain], zones: frozenset[Fqdn]) -> Iterator[SenderDomain]:
    """Yield those of whose records some may be in these zones: most customers' are elsewhere."""
    above = {name for zone in zones for name in _path(zone)}
    for domain in domains:
        if domain.sends and (domain.name in above or zone_of(domain.name, zones)):
            yield domain


def _path(name: Fqdn) -> Iterator[Fqdn]:
    while name.text != ".":
        yield name
        name = name.parent


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


def with_stale_keys_removed(
    wanted: Publication,
    observed: Zone,
    operator: Operator,
    domains: Iterable[SenderDomain],
    kept: Iterable[Fqdn] = (),
) -> Publication:
    """Return `wanted`, and that the keys of domains which are no longer ours must go.

    Those of `kept` stay for mail that is under way.
    """
    present = {name.relative for name in (*(domain.name for domain in domains), *kept)}
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


def _selector_claims(
    domain: Fqdn, selectors: Iterable[str], operator_zone: Fqdn
) -> Iterator[Claim]:
    for selector in selectors:
        yield WholeSet(
            name=selector_name(domain, selector),
            type=Type.CNAME,
            ttl=CUSTOMER_TTL,
            values=(key_name(domain, selector, operator_zone),),
        )
