"""What a plan may never do, and how much it may do at once: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from omi_core.dns.record import Record, Type
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

# RFC 4034 3, 4 and RFC 5155 3: the signer's own records may stand beside a CNAME
_BESIDE_CNAME = frozenset({"RRSIG", "NSEC", "NSEC3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """How much of what is ours in a zone one plan may update or delete.

    `updates` and `deletes` are shares from 0 to 1 of our existing sets; below `least` sets the
    shares mean nothing and are not applied.
    """

    updates: float
    deletes: float
    least: int

    def refuse(self, *, existing: int, updated: int, deleted: int) -> list[str]:
        """Return a sentence for each share that is exceeded; all counts are record sets."""
        if existing < self.least:
            return []
        counts = (("update", updated, self.updates), ("delete", deleted, self.deletes))
        return [
            f"the plan would {verb} {count} of our {existing} record sets, "
            f"more than {share:.0%} at once; look at it and raise the limit if it is meant"
            for verb, count, share in counts
            if count > share * existing
        ]


# The thresholds that octoDNS has used for years, counted over what is ours and not the whole
# zone: in a customer's zone of thousands of records they would never be reached.
OCTODNS_LIMITS = PlanLimits(updates=0.3, deletes=0.3, least=10)
# Half of a domain's keys go at the end of each rotation, which is meant.
ROTATION_LIMITS = PlanLimits(updates=0.3, deletes=0.6, least=10)
NO_LIMITS = PlanLimits(updates=1, deletes=1, least=0)


def refuse_place(name: Fqdn, kind: str, zone: Zone) -> str | None:
    """Return why nothing of this type may be written at this name, if so."""
    if kind not in set(Type):
        return f"{name.relative} {kind} is a type that is never written"
    if not name.within(zone.name):
        return f"{name.relative} is not in the zone {zone.name.relative}"
    if cut := zone.delegated_at(name):
        return f"{name.relative} belongs to another zone, which begins at {cut.relative}"
    return None


def refuse_conflicts(
    observed: Zone, outcome: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
) -> list[str]:
    """Return a sentence for each CNAME that would not be alone at its name (RFC 1034 3.6.2).

    `outcome` holds the record sets as the plan would leave them. A server drops the second
    record of such a pair without a word (RFC 2136 3.4.2.2), so it has to be seen here.
    """
    names = sorted({name for (name, _), records in outcome.items() if records})
    return [sentence for name in names for sentence in _conflict(name, observed, outcome)]


def _conflict(
    name: Fqdn, observed: Zone, outcome: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
) -> Iterator[str]:
    untouched = {record.type for record in observed.at(name) if (name, record.type) not in outcome}
    planned = {kind for (at, kind), records in outcome.items() if at == name and records}
    others = sorted((untouched | planned) - _BESIDE_CNAME - {"CNAME"})
    if "CNAME" in planned and others:
        yield (
            f"{name.relative} cannot become a CNAME while it has {', '.join(others)}; "
            "remove that first"
        )
    elif "CNAME" in untouched and planned:
        yield (
            f"{name.relative} is a CNAME, so {', '.join(sorted(planned))} cannot stand there; "
            "remove it, or publish at the name it points to"
        )
