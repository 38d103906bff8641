"""What a dry run reported becomes a report: a section a host or a zone, a result a step; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from omi_core.drift import texts
from omi_core.findings.finding import Finding
from omi_core.findings.verdict import Check, CheckResult, Judged, found, passed, unknown
from omi_core.text import COMMA, SEMICOLON, Text

Event = Mapping[str, object]

_UNSEEN = Check(id="seen", title=Text("Access to the host, or to the zones"))
_RECORDS = Check(id="records", title=Text("The records that a deploy publishes"))
_DNS = "DNS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPlace(Judged):
    """A host or a zone, and what was seen of it."""

    name: str
    results: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport(Judged):
    """All hosts and zones of an inventory; `seconds` is how long looking took."""

    places: tuple[ComparedPlace, ...]
    seconds: float = 0.0

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The results of all places."""
        return tuple(result for place in self.places for result in place.results)

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/drift.json."""
        return {
            "places": [
                {
                    "name": place.name,
                    "status": place.status.value,
                    "checks": [result.to_json() for result in place.results],
                }
                for place in self.places
            ],
            "findings": [finding.to_json() for finding in self.findings],
            "exit_code": self.exit_code,
        }


def judged(
    events: Iterable[Event], relays: Sequence[str], *, is_published: bool, seconds: float
) -> DriftReport:
    """Return the report on `relays`, and on DNS where the inventory has a service for it.

    A relay whose row did not come to its end was not looked at, whatever it reported before.
    """
    told = tuple(events)
    seen = {str(event["row"]) for event in told if event["event"] == "row"}
    hosts = (_host(name, told) if name in seen else _unseen(name) for name in relays)
    zones = tuple(_zones(told)) if is_published else ()
    if is_published and not zones:
        zones = (_unseen(_DNS, texts.NO_DNS),)
    return DriftReport(places=(*hosts, *zones), seconds=seconds)


def _unseen(name: str, why: Text = texts.NOT_SEEN) -> ComparedPlace:
    return ComparedPlace(name=name, results=(CheckResult(check=_UNSEEN, verdict=unknown(why)),))


def _host(name: str, told: Sequence[Event]) -> ComparedPlace:
    mine = [event for event in told if event["row"] == name]
    steps = [event for event in mine if event["event"] == "step"]
    return ComparedPlace(name=name, results=tuple(_step(name, step, mine) for step in steps))


def _step(host: str, step: Event, mine: Sequence[Event]) -> CheckResult:
    title = str(step["step"])
    check = Check(id="step", title=Text.plain(title))
    if not step["changes"]:
        return CheckResult(check=check, verdict=passed())
    why = [reason for event in mine if event.get("step") == title for reason in _reasons(event)]
    finding = texts.HOST.of(
        host, step=title, reasons=Text.joined(why or [texts.UNEXPLAINED], SEMICOLON)
    )
    return CheckResult(check=check, verdict=found(finding))


def _reasons(event: Event) -> Iterator[Text]:
    match event:
        case {"event": "component", "component": str(name), "reasons": [*reasons]}:
            yield from (Text.plain("{name}: {why}").format(name=name, why=str(w)) for w in reasons)
        case {"event": "packages", "missing": [*names]}:
            yield texts.MISSING.format(names=", ".join(map(str, names)))


def _zones(told: Iterable[Event]) -> Iterator[ComparedPlace]:
    for event in told:
        match event:
            case {"event": "zone", "zone": str(zone), "changes": [*changes], "refusals": [*whys]}:
                findings = [
                    *map(_record, changes),
                    *(texts.REFUSED.of(zone, zone=zone, why=str(why)) for why in whys),
                ]
                verdicts = [found(finding) for finding in findings] or [passed()]
                results = (CheckResult(check=_RECORDS, verdict=verdict) for verdict in verdicts)
                yield ComparedPlace(name=zone, results=tuple(results))


def _record(change: object) -> Finding:
    match change:
        case {"name": str(name), "type": str(kind), "before": [*before], "after": [*after]}:
            record = f"{name.rstrip('.')} {kind}"
            return texts.RECORD.of(record, before=_records(before), after=_records(after))
    raise ValueError("a change is not as dns/plan.py writes it")


def _records(written: Sequence[object]) -> Text:
    one = Text.plain("{ttl} {data}")
    records = [
        one.format(ttl=int(str(record["ttl"])), data=str(record["data"]))
        for record in written
        if isinstance(record, Mapping)
    ]
    return Text.joined(records or [texts.NO_RECORD], COMMA)
