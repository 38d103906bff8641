"""Zones on a name server of one's own, by dynamic update (RFC 2136) signed with TSIG (RFC 8945).

Observed by zone transfer, or name by name where that is refused. A change is applied only to
exactly what was read, and is read back: a server that skips a record says NOERROR all the same.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import dns.rcode
import dns.xfr

from omi_core.dns.client.by_query import ZoneReader
from omi_core.dns.client.connection import Exchange
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.client.wire import batches, records_of, update_message
from omi_core.dns.errors import NotPublishedError, ServerRefusedError, ZoneChangedError
from omi_core.dns.plan import Change
from omi_core.dns.providers.interface import require_zone
from omi_core.dns.record import RecordSet
from omi_core.dns.zone import Zone
from omi_core.errors import ObservationError
from omi_core.inventory.model import Rfc2136Dns
from omi_core.names import Fqdn
from omi_core.text import Text

# RFC 2136 2.2: prerequisites that do not hold
_CHANGED = {dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN, dns.rcode.NXRRSET, dns.rcode.YXRRSET}
_FEW = 20  # names that are asked for one by one, and no zone of ten thousand transferred for them
# What servers say to a transfer that is not allowed or not offered (RFC 5936 2.2.1)
_NO_TRANSFER = {dns.rcode.REFUSED, dns.rcode.NOTAUTH, dns.rcode.NOTIMP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfc2136Provider:
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
                return ZoneReader(exchange, zone, partial(_refusal, self, zone, "reading")).read(
                    names
                )
            except ServerRefusedError:
                raise
            except ObservationError:
                # A server that refuses without a signature says more in its first answer.
                raise refusal from None

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Make the changes in as few updates as they fit into, then read them back."""
        require_zone(zone, self.writable)
        for portion in batches(changes):
            self._update(zone, portion)
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

    def _update(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        try:
            # Each on a connection of its own: an answer that comes too late belongs to no other.
            with self._exchange() as exchange:
                rcode = exchange.ask(update_message(zone, changes)).rcode()
        except ServerRefusedError:
            raise
        except ObservationError as fault:
            self._look_after(fault, zone, changes)
            return
        if rcode in _CHANGED:
            self._settle(zone, changes)
        elif rcode != dns.rcode.NOERROR:
            raise _refusal(self, zone, "update", dns.rcode.to_text(rcode))

    def _look_after(self, fault: ObservationError, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Raise `fault` unless the update was carried out and only its answer was lost."""
        try:
            found = self.read(zone, {change.name for change in changes})
        except ObservationError:
            raise fault from None
        if any(not _is_so(found, change.expected) for change in changes):
            raise fault

    def _settle(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Accept that the zone is not as it was read if it is already as wanted (a replay)."""
        found = self.read(zone, {change.name for change in changes})
        if any(not _is_so(found, change.expected) for change in changes):
            moved = [str(c.expected) for c in changes if not _is_so(found, _as_read(c))]
            if not moved and found.asked is not None:
                raise _unseen(self, zone, changes)
            raise ZoneChangedError(zone, moved)

    def _read_back(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        names = {change.name for change in changes}
        if len(names) <= _FEW and self._serves(zone, names, changes):
            return
        found = self.read(zone, names)
        missing = [str(c.expected) for c in changes if not _is_so(found, c.expected)]
        if missing:
            raise NotPublishedError(zone, missing)

    def _serves(self, zone: Fqdn, names: Collection[Fqdn], changes: Sequence[Change]) -> bool:
        """Whether a question for each name finds all; where it does not, the whole zone tells."""
        try:
            with self._exchange() as exchange:
                reader = ZoneReader(exchange, zone, partial(_refusal, self, zone, "reading"))
                found = reader.read(names)
        except ObservationError:
            return False
        return all(_is_so(found, change.expected) for change in changes)


def _unseen(asked: Rfc2136Provider, zone: Fqdn, changes: Sequence[Change]) -> ObservationError:
    names = ", ".join(sorted({change.name.relative for change in changes}))
    return ObservationError(
        "{server} did not change {zone}: something stands at {names} that can "
        "only be seen by transfer; let the TSIG key {key} transfer the zone",
        server=asked.server,
        zone=zone.relative,
        names=names,
        key=asked.key.name.relative,
    )


def _refusal(asked: Rfc2136Provider, zone: Fqdn, deed: str, rcode: str) -> ObservationError:
    reason = _REFUSALS.get(rcode, "").format(key=asked.key.name.relative)
    if not reason:
        return ObservationError(
            "{server} answers {rcode} to the {deed} of {zone}",
            server=asked.server,
            rcode=rcode,
            deed=deed,
            zone=zone.relative,
        )
    return ServerRefusedError(
        "{server} refuses the {deed} of {zone} ({rcode}): {reason}",
        server=asked.server,
        deed=deed,
        zone=zone.relative,
        rcode=rcode,
        reason=reason,
    )


_REFUSALS = {
    "REFUSED": "allow the TSIG key {key} to do it there",
    "NOTAUTH": "it has no such zone, or no TSIG key {key} that may do it",
    "NOTZONE": "a name in it is outside that zone",
    "NOTIMP": "it takes no dynamic updates",
}


def _is_so(zone: Zone, expected: RecordSet) -> bool:
    found = zone.set(expected.name, expected.type)
    return expected.agrees_with(record.data for record in found)


def _as_read(change: Change) -> RecordSet:
    return RecordSet.of(change.name, change.type, 0, (record.data for record in change.before))


def provider(
    settings: Rfc2136Dns, writable: tuple[Fqdn, ...], _progress: Callable[[Text], None]
) -> Rfc2136Provider:
    """Return the service of these settings; InputError if the key cannot be used."""
    return Rfc2136Provider(
        server=Server(host=str(settings.server), port=settings.port),
        key=TsigKey.of(settings.key_file, settings.key),
        writable=writable,
    )
