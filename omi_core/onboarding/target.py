"""What has to be true of a customer's domain, from the inventory alone.

In this package names are text without the last dot, as mail and panels write them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from omi_core.dns.claim import WholeSet
from omi_core.dns.mail_claims import SpfOwn
from omi_core.dns.operator import Operator, operator_of
from omi_core.dns.publication import CUSTOMER_TTL, operator_claims
from omi_core.dns.record import Data
from omi_core.dns.txt import Txt
from omi_core.inventory.load import relays_in
from omi_core.mailauth.dkim.selectors import all_selectors, key_name, selector_name
from omi_core.mailauth.spf.merge import Ours
from omi_core.names import Fqdn
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One DKIM slot: where a verifier looks, and where its CNAME must lead."""

    slot: str
    name: str
    target: str


@dataclass(frozen=True, slots=True)
class ExpectedSet:
    """Records of one name and type that a server must have; no other may stand beside `alone`."""

    name: str
    type: str
    values: tuple[str, ...]
    alone: bool = True

    def agrees_with(self, values: tuple[str, ...]) -> bool:
        """Whether a server that gave these values has what it must."""
        wanted, given = set(self.values), set(values)
        return given == wanted if self.alone else wanted <= given


@dataclass(frozen=True, kw_only=True)
class Target:
    """A sender domain as it has to be, or the operator's zone, which need not send.

    `spf_name` is included, `relays` are the addresses that SPF must pass, `dmarc` the policy where
    there is none. `signing` holds the key record of each slot that signs now, where it is known
    the relays themselves. `unmade` says why it is not known what the domain must publish. It has no
    slots, so that what follows from it is made once: a look asks for it dozens of times.
    """

    domain: str
    selectors: tuple[Selector, ...]
    spf_name: str
    relays: tuple[IPv4Address | IPv6Address, ...]
    dmarc: str
    helo: str
    ttl: int = CUSTOMER_TTL
    signing: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[ExpectedSet, ...] = ()
    sends: bool = True
    unmade: Text | None = None

    @cached_property
    def ours(self) -> Ours:
        """Whom the domain's SPF record must authorise."""
        return Ours(include=Fqdn.parse(self.spf_name), addresses=self.relays)

    @property
    def dmarc_name(self) -> str:
        """Where the DMARC policy stands."""
        return f"_dmarc.{self.domain}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name at which something must stand, the domain's own first."""
        return (self.domain, *(each.name for each in self.selectors), self.dmarc_name)


def target_of(
    domain: Fqdn,
    operator: Operator,
    slots: tuple[str, ...],
    signing: Mapping[str, str] | None = None,
) -> Target:
    """Return what `domain` must publish to send through the operator's relays."""
    selectors = tuple(
        Selector(
            slot=slot,
            name=selector_name(domain, slot).relative,
            target=key_name(domain, slot, operator.zone).relative,
        )
        for slot in slots
    )
    return Target(
        domain=domain.relative,
        selectors=selectors,
        spf_name=operator.spf_name.relative,
        relays=operator.addresses,
        dmarc=operator.dmarc,
        helo=operator.relays[0].name.relative,
        signing=signing or {},
    )


class InventoryDomains:
    """What an inventory says about its domains, read once; InputError if it cannot be read."""

    def __init__(self, file: Path | str) -> None:
        relays = relays_in(Path(file))
        self.environment = relays[0].environment
        self.operator = operator_of(self.environment, relays)
        self.slots = all_selectors(self.environment)

    def target(
        self, domain: Fqdn, signing: Mapping[str, Mapping[str, str]] | None = None
    ) -> Target:
        """Return what a domain must publish; `signing` are key records by domain and slot."""
        keys = (signing or {}).get(domain.relative, {})
        made = target_of(domain, self.operator, self.slots, keys)
        if domain != self.operator.zone:
            return made
        own = operator_target(self.operator, keys)
        sends = self.environment.sends(domain)
        return replace(made, expected=own.expected) if sends else own

    def domains(self) -> tuple[Fqdn, ...]:
        """Return the operator's zone, and every customer's domains in the order of their files."""
        return tuple(dict.fromkeys((self.operator.zone, *self.environment.sender_domains)))


def unmade_target(domain: str, why: Text) -> Target:
    """Return a domain, or what was written for one, for which it is not known what must stand."""
    return Target(
        domain=domain,
        selectors=(),
        spf_name="",
        relays=(),
        dmarc="",
        helo="",
        sends=False,
        unmade=why,
    )


def operator_target(operator: Operator, signing: Mapping[str, str] | None = None) -> Target:
    """Return what the operator's own zone must hold, but for customers' keys: their domains show.

    `signing` are the key records, by slot, that sign the relays' own notices, where they are known.
    """
    return Target(
        domain=operator.zone.relative,
        selectors=(),
        spf_name=operator.spf_name.relative,
        relays=(),
        dmarc=operator.dmarc,
        helo=operator.relays[0].name.relative,
        expected=(*_expected(operator), *_own_keys(operator.zone, signing or {})),
        sends=False,
    )


def _expected(operator: Operator) -> Iterator[ExpectedSet]:
    for claim in operator_claims(operator, ()):
        name, kind = claim.name.relative, claim.type.value
        if isinstance(claim, SpfOwn):
            yield ExpectedSet(name, kind, (claim.record,), alone=False)
        elif isinstance(claim, WholeSet):
            yield ExpectedSet(name, kind, tuple(map(as_seen, claim.values)))


def _own_keys(zone: Fqdn, signing: Mapping[str, str]) -> Iterator[ExpectedSet]:
    for slot, key in signing.items():
        yield ExpectedSet(key_name(zone, slot, zone).relative, "TXT", (key,))


def as_seen(data: Data) -> str:
    """Return data in the form in which `resolve/packet.py` reads it from a server's answer."""
    if isinstance(data, Txt):
        return data.text
    return data.relative if isinstance(data, Fqdn) else str(data)


def above(name: str) -> Iterator[str]:
    """Yield a name and every name above it."""
    while name:
        yield name
        name = name.partition(".")[2]


def misplaced(slot: str, domain: str) -> tuple[str, ...]:
    """Return where a selector's record is entered by mistake."""
    return (
        f"{slot}.{domain}",
        f"{slot}.domainkey.{domain}",
        f"_domainkey.{slot}.{domain}",
        f"{slot}_domainkey.{domain}",
        f"_domainkey.{domain}",
        f"{slot}._domainkeys.{domain}",
        f"{slot}.dkim.{domain}",
    )


def misplaced_policy(domain: str) -> tuple[str, ...]:
    """Return where a DMARC policy is entered by mistake."""
    return (f"dmarc.{domain}", f"_dmarc1.{domain}", f"_demarc.{domain}", f"_domainkey.{domain}")


def misplaced_spf(domain: str) -> tuple[str, ...]:
    """Return where an SPF record is entered by mistake."""
    return (f"spf.{domain}", f"_spf.{domain}", f"spf1.{domain}", f"www.{domain}")
