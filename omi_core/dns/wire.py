"""Between our values and dnspython's: records read, update messages written (RFC 2136)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.update
import dns.zone

from omi_core.dns.plan import Change
from omi_core.dns.record import Data, Record, parse_data, published_name
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn

# A message over TCP has at most 65,535 octets (RFC 1035 4.2.2), a part of it for TSIG. Names
# are counted without compression, so the real message is smaller than counted.
_LARGEST_UPDATE = 60_000
_FIXED_RR_OCTETS = 10  # RFC 1035 4.1.3: type, class, TTL, length


@dataclass(frozen=True, slots=True)
class _Batch:
    changes: tuple[Change, ...]
    octets: int


def records_of(zone: dns.zone.Zone) -> Iterator[Record]:
    """Yield every record of a transferred zone."""
    for name, rdataset in zone.iterate_rdatasets():
        yield from records_in(name, rdataset)


def records_in(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> Iterator[Record]:
    """Yield the records of one set; each keeps its exact RDATA as its handle."""
    kind = dns.rdatatype.to_text(rdataset.rdtype)
    for rdata in rdataset:
        text = rdata.to_text()
        yield Record(
            name=published_name(name.to_text()),
            type=kind,
            ttl=rdataset.ttl,
            data=_data(kind, text, rdata),
            handle=text,
        )


def batches(changes: Iterable[Change]) -> Iterator[tuple[Change, ...]]:
    """Yield the changes in portions that fit one update each, those of one name together.

    Raises InputError if one name alone is too much.
    """
    batch = _Batch((), 0)
    for together in _by_name(changes):
        if batch.changes and batch.octets + together.octets > _LARGEST_UPDATE:
            yield batch.changes
            batch = _Batch((), 0)
        batch = _Batch(batch.changes + together.changes, batch.octets + together.octets)
    if batch.changes:
        yield batch.changes


def update_message(zone: Fqdn, changes: Sequence[Change]) -> dns.update.UpdateMessage:
    """Return one update: carried out whole if every `before` still holds, else not at all."""
    message = dns.update.UpdateMessage(dns.name.from_text(zone.text))
    for change in changes:
        _require(message, change, alone=sum(c.name == change.name for c in changes) == 1)
    for change in changes:
        for record in change.removes:
            message.delete(change.name.text, change.type, _rdata_text(record))
    for change in changes:
        for record in change.adds:
            message.add(change.name.text, record.ttl, change.type, _rdata_text(record))
    return message


def _require(message: dns.update.UpdateMessage, change: Change, *, alone: bool) -> None:
    """Name the whole set as it was read; RFC 2136 2.4.2 compares all of it or nothing.

    What stands beside it at the name matters for a CNAME, which the server would else drop
    without a word (RFC 2136 3.4.2.2).
    """
    name = change.name.text
    if change.before:
        message.present(name, change.type, *map(_rdata_text, change.before))
    elif alone and change.type == "CNAME":
        message.absent(name)  # RFC 2136 2.4.5: name is not in use
    else:
        message.absent(name, change.type)  # RFC 2136 2.4.3
        if alone:
            message.absent(name, "CNAME")


def _rdata_text(record: Record) -> str:
    # A set is compared by its exact RDATA: a TXT cut into other strings would be another one.
    return record.handle or str(record.data)


def _data(kind: str, text: str, rdata: dns.rdata.Rdata) -> Data:
    strings = getattr(rdata, "strings", None)
    if kind == "TXT" and strings is not None:
        return Txt(b"".join(strings))
    return parse_data(kind, text)


def _by_name(changes: Iterable[Change]) -> Iterator[_Batch]:
    names: dict[Fqdn, list[Change]] = {}
    for change in changes:
        names.setdefault(change.name, []).append(change)
    for name, together in names.items():
        octets = sum(map(_octets, together))
        if octets > _LARGEST_UPDATE:
            raise InputError(f"the records of {name.relative} do not fit into one update")
        yield _Batch(tuple(together), octets)


def _octets(change: Change) -> int:
    records = (*change.before, *change.removes, *change.adds)
    fixed = len(change.name.text) + 1 + _FIXED_RR_OCTETS
    # Two more for the prerequisites that name no data.
    return fixed * (len(records) + 2) + sum(map(_rdata_octets, records))


def _rdata_octets(record: Record) -> int:
    rdata = dns.rdata.from_text(dns.rdataclass.IN, record.type, _rdata_text(record))
    return len(rdata.to_wire() or b"")
