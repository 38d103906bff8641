"""What a plan may never do, and how much it may do at once: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from omi_core.dns.record import Record, Type
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn
from omi_core.text import Text

# RFC 4034 3, 4 and RFC 5155 3: the signer's own records may stand beside a CNAME
_BESIDE_CNAME = frozenset({"RRSIG", "NSEC", "NSEC3"})
_UPDATES = Text(
    "the plan would update {count} of our {existing} record sets, more than {share} at once; look"
    " at it and raise the limit if it is meant"
)
_DELETES = Text(
    "the plan would delete {count} of our {existing} record sets, more than {share} at once; look"
    " at it and raise the limit if it is meant"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """How much of what is ours in a zone one plan may update or delete.

    `updates` and `deletes` are shares from 0 to 1 of our existing sets; below `least` sets the
    shares mean nothing and are not applied.
    """

    updates: float
    deletes: float
    least: int

    def refuse(self, *, existing: int, updated: int, deleted: int) -> list[Text]:
        """Return a sentence for each share that is exceeded; all counts are record sets."""
        if existing < self.least:
            return []
        counts = ((_UPDATES, updated, self.updates), (_DELETES, deleted, self.deletes))
        return [
            words.format(count=count, existing=existing, share=f"{share:.0%}")
            for words, count, share in counts
            if count > share * existing
        ]


# The thresholds that octoDNS has used for years, counted over what is ours and not the whole
# zone: in a customer's zone of thousands of records they would never be reached.
OCTODNS_LIMITS = PlanLimits(updates=0.3, deletes=0.3, least=10)
# Half of a domain's keys go at the end of each rotation, which is meant.
ROTATION_LIMITS = PlanLimits(updates=0.3, deletes=0.6, least=10)
NO_LIMITS = PlanLimits(updates=1, deletes=1, least=0)


def refuse_place(name: Fqdn, kind: str, zone: Zone) -> Text | None:
    """Return why nothing of this type may be written at this name, if so."""
    if kind not in set(Type):
        return Text("{name} {kind} is a type that is never written").format(
            name=name.relative, kind=kind
        )
    if not name.within(zone.name):
        return Text("{name} is not in the zone {zone}").format(
            name=name.relative, zone=zone.name.relative
        )
    if cut := zone.delegated_at(name):
        return Text("{name} belongs to another zone, which begins at {cut}").format(
            name=name.relative, cut=cut.relative
        )
    return None


def refuse_conflicts(
    observed: Zone, outcome: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
) -> list[Text]:
    """Return a sentence for each CNAME that would not be alone at its name (RFC 1034 3.6.2).

    `outcome` holds the record sets as the plan would leave them. A server drops the second
    record of such a pair without a word (RFC 2136 3.4.2.2), so it has to be seen here.
    """
    planned: dict[Fqdn, set[str]] = {}
    for (name, kind), records in outcome.items():
        if records:
            planned.setdefault(name, set()).add(kind)
    return [
        sentence
        for name in sorted(planned, key=lambda name: name.text)
        for sentence in _conflict(name, planned[name], _untouched(name, observed, outcome))
    ]


def _untouched(
    name: Fqdn, observed: Zone, outcome: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
) -> set[str]:
    return {record.type for record in observed.at(name) if (name, record.type) not in outcome}


def _conflict(name: Fqdn, planned: set[str], untouched: set[str]) -> Iterator[Text]:
    others = sorted((untouched | planned) - _BESIDE_CNAME - {"CNAME"})
    if "CNAME" in planned and others:
        yield (
            Text("{name} cannot become a CNAME while it has {others}; remove that first").format(
                name=name.relative, others=", ".join(others)
            )
        )
    elif "CNAME" in untouched and planned:
        yield (
            Text(
                "{name} is a CNAME, so {planned} cannot stand there; remove it, or "
                "publish at the name it points to"
            ).format(name=name.relative, planned=", ".join(sorted(planned)))
        )
