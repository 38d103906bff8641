"""Between our values and dnspython's: records read, update messages written (RFC 2136)."""

from collections.abc import Collection, Iterable, Iterator, Sequence

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
# What people keep at a name. No prerequisite says "nothing else stands here", so that a set that
# gives way to a CNAME stays where one of these was added, which would keep the CNAME out.
_KEPT_BY_PEOPLE = (
    *("A", "AAAA", "CAA", "HTTPS", "MX", "NS"),
    *("PTR", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)


def records_of(zone: dns.zone.Zone) -> Iterator[Record]:
    """Yield every record of a transferred zone."""
    for name, rdataset in zone.iterate_rdatasets():
        yield from records_in(name, rdataset)


def records_in(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> Iterator[Record]:
    """Yield the records of one set; each keeps its exact RDATA, where ours could be another."""
    kind = dns.rdatatype.to_text(rdataset.rdtype)
    owner = published_name(name.to_text())
    for rdata in rdataset:
        data, handle = _read(kind, rdata)
        yield Record(name=owner, type=kind, ttl=rdataset.ttl, data=data, handle=handle)


def batches(changes: Iterable[Change]) -> Iterator[tuple[Change, ...]]:
    """Yield the changes in portions that fit one update each, those of one name together.

    Raises InputError if one name alone is too much.
    """
    batch: list[Change] = []
    octets = 0
    for name, together in _by_name(changes).items():
        more = _octets(name, together)
        if more > _LARGEST_UPDATE:
            raise InputError("the records of {name} do not fit into one update", name=name.relative)
        if octets + more > _LARGEST_UPDATE:
            yield tuple(batch)
            batch, octets = [], 0
        batch += together
        octets += more
    if batch:
        yield tuple(batch)


def update_message(zone: Fqdn, changes: Sequence[Change]) -> dns.update.UpdateMessage:
    """Return one update: carried out whole if every `before` still holds, else not at all."""
    message = dns.update.UpdateMessage(dns.name.from_text(zone.text))
    for name, together in _by_name(changes).items():
        _require(message, name, together)
    for change in changes:
        for record in change.removes:
            message.delete(change.name.text, change.type, rdata_text(record))
    for change in changes:
        for record in change.adds:
            message.add(change.name.text, record.ttl, change.type, rdata_text(record))
    return message


def _require(message: dns.update.UpdateMessage, name: Fqdn, changes: Sequence[Change]) -> None:
    """Name each whole set as it was read; RFC 2136 2.4.2 compares all of it or nothing.

    What stands beside it at the name matters for a CNAME, which the server would else drop
    without a word (RFC 2136 3.4.2.2).
    """
    before = [change for change in changes if change.before]
    new = [change.type for change in changes if not change.before]
    for change in before:
        message.present(name.text, change.type, *map(rdata_text, change.before))
    if "CNAME" in new and not before:
        message.absent(name.text)  # RFC 2136 2.4.5: name is not in use
        return
    for kind in (*new, *_not_beside(new, {change.type for change in before})):
        message.absent(name.text, kind)  # RFC 2136 2.4.3


def _not_beside(new: Collection[str], before: Collection[str]) -> Iterable[str]:
    """The types that must not stand beside what is created."""
    if "CNAME" in new:
        return (kind for kind in _KEPT_BY_PEOPLE if kind not in before)
    return () if before else ("CNAME",)


def rdata_text(record: Record) -> str:
    """Return the exact RDATA that was read: a TXT cut into other strings would be another set."""
    return record.handle or str(record.data)


def _read(kind: str, rdata: dns.rdata.Rdata) -> tuple[Data, str]:
    """Return the data, and the exact RDATA; of a TXT only where it is cut as ours are not."""
    strings = getattr(rdata, "strings", None)
    if kind == "TXT" and strings is not None:
        data = Txt(b"".join(strings))
        return data, "" if data.strings == tuple(strings) else rdata.to_text()
    text = rdata.to_text()
    return parse_data(kind, text), text


def _by_name(changes: Iterable[Change]) -> dict[Fqdn, list[Change]]:
    names: dict[Fqdn, list[Change]] = {}
    for change in changes:
        names.setdefault(change.name, []).append(change)
    return names


def _octets(name: Fqdn, changes: Collection[Change]) -> int:
    records = [r for each in changes for r in (*each.before, *each.removes, *each.adds)]
    is_cname = any(change.type == "CNAME" for change in changes)
    without_data = len(changes) + (len(_KEPT_BY_PEOPLE) if is_cname else 1)  # at most
    fixed = len(name.text) + 1 + _FIXED_RR_OCTETS
    return fixed * (len(records) + without_data) + sum(map(_rdata_octets, records))


def _rdata_octets(record: Record) -> int:
    rdata = dns.rdata.from_text(dns.rdataclass.IN, record.type, rdata_text(record))
    return len(rdata.to_wire() or b"")
