"""Claims on SPF and DMARC records, which we share with their owners."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from omi_core.dns.claim import BaseClaim, holds_text
from omi_core.dns.record import Data, Record, Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.mailauth.dmarc.record import is_meant_as_dmarc
from omi_core.mailauth.mangled import kind_of
from omi_core.mailauth.spf.merge import Merged, Ours, authorises, merged
from omi_core.mailauth.spf.record import is_spf
from omi_core.names import Fqdn

_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfInclude(BaseClaim):
    """The one SPF record of `name` includes `target`; other strings there are not ours.

    What its owner wrote in the record stays (`spf_merge.merged`), and so does a record that
    authorises all of `addresses` without the include. Two SPF records are a permanent error for
    every receiver (RFC 7208 4.5) and only their owner knows which one holds.
    """

    name: Fqdn
    ttl: int
    target: Fqdn
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()

    @property
    def type(self) -> Type:
        """SPF is published as TXT only (RFC 7208 3.1)."""
        return Type.TXT

    @property
    def exclusive(self) -> bool:
        """Never: the record is shared with its owner, and with other includes."""
        return False

    @property
    def ours(self) -> Ours:
        """Whom the record must authorise."""
        return Ours(include=self.target, addresses=self.addresses)

    def owns(self, record: Record) -> bool:
        """Whether it is the SPF record of the name."""
        return record.name == self.name and holds_text(record, is_spf)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the published record with our include, or a first one.

        InputError, with the term that a person decides on, if there is no sure merge.
        """
        if len(owned) > 1:
            raise InputError(
                "{value} publishes {owned} SPF records, which no receiver accepts (RFC "
                "7208 4.5); join them into one",
                value=self.name.relative,
                owned=len(owned),
            )
        if not owned:
            self._refuse_damaged(zone)
            return (Txt.of(self._merged(())),)
        published = owned[0].data
        text = published.text if isinstance(published, Txt) else ""
        # What needs no change is kept octet for octet, and not refused for another term in it.
        if authorises(text, self.ours):
            return (published,)
        return (Txt.of(self._merged((text,))),)

    def _merged(self, texts: tuple[str, ...]) -> str:
        made = merged(texts, self.ours)
        if isinstance(made, Merged):
            return made.record
        raise InputError(
            "{value}: the SPF record stays as it is, without {term}, until somebody "
            "has corrected a term in it: {fault}; correct it and run again",
            value=self.name.relative,
            term=self.ours.term,
            fault=made.fault,
        )

    def _refuse_damaged(self, zone: Zone) -> None:
        """Refuse a first record beside one that receivers cannot see: it would forbid the rest."""
        for record in zone.set(self.name, self.type):
            text = record.data.text if isinstance(record.data, Txt) else ""
            if kind_of(text) == "spf" and not holds_text(record, is_spf):
                raise InputError(
                    "{value}: {text!r} was meant as SPF, and receivers cannot read it; put "
                    "right what `omi dns records {value}` says",
                    value=self.name.relative,
                    text=text[:_SHOWN],
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfOwn(BaseClaim):
    """The one SPF record of `name` is ours; other strings there are not.

    For the name that a relay says in EHLO: a bounce has no other (RFC 7208 2.3, 2.4).
    """

    name: Fqdn
    ttl: int
    record: str

    @property
    def type(self) -> Type:
        """SPF is published as TXT only (RFC 7208 3.1)."""
        return Type.TXT

    def owns(self, record: Record) -> bool:
        """Whether it is an SPF record of the name."""
        return record.name == self.name and holds_text(record, is_spf)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the record."""
        del owned, zone
        return (Txt.of(self.record),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcDefault:
    """`domain` has some DMARC policy: ours if nobody published one.

    A policy above it within the zone counts, since receivers fall back to the organisation's
    (RFC 7489 6.6.3): a policy of our own below it would weaken the owner's.
    """

    domain: Fqdn
    ttl: int
    record: str

    @property
    def name(self) -> Fqdn:
        """Where the policy stands (RFC 7489 6.1)."""
        return policy_name(self.domain)

    @property
    def type(self) -> Type:
        """Always TXT (RFC 7489 6.1)."""
        return Type.TXT

    @property
    def exclusive(self) -> bool:
        """Always: a domain has one default."""
        return True

    @property
    def is_default(self) -> bool:
        """Always."""
        return True

    def owns(self, record: Record) -> bool:
        """Return False: what is there is somebody's decision, even if we wrote it first."""
        del record
        return False

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the default policy."""
        del owned, zone
        return (Txt.of(self.record),)

    def yields_to(self, zone: Zone) -> bool:
        """Whether a policy stands here or above, or the name is delegated by CNAME.

        One that was entered at the domain itself by mistake may ask for more than the default.
        """
        if any(holds_text(record, _begins_as_dmarc) for record in zone.at(self.domain)):
            return True
        return any(_has_policy(zone, name) for name in self.looks_at(zone.name))

    def looks_at(self, zone: Fqdn) -> tuple[Fqdn, ...]:
        """`_dmarc` of the domain and of each name above it in the zone."""
        names = [policy_name(self.domain)]
        domain = self.domain
        while domain != zone and domain.within(zone):
            domain = domain.parent
            names.append(policy_name(domain))
        return tuple(names)


def policy_name(domain: Fqdn) -> Fqdn:
    """Return where the DMARC policy of `domain` stands (RFC 7489 6.1)."""
    return domain.child("_dmarc")


def _has_policy(zone: Zone, name: Fqdn) -> bool:
    """Whether a policy stands there, or something that was meant as one, however badly written."""
    return any(
        record.type == "CNAME" or holds_text(record, _is_meant_as_dmarc) for record in zone.at(name)
    )


def _begins_as_dmarc(octets: bytes) -> bool:
    return kind_of(octets.decode(errors="replace")) == "dmarc"


def _is_meant_as_dmarc(octets: bytes) -> bool:
    return is_meant_as_dmarc(octets.decode(errors="replace"))
