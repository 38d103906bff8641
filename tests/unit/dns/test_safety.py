"""What no plan may do, and how much it may do at once."""

import pytest

from omi_core.dns.record import Opaque, Record
from omi_core.dns.safety import (
    NO_LIMITS,
    OCTODNS_LIMITS,
    ROTATION_LIMITS,
    PlanLimits,
    refuse_conflicts,
    refuse_place,
)
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
WWW = SHOP.child("www")


def record(name: Fqdn, kind: str) -> Record:
    return Record(name=name, type=kind, ttl=60, data=Opaque("x"))


def zone(*records: Record) -> Zone:
    return Zone.of(SHOP, (record(SHOP, "SOA"), record(SHOP, "NS"), *records))


def refused(limits: PlanLimits, existing: int, updated: int, deleted: int) -> list[str]:
    said = limits.refuse(existing=existing, updated=updated, deleted=deleted)
    return [one.en for one in said]


def test_a_share_may_be_reached_and_not_exceeded() -> None:
    assert refused(OCTODNS_LIMITS, 10, 3, 3) == []
    assert refused(OCTODNS_LIMITS, 10, 4, 0) == [
        (
            "the plan would update 4 of our 10 record sets, more than 30% at once; look at it and"
            " raise the limit if it is meant"
        )
    ]
    assert refused(OCTODNS_LIMITS, 20, 6, 7) == [
        (
            "the plan would delete 7 of our 20 record sets, more than 30% at once; look at it and"
            " raise the limit if it is meant"
        )
    ]
    assert len(refused(OCTODNS_LIMITS, 10, 4, 4)) == 2


def test_of_few_sets_shares_mean_nothing() -> None:
    assert refused(OCTODNS_LIMITS, 9, 9, 9) == []
    assert refused(OCTODNS_LIMITS, 0, 0, 0) == []
    assert len(refused(OCTODNS_LIMITS, 10, 10, 10)) == 2


def test_a_rotation_may_take_half_of_the_keys_away_and_no_more_than_three_fifths() -> None:
    assert refused(ROTATION_LIMITS, 10, 3, 6) == []
    assert "delete 7 of our 10" in refused(ROTATION_LIMITS, 10, 0, 7)[0]
    assert "more than 60%" in refused(ROTATION_LIMITS, 10, 0, 7)[0]
    assert "update 4 of our 10" in refused(ROTATION_LIMITS, 10, 4, 0)[0]
    assert refused(NO_LIMITS, 1, 1, 1) == []


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        (WWW, "TXT", None),
        (SHOP, "TXT", None),
        (WWW, "NS", "www.shop.example NS is a type that is never written"),
        (SHOP, "SOA", "shop.example SOA is a type that is never written"),
        (Fqdn.parse("workshop.example"), "TXT",
         "workshop.example is not in the zone shop.example"),
        (SHOP.child("a.sub"), "TXT",
         "a.sub.shop.example belongs to another zone, which begins at sub.shop.example"),
    ],
)  # fmt: skip
def test_a_place_that_is_not_ours_to_write_is_refused(
    name: Fqdn, kind: str, why: str | None
) -> None:
    found = refuse_place(name, kind, zone(record(SHOP.child("sub"), "NS")))
    assert (found.en if found else None) == why


def conflicts(observed: Zone, **outcome: bool) -> list[str]:
    """Of a plan that leaves sets of these types at www.shop.example, or takes them away."""
    sets = {(WWW, kind): (record(WWW, kind),) if stays else () for kind, stays in outcome.items()}
    return [one.en for one in refuse_conflicts(observed, sets)]


def test_a_cname_stands_alone() -> None:
    others = zone(record(WWW, "A"), record(WWW, "AAAA"))
    assert conflicts(others, CNAME=True) == [
        "www.shop.example cannot become a CNAME while it has A, AAAA; remove that first"
    ]
    assert conflicts(zone(), CNAME=True, TXT=True) == [
        "www.shop.example cannot become a CNAME while it has TXT; remove that first"
    ]
    assert conflicts(zone(record(WWW, "CNAME")), TXT=True, A=True) == [
        (
            "www.shop.example is a CNAME, so A, TXT cannot stand there; remove it, or publish at"
            " the name it points to"
        )
    ]


def test_what_the_plan_takes_away_is_in_nobodys_way() -> None:
    assert conflicts(zone(record(WWW, "A")), CNAME=True, A=False) == []
    assert conflicts(zone(record(WWW, "CNAME")), CNAME=False, TXT=True) == []
    assert conflicts(zone(record(WWW, "CNAME")), TXT=False) == []


def test_what_stands_elsewhere_is_in_nobodys_way() -> None:
    assert conflicts(zone(record(SHOP.child("other"), "A")), CNAME=True) == []
    both = {(WWW, "CNAME"): (record(WWW, "CNAME"),), (SHOP, "TXT"): (record(SHOP, "TXT"),)}
    assert refuse_conflicts(zone(), both) == []


@pytest.mark.parametrize("kind", ["RRSIG", "NSEC", "NSEC3", "CNAME"])
def test_a_cname_may_keep_its_signatures(kind: str) -> None:
    assert conflicts(zone(record(WWW, kind)), CNAME=True) == []


def test_conflicts_are_said_in_the_order_of_names() -> None:
    names = [SHOP.child(one) for one in ("b", "a")]
    observed = zone(*(record(name, "A") for name in names))
    planned = {(name, "CNAME"): (record(name, "CNAME"),) for name in names}
    found = [one.en for one in refuse_conflicts(observed, planned)]
    assert [one.split()[0] for one in found] == ["a.shop.example", "b.shop.example"]
