"""What we say about a name, and which of the records there are ours.

A claim tells the planner two things about one record set: which records it may change (`owns`)
and what stands in their place (`wanted`). Everything else in the set belongs to somebody, and
the planner keeps it whatever a claim answers. A provider that can mark records, or a new kind
of record, is a new claim; the planner knows only this interface.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from omi_core.dns.record import Data, Record, Type, canonical
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.mailauth.spf.record import SpfRecord, is_spf
from omi_core.names import Fqdn


class Claim(Protocol):
    """A statement about the record set of one name and type."""

    @property
    def name(self) -> Fqdn:
        """The name of the set."""

    @property
    def type(self) -> Type:
        """The type of the set."""

    @property
    def ttl(self) -> int:
        """Seconds, for a set that is ours alone; a shared one keeps the TTL it has."""

    @property
    def exclusive(self) -> bool:
        """Whether the claim is the only one on its set, and its record is ours alone."""

    def owns(self, record: Record) -> bool:
        """Whether we may change or remove this record of the set."""

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return what stands in place of `owned`; InputError if no good answer exists."""

    @property
    def is_default(self) -> bool:
        """Whether it stands back for others, and is therefore judged after them."""

    def yields_to(self, zone: Zone) -> bool:
        """Whether `zone`, as the other claims leave it, makes a default void."""

    def looks_at(self, zone: Fqdn) -> tuple[Fqdn, ...]:
        """Return the names of `zone` that must have been read before the claim can be judged."""


class BaseClaim:
    """What most claims answer: they hold whatever is published, and see their own name alone."""

    __slots__ = ()

    @property
    def exclusive(self) -> bool:
        """Always: two claims on one set contradict each other."""
        return True

    @property
    def is_default(self) -> bool:
        """Never."""
        return False

    def yields_to(self, zone: Zone) -> bool:
        """Never."""
        del zone
        return False

    def looks_at(self: Claim, zone: Fqdn) -> tuple[Fqdn, ...]:
        """Its own name."""
        del zone
        return (self.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSet(BaseClaim):
    """The set is ours alone and holds exactly `values`; none means that it must not exist."""

    name: Fqdn
    type: Type
    ttl: int
    values: tuple[Data, ...]

    def owns(self, record: Record) -> bool:
        """Whether it is in the set."""
        return (record.name, record.type) == (self.name, self.type)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the values, whatever was there."""
        del owned, zone
        return canonical(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(BaseClaim):
    """The addresses or the SPF record of a relay that is gone must not stand at `name`.

    They are ours if the name says of itself what only we say of a relay: an SPF record of exactly
    its addresses, and nothing else. Anything else there is refused, and kept.
    """

    name: Fqdn
    type: Type
    ttl: int = 0

    def owns(self, record: Record) -> bool:
        """Whether it is an address, or the SPF record, of the name."""
        if (record.name, record.type) != (self.name, self.type):
            return False
        return self.type != Type.TXT or holds_text(record, is_spf)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return nothing; InputError where what stands there is not a relay of ours."""
        if owned and not self._was_relay(zone):
            raise InputError(
                "{value} is not a relay of ours that is gone: its SPF record does not name "
                "its own addresses and nothing else; remove it by hand",
                value=self.name.relative,
            )
        return ()

    def _was_relay(self, zone: Zone) -> bool:
        there = zone.at(self.name)
        addresses = [r.data for r in there if isinstance(r.data, IPv4Address | IPv6Address)]
        said = [r.data.text for r in there if isinstance(r.data, Txt) and holds_text(r, is_spf)]
        return bool(addresses) and said == [str(SpfRecord.sending_from(addresses))]


def holds_text(record: Record, recognised: Callable[[bytes], bool]) -> bool:
    """Whether it is TXT whose octets are recognised."""
    return isinstance(record.data, Txt) and recognised(record.data.octets)
