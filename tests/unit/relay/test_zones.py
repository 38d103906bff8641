"""What a deploy publishes where a customer's record is refused: all others, and then it fails."""

from types import SimpleNamespace
from typing import cast

import pytest
from pyinfra.api.command import FunctionCommand

from omi_core.dns.plan import Change, Plan
from omi_core.dns.record import Opaque, Record
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.inventory.model import Environment
from omi_core.names import Fqdn
from omi_core.relay import zones
from omi_core.text import Text
from tests.unseen import HOSTILE, unseen

RELAY, SHOP, ROSE = (Fqdn.parse(f"{each}.example") for each in ("relay", "shop", "rose"))
WHY = Text("ip4:203.0.113.7~all: a space is missing before ~all")


def plan_of(zone: Fqdn, *refusals: Text, stops: tuple[Text, ...] = ()) -> Plan:
    record = Record(name=zone, type="TXT", ttl=60, data=Txt.of("x"))
    change = Change(name=zone, type="TXT", before=(), after=(record,))
    return Plan(zone=zone, changes=(change,), refusals=(*refusals, *stops), stops=stops)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    row = SimpleNamespace(log=lines.append, noop=lines.append, data={})
    monkeypatch.setattr(zones, "host", row)
    monkeypatch.setattr(zones, "_provider", lambda _: SimpleNamespace(zones=lambda: ()))
    monkeypatch.setattr(zones, "_operator", lambda _: SimpleNamespace(zone=RELAY))
    monkeypatch.setattr(zones, "operators_zone", lambda *_: RELAY)
    monkeypatch.setattr(zones, "_require_shown", lambda _: None)
    return lines


def commands(monkeypatch: pytest.MonkeyPatch, *made: Plan) -> list[str]:
    """The zones that are applied, and the sentence that the row fails with, in order."""
    monkeypatch.setattr(zones, "_plans", lambda *_: list(made))
    found: list[str] = []
    for each in zones.published(cast("Environment", None), None):
        assert isinstance(each, FunctionCommand)
        is_applied = each.function is zones._apply
        found.append(each.args[1].zone.relative if is_applied else each.args[0])
    return found


def test_a_refused_record_fails_the_row_after_all_others_are_published(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (plan_of(ROSE), plan_of(RELAY), plan_of(SHOP, WHY))
    *applied, last = commands(monkeypatch, *made)
    assert applied == ["relay.example", "rose.example", "shop.example"]
    assert last == f"shop.example: {WHY}"
    assert f"! {WHY}" in said


def test_a_zone_that_is_stopped_stops_no_other(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (plan_of(RELAY), plan_of(ROSE, stops=(WHY,)), plan_of(SHOP))
    assert commands(monkeypatch, *made)[:-1] == ["relay.example", "shop.example"]
    assert f"! {WHY}; nothing of this zone is applied" in said


def test_a_refusal_in_the_operators_zone_stops_the_run(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"relay\.example"):
        commands(monkeypatch, plan_of(RELAY, stops=(WHY,)), plan_of(SHOP))
    assert said == []


def test_where_nothing_is_refused_nothing_fails(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commands(monkeypatch, plan_of(RELAY), plan_of(SHOP)) == ["relay.example", "shop.example"]
    assert commands(monkeypatch, Plan(zone=RELAY, changes=())) == []
    assert said[-1] == "every zone is as it should be"


def test_what_stands_in_a_zone_is_printable_in_every_line_of_a_run(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service gives names, data and reasons as its users typed them."""
    foreign = Record(
        name=Fqdn(f"{HOSTILE}\n.shop.example."), type="X", ttl=60, data=Opaque(HOSTILE)
    )
    change = Change(name=foreign.name, type="X", before=(foreign,), after=())
    why = Text("the record {record} is refused").format(record=f"{HOSTILE}\nforged")
    made = Plan(zone=SHOP, changes=(change,), refusals=(why,))
    *_, last = commands(monkeypatch, plan_of(RELAY), made)
    assert unseen("".join((*said, last))) == ""
    assert len([each for each in said if r"\x1b]0;owned\x07" in each]) == 2
