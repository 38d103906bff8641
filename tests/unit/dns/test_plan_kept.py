"""What a plan says of itself, so that the one that somebody read is the one that is applied."""

import hashlib
import json
from dataclasses import replace

import pytest

from omi_core.dns.errors import PlanRefusedError
from omi_core.dns.plan import Plan, in_canonical_order, plan
from omi_core.dns.record import Type
from omi_core.dns.safety import NO_LIMITS
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.language import ZH_TW
from omi_core.text import Text
from tests.unit.dns.test_plan import CNAME, DMARC, SHOP, SPF, record, wanted, whole, zone


@pytest.mark.parametrize("order", [1, -1])
def test_a_shared_and_an_exclusive_claim_on_one_set_contradict_each_other(order: int) -> None:
    claims = (SPF, whole("", Type.TXT, Txt.of("all mine")))[::order]
    observed = zone(record("", "TXT", "v=spf1 mx -all"), record("", "TXT", "verify=1"))
    made = plan(wanted(*claims), observed, NO_LIMITS)
    assert made.changes == ()
    assert [one.en for one in made.refusals] == [
        "shop.example TXT is claimed twice, with different content"
    ]
    assert not made.stops


def test_a_refused_set_does_not_keep_the_others_from_being_published() -> None:
    claims = (SPF, whole("", Type.TXT, Txt.of("all mine")), CNAME)
    made = plan(wanted(*claims), zone())
    assert [change.name for change in made.appliable] == [CNAME.name]
    assert len(made.refusals) == 1


def test_a_zone_that_could_not_be_read_is_refused_as_a_whole() -> None:
    why = Text("the server is silent")
    made = Plan.unread(SHOP, why)
    assert (made.zone, made.changes, made.appliable) == (SHOP, (), ())
    assert (made.refusals, made.stops, made.is_unread) == ((why,), (why,), True)
    assert made.lines() == ("! the server is silent; nothing of this zone is applied",)
    assert bool(made)
    with pytest.raises(PlanRefusedError, match="the server is silent"):
        made.raise_if_unsafe()
    assert not plan(wanted(), zone()).is_unread


def test_a_conflict_stops_all_of_the_zone_and_says_so_in_every_language() -> None:
    observed = zone(record("omi1._domainkey", "TXT", "key"))
    made = plan(wanted(CNAME, SPF), observed)
    assert [change.name for change in made.changes] == [CNAME.name, SHOP]
    assert made.appliable == ()
    [stop] = made.stops
    assert made.refusals == (stop,)
    assert made.lines()[-1].endswith("; nothing of this zone is applied")
    assert made.lines(ZH_TW)[-1].startswith("! omi1._domainkey.shop.example")
    assert made.lines(ZH_TW)[-1] != made.lines()[-1]


def test_as_json_a_plan_says_all_that_was_decided() -> None:
    observed = zone(record("omi1._domainkey", "TXT", "key"))
    stopped, clear = plan(wanted(CNAME), observed), plan(wanted(DMARC), zone())
    body = json.loads(stopped.to_json())
    assert set(body) == {"zone", "changes", "refusals", "stopped", "checksum"}
    assert body["zone"] == "shop.example."
    assert body["stopped"] is True
    assert body["refusals"] == [stopped.refusals[0].en]
    assert stopped.to_json().startswith('{\n  "zone"')
    body = json.loads(clear.to_json())
    assert (body["stopped"], body["refusals"]) == (False, [])
    assert [one["action"] for one in body["changes"]] == ["create"]


def test_what_is_refused_counts_in_the_checksum() -> None:
    refused = plan(wanted(SPF, whole("", Type.TXT)), zone())
    assert refused.changes == ()
    assert refused.checksum != plan(wanted(), zone()).checksum
    assert Plan.unread(SHOP, Text("a")).checksum != Plan.unread(SHOP, Text("b")).checksum
    stops = Plan(zone=SHOP, changes=(), refusals=(Text("a"),))
    assert stops.checksum != Plan.unread(SHOP, Text("a")).checksum
    assert Plan(zone=SHOP, changes=()).checksum != Plan(zone=CNAME.name, changes=()).checksum


def test_the_checksum_is_the_same_in_another_run_and_on_another_machine() -> None:
    """Somebody reads a plan here, and another one applies it there: of these octets it is made."""
    made = plan(wanted(CNAME), zone())
    body = (
        '{"changes":[{"action":"create","after":[{"data":"omi1.shop.example.dkim.itpison.com.",'
        '"ttl":300}],"before":[],"name":"omi1._domainkey.shop.example.","type":"CNAME"}],'
        '"refusals":[],"stopped":false,"zone":"shop.example."}'
    )
    assert made.checksum == hashlib.sha256(body.encode()).hexdigest()


def test_every_name_that_the_claims_look_at_is_read_once_and_in_order() -> None:
    below = whole("b", Type.TXT), whole("a", Type.TXT), whole("b", Type.A)
    names = wanted(*below, SPF, DMARC).looks_at()
    assert names == tuple(sorted({SHOP.child("b"), SHOP.child("a"), SHOP, SHOP.child("_dmarc")}))


def test_the_name_that_was_not_read_is_named() -> None:
    observed = Zone(name=SHOP, records=(), asked=frozenset({SHOP.child("_dmarc.a")}))
    below = type(DMARC)(domain=SHOP.child("a"), ttl=60, record=DMARC.record)
    [refusal] = plan(wanted(below), observed).refusals
    assert refusal.en == "_dmarc.shop.example was not read from the server"


def test_deletes_come_first_then_updates_then_creates_each_by_name_and_type() -> None:
    old, new = Txt.of("old"), Txt.of("new")
    observed = zone(*(record(label, "TXT", "old", 300) for label in ("c", "d", "e", "f")))
    desired = wanted(
        whole("b", Type.TXT, new),
        whole("b", Type.CAA, new),
        whole("a", Type.TXT, new),
        whole("d", Type.TXT, new),
        whole("c", Type.TXT, new),
        whole("f", Type.TXT),
        whole("e", Type.TXT),
        whole("g", Type.TXT, old),
    )
    made = plan(desired, observed, NO_LIMITS)
    assert [(str(one)[0], one.name.text[0], one.type) for one in made.changes] == [
        ("-", "e", "TXT"),
        ("-", "f", "TXT"),
        ("~", "c", "TXT"),
        ("~", "d", "TXT"),
        ("+", "a", "TXT"),
        ("+", "b", "CAA"),
        ("+", "b", "TXT"),
        ("+", "g", "TXT"),
    ]


def test_records_of_a_set_stand_in_the_order_of_their_content_then_of_their_ttl() -> None:
    records = [record("k", "TXT", text, ttl) for text, ttl in (("b", 1), ("a", 2), ("a", 1))]
    ordered = in_canonical_order(records)
    assert [(str(one.data), one.ttl) for one in ordered] == [('"a"', 1), ('"a"', 2), ('"b"', 1)]
    observed = zone(*records)
    assert plan(wanted(whole("k", Type.TXT)), observed, NO_LIMITS).changes[0].before == ordered


def test_several_records_of_a_set_are_listed_in_one_line() -> None:
    made = plan(wanted(whole("k", Type.TXT, Txt.of("a"), Txt.of("b"))), zone())
    assert str(made.changes[0]) == '+ k.shop.example. TXT 300 "a", "b"'


def test_only_what_is_there_counts_for_the_share_that_may_change() -> None:
    old = zone(*(record(f"k{n}", "TXT", "old", 300) for n in range(10)))
    created = [whole(f"n{n}", Type.TXT, Txt.of("new")) for n in range(30)]
    kept = [whole(f"k{n}", Type.TXT, Txt.of("old")) for n in range(4, 10)]
    changed = [whole(f"k{n}", Type.TXT, Txt.of("new")) for n in range(4)]
    made = plan(wanted(*created, *kept, *changed), old)
    assert "update 4 of our 10" in made.stops[0].en
    assert made.appliable == ()
    assert not plan(wanted(*created), old).refusals


def test_a_record_that_stays_is_the_one_that_the_provider_gave() -> None:
    there = replace(record("k", "TXT", "a", 300), handle="7", comment="theirs")
    made = plan(wanted(whole("k", Type.TXT, Txt.of("a"), Txt.of("b"))), zone(there))
    assert {(one.handle, one.comment) for one in made.changes[0].after} == {
        ("7", "theirs"),
        ("", ""),
    }
