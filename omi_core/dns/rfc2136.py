"""Zones on a name server of one's own, by dynamic update (RFC 2136) signed with TSIG (RFC 8945).

Observed by zone transfer, or name by name where that is refused. A change is applied only to
exactly what was read, and is read back: a server that skips a record says NOERROR all the same.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.xfr

from omi_core.dns.errors import NotPublishedError, ServerRefusedError, ZoneChangedError
from omi_core.dns.exchange import Exchange, rcode_of
from omi_core.dns.plan import Change
from omi_core.dns.provider import require_zone
from omi_core.dns.record import Record, RecordSet
from omi_core.dns.server import Server
from omi_core.dns.tsig import TsigKey
from omi_core.dns.wire import batches, records_in, records_of, update_message
from omi_core.dns.zone import Zone
from omi_core.errors import ObservationError
from omi_core.names import Fqdn

# What is asked of a name when the zone may not be transferred: all that could stand in the way
# of a record, and what tells that another zone begins there. CNAME first: it is alone.
_ASKED_TYPES = ("CNAME", "A", "AAAA", "TXT", "NS", "MX", "SRV", "CAA", "DNAME", "PTR", "TLSA")
# RFC 2136 2.2: prerequisites that do not hold
_CHANGED = {dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN, dns.rcode.NXRRSET, dns.rcode.YXRRSET}
# What servers say to a transfer that is not allowed or not offered (RFC 5936 2.2.1)
_NO_TRANSFER = {dns.rcode.REFUSED, dns.rcode.NOTAUTH, dns.rcode.NOTIMP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc2136:
    """The primary server of `zones`, and the key that may transfer and update them.

    `timeout_s` bounds each answer, in seconds. Implements `Provider`.
    """

    server: Server
    key: TsigKey
    writable: tuple[Fqdn, ...]
    timeout_s: float = 10

    def zones(self) -> tuple[Fqdn, ...]:
        """Return the zones that the settings name; RFC 2136 knows no list of them."""
        return tuple(sorted(self.writable))

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        """Return all of `zone` if the server lets it be transferred, else all of `names`."""
        require_zone(zone, self.writable)
        with self._exchange() as exchange:
            try:
                return Zone.of(zone, records_of(exchange.transfer(zone)))
            except (ServerRefusedError, dns.xfr.TransferError) as error:
                refusal = self._transfer_refusal(zone, error)
            try:
                return _Reader(self, exchange, zone).read(names)
            except ServerRefusedError:
                raise
            except ObservationError:
                # A server that refuses without a signature says more in its first answer.
                raise refusal from None

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Make the changes in as few updates as they fit into, then read them back."""
        require_zone(zone, self.writable)
        with self._exchange() as exchange:
            for portion in batches(changes):
                self._update(exchange, zone, portion)
        if changes:
            self._read_back(zone, changes)

    def _transfer_refusal(
        self, zone: Fqdn, error: ServerRefusedError | dns.xfr.TransferError
    ) -> ObservationError:
        """Return what to say if nothing else can be read; raise what is no refusal at once."""
        if isinstance(error, ServerRefusedError):
            return error
        refusal = _refusal(self, zone, "transfer", dns.rcode.to_text(error.rcode))
        if error.rcode not in _NO_TRANSFER:
            raise refusal from error
        return refusal

    def _exchange(self) -> Exchange:
        return Exchange(self.server, self.key, self.timeout_s)

    def _update(self, exchange: Exchange, zone: Fqdn, changes: Sequence[Change]) -> None:
        rcode = exchange.ask(update_message(zone, changes)).rcode()
        if rcode in _CHANGED:
            self._settle(zone, changes)
        elif rcode != dns.rcode.NOERROR:
            raise _refusal(self, zone, "update", dns.rcode.to_text(rcode))

    def _settle(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Accept that the zone is not as it was read if it is already as wanted (a replay)."""
        found = self.read(zone, {change.name for change in changes})
        if any(not _is_so(found, change.expected) for change in changes):
            moved = [str(c.expected) for c in changes if not _is_so(found, _as_read(c))]
            raise ZoneChangedError(zone, moved)

    def _read_back(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        found = self.read(zone, {change.name for change in changes})
        missing = [str(c.expected) for c in changes if not _is_so(found, c.expected)]
        if missing:
            raise NotPublishedError(zone, missing)


def _refusal(asked: Rfc2136, zone: Fqdn, deed: str, rcode: str) -> ObservationError:
    reason = _REFUSALS.get(rcode, "").format(key=asked.key.name.relative)
    if not reason:
        return ObservationError(f"{asked.server} answers {rcode} to the {deed} of {zone.relative}")
    return ServerRefusedError(
        f"{asked.server} refuses the {deed} of {zone.relative} ({rcode}): {reason}"
    )


_REFUSALS = {
    "REFUSED": "allow the TSIG key {key} to do it there",
    "NOTAUTH": "it has no such zone, or no TSIG key {key} that may do it",
    "NOTZONE": "a name in it is outside that zone",
    "NOTIMP": "it takes no dynamic updates",
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a zone name by name from its authoritative server."""

    provider: Rfc2136
    exchange: Exchange
    zone: Fqdn

    def read(self, names: Collection[Fqdn]) -> Zone:
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
            raise _refusal(self.provider, self.zone, "reading", rcode_of(answer))
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


def _is_so(zone: Zone, expected: RecordSet) -> bool:
    found = zone.set(expected.name, expected.type)
    return expected.agrees_with(record.data for record in found)


def _as_read(change: Change) -> RecordSet:
    return RecordSet.of(change.name, change.type, 0, (record.data for record in change.before))
