"""Claims on SPF and DMARC records, which we share with their owners."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from omi_core.dns.claim import BaseClaim, Claim, holds_text
from omi_core.dns.record import Data, Record, Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.mailauth.dmarc.record import is_meant_as_dmarc
from omi_core.mailauth.mangled import kind_of
from omi_core.mailauth.spf.merge import Merged, Ours, Unmerged, authorises, merged, spf_texts
from omi_core.mailauth.spf.record import is_spf
from omi_core.names import Fqdn
from omi_core.text import Text

_SHOWN = 80


class SpfClaim(BaseClaim):
    """A claim on the SPF record of a name; other strings there are not ours."""

    __slots__ = ()

    @property
    def type(self) -> Type:
        """SPF is published as TXT only (RFC 7208 3.1)."""
        return Type.TXT

    def owns(self: Claim, record: Record) -> bool:
        """Whether it is an SPF record of the name."""
        return record.name == self.name and holds_text(record, is_spf)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfInclude(SpfClaim):
    """The one SPF record of `name` includes `target`; other strings there are not ours.

    What its owner wrote in the record stays (`spf.merge.merged`), and so does a record that
    authorises all of `addresses` without the include. Two SPF records, a permanent error for
    every receiver (RFC 7208 4.5), are joined where every term of both is in the one.
    """

    name: Fqdn
    ttl: int
    target: Fqdn
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()

    @property
    def exclusive(self) -> bool:
        """Never: the record is shared with its owner, and with other includes."""
        return False

    @property
    def ours(self) -> Ours:
        """Whom the record must authorise."""
        return Ours(include=self.target, addresses=self.addresses)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the published record with our include, or a first one.

        InputError, with the term that a person decides on, if there is no sure merge.
        """
        seen = tuple(each.data.text for each in owned if isinstance(each.data, Txt))
        # What needs no change is kept octet for octet, and not refused for another term in it.
        if len(seen) == 1 and authorises(seen[0], self.ours):
            return (owned[0].data,)
        made = merged((*seen, *self._unseen(zone)), self.ours)
        if isinstance(made, Merged) and made.is_sure:
            return (Txt.of(made.record),)
        raise InputError("{name}: {why}", name=self.name.relative, why=self._why_not(made))

    def _unseen(self, zone: Zone) -> tuple[str, ...]:
        """Return what was meant as SPF and is not to receivers: it has a say in the merge."""
        there = (each for each in zone.set(self.name, self.type) if not self.owns(each))
        return spf_texts(each.data.text for each in there if isinstance(each.data, Txt))

    def _why_not(self, made: Merged | Unmerged) -> Text:
        name = self.name.relative
        if isinstance(made, Unmerged):
            return Text(
                "the SPF record stays as it is, without {term}, until a term in it is corrected:"
                " {fault}; correct it and run again"
            ).format(term=self.ours.term, fault=made.fault.sentence)
        if made.unseen:
            return Text(
                "{unseen!r} was meant as SPF, and receivers cannot read it; put right "
                "what `omi dns records {name}` says"
            ).format(unseen=made.unseen[0][:_SHOWN], name=name)
        return Text(
            "of several SPF records, which no receiver accepts (RFC 7208 4.5), one "
            "record cannot hold {left_out}; join them as `omi dns records {name}` "
            "says, if that is meant"
        ).format(left_out=" ".join(made.left_out), name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfOwn(SpfClaim):
    """The one SPF record of `name` is ours; other strings there are not.

    For the name that a relay says in EHLO: a bounce has no other (RFC 7208 2.3, 2.4).
    """

    name: Fqdn
    ttl: int
    record: str

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
