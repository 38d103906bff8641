"""From what should be published and what is, to what must change: pure.

The planner enforces what no claim can talk it out of: records that are nobody's of ours stay in
every set, and names or types that are not ours to write are refused.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from omi_core.dns.claim import Claim
from omi_core.dns.errors import PlanRefusedError
from omi_core.dns.record import Data, Record, RecordSet, canonical
from omi_core.dns.safety import OCTODNS_LIMITS, PlanLimits, refuse_conflicts, refuse_place
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.language import EN, Language
from omi_core.names import Fqdn
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What must stand in one zone."""

    zone: Fqdn
    claims: tuple[Claim, ...]

    def looks_at(self) -> tuple[Fqdn, ...]:
        """Return every name that must be read before planning, in order."""
        return tuple(
            sorted(
                {name for claim in self.claims for name in claim.looks_at(self.zone)},
                key=lambda name: name.text,
            )
        )


class Action(StrEnum):
    """What a change does to a record set."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record set before and after, foreign records included.

    `before` is what a provider must find for the change to be applied (compare-and-set).
    """

    name: Fqdn
    type: str
    before: tuple[Record, ...]
    after: tuple[Record, ...]

    @property
    def action(self) -> Action:
        """What happens to the set as a whole."""
        if not self.before:
            return Action.CREATE
        return Action.UPDATE if self.after else Action.DELETE

    @property
    def removes(self) -> tuple[Record, ...]:
        """The records that go, or whose TTL changes."""
        return tuple(record for record in self.before if record not in self.after)

    @property
    def adds(self) -> tuple[Record, ...]:
        """The records that come, or whose TTL changes."""
        return tuple(record for record in self.after if record not in self.before)

    @property
    def expected(self) -> RecordSet:
        """The set that every server must answer with afterwards."""
        ttl = self.after[0].ttl if self.after else 0
        return RecordSet.of(self.name, self.type, ttl, (record.data for record in self.after))

    def __str__(self) -> str:
        old = _listed(self.removes)
        new = _listed(self.adds)
        arrow = " -> " if old and new else ""
        kept = len(self.before) - len(self.removes)
        beside = f" (beside {kept} kept)" if kept else ""
        return f"{_SIGNS[self.action]} {self.name} {self.type} {old}{arrow}{new}{beside}"


_STOPPED = Text("{why}; nothing of this zone is applied")
_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes to one zone, in order, and what may not be changed (`refusals`).

    The set of a refusal is not among the changes, which may be applied without it. Where there are
    `stops`, refusals that are of the whole, nothing of the zone may be. `is_unread` says that the
    zone could not be read at all.
    """

    zone: Fqdn
    changes: tuple[Change, ...]
    refusals: tuple[Text, ...] = ()
    stops: tuple[Text, ...] = ()
    is_unread: bool = False

    def __bool__(self) -> bool:
        return bool(self.changes or self.refusals)

    @classmethod
    def unread(cls, zone: Fqdn, why: Text) -> "Plan":
        """Return the plan of a zone of which nobody knows what it holds."""
        return cls(zone=zone, changes=(), refusals=(why,), stops=(why,), is_unread=True)

    @property
    def appliable(self) -> tuple[Change, ...]:
        """The changes that may be made; none where the whole is refused."""
        return () if self.stops else self.changes

    def lines(self, language: Language = EN) -> tuple[str, ...]:
        """Return one line for each change and each refusal."""
        refused = (
            _STOPPED.format(why=each) if each in self.stops else each for each in self.refusals
        )
        return (*map(str, self.changes), *(f"! {each.in_(language)}" for each in refused))

    @property
    def checksum(self) -> str:
        """SHA-256 (hex) over the changes and all they were computed from.

        It differs as soon as anything in a touched set differs, so that a plan which somebody
        read is the one that is applied.
        """
        body = json.dumps(self._body(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    def to_json(self) -> str:
        """Return the plan as one JSON object: zone, checksum, changes, refusals, stopped."""
        return json.dumps({**self._body(), "checksum": self.checksum}, indent=2)

    def raise_if_unsafe(self) -> None:
        """Raise PlanRefusedError, with every reason, unless all that was wanted may be done."""
        if self.refusals:
            raise PlanRefusedError(self.zone, self.refusals)

    def _body(self) -> dict[str, object]:
        return {
            "zone": self.zone.text,
            "changes": [_change_body(change) for change in self.changes],
            "refusals": [each.en for each in self.refusals],
            "stopped": bool(self.stops),
        }


def plan(desired: Publication, observed: Zone, limits: PlanLimits = OCTODNS_LIMITS) -> Plan:
    """Return what must change in `observed` so that every claim of `desired` holds.

    Never raises for what it finds: what may not be done is in the plan's `refusals`, and the
    set it concerns is left out of the changes. What concerns several sets, a CNAME that would not
    be alone or a share that is too large, stops the whole.
    """
    sets = _by_set(desired.claims)
    outcomes = [_judge(each, observed) for each in sets if not _is_default(each)]
    left = _with_changes(observed, outcomes)
    outcomes += [_judge(each, left) for each in sets if _is_default(each)]
    changes = tuple(_in_order(outcome for outcome in outcomes if isinstance(outcome, Change)))
    changed = tuple(change for change in changes if change.before != change.after)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Text)]
    stops = refuse_conflicts(observed, {(c.name, c.type): c.after for c in changes})
    stops += limits.refuse(
        existing=sum(1 for change in changes if change.before),
        updated=sum(1 for change in changed if change.action is Action.UPDATE),
        deleted=sum(1 for change in changed if change.action is Action.DELETE),
    )
    return Plan(
        zone=desired.zone, changes=changed, refusals=(*refusals, *stops), stops=tuple(stops)
    )


def _is_default(claims: Iterable[Claim]) -> bool:
    return any(claim.is_default for claim in claims)


def _with_changes(zone: Zone, outcomes: Iterable[Change | Text | None]) -> Zone:
    changes = [each for each in outcomes if isinstance(each, Change) and each.before != each.after]
    if not changes:
        return zone
    touched = {(change.name, change.type) for change in changes}
    kept = (record for record in zone.records if (record.name, record.type) not in touched)
    return replace(zone, records=(*kept, *(r for change in changes for r in change.after)))


def _by_set(claims: Iterable[Claim]) -> list[list[Claim]]:
    sets: dict[tuple[Fqdn, str], list[Claim]] = {}
    for claim in claims:
        together = sets.setdefault((claim.name, claim.type), [])
        if claim not in together:
            together.append(claim)
    return list(sets.values())


def _judge(claims: list[Claim], zone: Zone) -> Change | Text | None:
    """Return the change of one set (maybe none at all), or why there can be none."""
    name, kind = claims[0].name, claims[0].type
    if refusal := refuse_place(name, kind, zone):
        return refusal
    if unread := [seen for c in claims for seen in c.looks_at(zone.name) if not zone.knows(seen)]:
        return Text("{name} was not read from the server").format(name=unread[0].relative)
    if len(claims) > 1 and any(claim.exclusive for claim in claims):
        where = f"{name.relative} {kind}"
        return Text("{where} is claimed twice, with different content").format(where=where)
    valid = [claim for claim in claims if not claim.yields_to(zone)]
    try:
        return _change(valid, zone) if valid else None
    except InputError as error:
        return error.text


def _change(claims: list[Claim], zone: Zone) -> Change:
    name, kind = claims[0].name, claims[0].type
    before = in_canonical_order(zone.set(name, kind))
    after = before
    for claim in claims:
        after = _with_claim(claim, after, zone)
    return Change(name=name, type=kind, before=before, after=in_canonical_order(after))


def _with_claim(claim: Claim, published: tuple[Record, ...], zone: Zone) -> tuple[Record, ...]:
    owned = tuple(record for record in published if claim.owns(record))
    foreign = tuple(record for record in published if not claim.owns(record))
    shared = published if foreign or not claim.exclusive else ()
    # A set has one TTL (RFC 2181 5.2): ours would change that of somebody else's record.
    # Where a service lets the records of a set differ in it, ours keeps its own.
    ttl = (*owned, *shared)[0].ttl if shared else claim.ttl
    theirs = {record.data for record in foreign}
    values = [value for value in canonical(claim.wanted(owned, zone)) if value not in theirs]
    return (*foreign, *(_record(claim, value, ttl, owned) for value in values))


def _record(claim: Claim, value: Data, ttl: int, owned: tuple[Record, ...]) -> Record:
    wanted = Record(name=claim.name, type=claim.type, ttl=ttl, data=value)
    # An equal record keeps what the provider needs to find it.
    return next((record for record in owned if record == wanted), wanted)


def _in_order(changes: Iterable[Change]) -> Iterator[Change]:
    """Put deletes first: what goes must not stand in the way of what comes at the same name."""
    order = {Action.DELETE: 0, Action.UPDATE: 1, Action.CREATE: 2}
    return iter(sorted(changes, key=lambda c: (order[c.action], c.name.text, c.type)))


def in_canonical_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records of a set in the order that a plan's checksum needs."""
    together = tuple(records)
    if len(together) < 2:  # noqa: PLR2004 - most sets, and the text of a key is long
        return together
    return tuple(sorted(together, key=lambda record: (str(record.data), record.ttl)))


def _listed(records: tuple[Record, ...]) -> str:
    if not records:
        return ""
    return f"{records[0].ttl} " + ", ".join(str(record.data) for record in records)


def _change_body(change: Change) -> dict[str, object]:
    return {
        "action": change.action.value,
        "name": change.name.text,
        "type": str(change.type),
        "before": [_record_body(record) for record in change.before],
        "after": [_record_body(record) for record in change.after],
    }


def _record_body(record: Record) -> dict[str, object]:
    return {"ttl": record.ttl, "data": str(record.data)}
