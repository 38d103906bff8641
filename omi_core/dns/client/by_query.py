"""Reading a zone name by name from its authoritative server, where it may not be transferred."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from omi_core.dns.client.connection import Exchange, rcode_of
from omi_core.dns.client.wire import records_in
from omi_core.dns.record import Record
from omi_core.dns.zone import Zone
from omi_core.errors import ObservationError
from omi_core.names import Fqdn

# What is asked of a name: all that could stand in the way of a record, and what tells that
# another zone begins there. CNAME first: it is alone.
_ASKED_TYPES = ("CNAME", "A", "AAAA", "TXT", "NS", "MX", "SRV", "CAA", "DNAME", "PTR", "TLSA")


@dataclass(frozen=True, slots=True)
class ZoneReader:
    """Reads a zone name by name; `refusal` makes the error of an answer's RCODE."""

    exchange: Exchange
    zone: Fqdn
    refusal: Callable[[str], ObservationError]

    def read(self, names: Collection[Fqdn]) -> Zone:
        """Return all records of `names`, and the zone's own; ObservationError if it cannot be."""
        records = [record for name in sorted({*names, self.zone}) for record in self._at(name)]
        return Zone(name=self.zone, records=tuple(dict.fromkeys(records)), asked=frozenset(names))

    def _at(self, name: Fqdn) -> Iterator[Record]:
        for kind in _ASKED_TYPES:
            answer = self._ask(name, kind)
            yield from _delegations(answer, self.zone)
            found = _records(answer.answer, name, kind)
            if not self._is_wildcard(name, kind, found):
                yield from found
            if answer.rcode() == dns.rcode.NXDOMAIN or (found and kind == "CNAME"):
                return

    def _is_wildcard(self, name: Fqdn, kind: str, found: tuple[Record, ...]) -> bool:
        """Whether the answer was made up from `*` above (RFC 4592), and nothing stands there.

        If both say the same this errs, and the update's prerequisites do not hold: nothing is
        written.
        """
        return bool(found) and any(self._same_at(star, kind, found) for star in self._stars(name))

    def _stars(self, name: Fqdn) -> Iterator[Fqdn]:
        while name != self.zone and name.within(self.zone):
            name = name.parent
            yield Fqdn(f"*.{name}")

    def _same_at(self, star: Fqdn, kind: str, found: tuple[Record, ...]) -> bool:
        there = _records(self._ask(star, kind).answer, star, kind)
        return {record.data for record in there} == {record.data for record in found}

    def _ask(self, name: Fqdn, kind: str) -> dns.message.Message:
        query = dns.message.make_query(name.text, kind)
        query.flags &= ~dns.flags.RD  # only what it holds itself
        answer = self.exchange.ask(query)
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise self.refusal(rcode_of(answer))
        return answer


def _records(sections: Collection[dns.rrset.RRset], name: Fqdn, kind: str) -> tuple[Record, ...]:
    return tuple(
        record
        for rrset in sections
        for record in records_in(rrset.name, rrset)
        if record.name == name and record.type == kind
    )


def _delegations(answer: dns.message.Message, zone: Fqdn) -> Iterator[Record]:
    """Yield the NS records of a referral: the zone below it is somebody else's."""
    if answer.flags & dns.flags.AA:
        return
    for rrset in answer.authority:
        if rrset.rdtype == dns.rdatatype.NS:
            yield from (r for r in records_in(rrset.name, rrset) if r.name.within(zone))
