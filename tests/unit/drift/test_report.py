"""What a dry run reports is judged: nothing to do is fine, anything to do is named."""

import json
from xml.etree import ElementTree as ET

import pytest

from omi_core.drift.report import DriftReport, judged
from omi_core.language import EN, ZH_TW
from omi_core.reports import writer
from tests.unit.cli.test_schemas import _validate

ONE, OTHER, CONTROL = "smtp.relay.example", "smtp2.relay.example", "@local"
CHANGE = {
    "action": "update",
    "name": "smtp.relay.example.",
    "type": "A",
    "before": [{"ttl": 300, "data": "192.0.2.99"}],
    "after": [{"ttl": 300, "data": "192.0.2.11"}],
}


def step(row: str, name: str, *, changes: bool = False) -> dict[str, object]:
    return {"event": "step", "row": row, "step": name, "changes": changes}


def end(row: str) -> dict[str, object]:
    return {"event": "row", "row": row}


def zone(*changes: object, refusals: tuple[str, ...] = ()) -> dict[str, object]:
    told = {"zone": "relay.example", "changes": [*changes], "refusals": [*refusals]}
    return {"event": "zone", "row": CONTROL, "step": "Publish DNS", **told}


QUIET = [
    *(step(ONE, "Listen"), end(ONE), step(OTHER, "Listen"), end(OTHER)),
    *(zone(), end(CONTROL)),
]


def report(*events: object, is_published: bool = True) -> DriftReport:
    told = json.loads(json.dumps(events))
    return judged(told, [ONE, OTHER], is_published=is_published, seconds=1.5)


def observed(of: DriftReport) -> list[tuple[str, str]]:
    return [(finding.subject, finding.observed.en) for finding in of.findings]


def test_hosts_and_zones_that_are_as_the_inventory_says_are_fine() -> None:
    assert report(*QUIET).exit_code == 0
    assert observed(report(*QUIET)) == []


def test_a_step_that_would_do_something_is_named_with_its_host_and_why() -> None:
    changed = [
        {
            "event": "component",
            "row": ONE,
            "step": "Listen",
            "component": "postfix",
            "reasons": ["/etc/postfix/main.cf differs", "postfix does not serve"],
        },
        step(ONE, "Listen", changes=True),
        end(ONE),
    ]
    made = report(*changed, *QUIET[2:])

    why = "postfix: /etc/postfix/main.cf differs; postfix: postfix does not serve"
    assert (made.exit_code, observed(made)) == (1, [(ONE, why)])


def test_packages_that_are_missing_are_named() -> None:
    lacking = {"event": "packages", "row": ONE, "step": "Install", "missing": ["nftables"]}
    made = report(lacking, step(ONE, "Install", changes=True), end(ONE), *QUIET[2:])

    assert observed(made) == [(ONE, "missing packages: nftables")]


def test_a_step_that_gives_no_reason_is_a_difference_all_the_same() -> None:
    made = report(step(ONE, "Carry keys", changes=True), end(ONE), *QUIET[2:])

    assert made.exit_code == 1
    assert "Carry keys" in made.findings[0].text.en


def test_a_record_is_named_with_what_stands_there_and_what_should() -> None:
    [finding] = report(*QUIET[:4], zone(CHANGE), end(CONTROL)).findings

    assert finding.subject == "smtp.relay.example A"
    assert (finding.observed.en, finding.expected.en) == ("300 192.0.2.99", "300 192.0.2.11")


def test_a_record_that_is_gone_or_may_not_be_published_is_named() -> None:
    gone = {**CHANGE, "before": []}
    made = report(*QUIET[:4], zone(gone, refusals=("a CNAME stands there",)))

    assert observed(made) == [
        ("smtp.relay.example A", "no record"),
        ("relay.example", "a CNAME stands there"),
    ]


@pytest.mark.parametrize(
    "events",
    [[], QUIET[2:], [QUIET[0], *QUIET[2:]], QUIET[:4]],
    ids=["nothing", "a silent relay", "a relay that was cut off", "no zone"],
)
def test_what_nobody_could_look_at_is_never_fine(events: list[object]) -> None:
    assert report(*events).exit_code == 3


def test_a_difference_counts_more_than_what_nobody_saw() -> None:
    assert report(step(OTHER, "Listen", changes=True), end(OTHER), zone()).exit_code == 1


def test_an_inventory_without_dns_service_needs_no_zone() -> None:
    assert report(*QUIET[:4], is_published=False).exit_code == 0


def test_json_is_what_its_schema_says() -> None:
    for made in (report(*QUIET), report(*QUIET[:4], zone(CHANGE)), report()):
        _validate("drift", made.to_json())


@pytest.mark.parametrize("language", [EN, ZH_TW])
def test_junit_counts_differences_as_failures_and_the_unseen_as_errors(language: str) -> None:
    made = report(step(OTHER, "Listen", changes=True), end(OTHER), zone(CHANGE))
    suites = ET.fromstring(writer("junit")(made, language))  # type: ignore[arg-type]

    counts = {name: suites.get(name) for name in ("name", "failures", "errors", "tests")}
    assert counts == {"name": "omi drift", "failures": "2", "errors": "1", "tests": "3"}
