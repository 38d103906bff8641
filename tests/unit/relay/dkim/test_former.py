"""A domain that is nobody's any more keeps its keys for the days that are promised."""

from dataclasses import replace

from omi_core.names import Fqdn
from omi_core.relay.dkim.former import expired, kept, keys_of, unmarked
from omi_core.relay.dkim.keys import HostKey, KeyName
from tests.unit.inventory.test_model import customer, environment

LEFT = Fqdn.parse("left.example")
SHOP = Fqdn.parse("shop.example")
KEY = HostKey(digest="1", public=b"1")
PLACE = environment(customers=(customer("shop.example"),))
KEEP = PLACE.rotation.keep


def key(domain: Fqdn, slot: str = "omi1") -> str:
    return KeyName(domain, slot).stem


def test_it_is_kept_until_the_days_are_over_since_the_first_relay_noticed() -> None:
    held = {
        "a": {key(LEFT): replace(KEY, gone=1000), key(SHOP): KEY},
        "b": {key(LEFT): KEY},  # was away
    }
    for now, is_kept in ((1000, True), (1000 + KEEP - 1, True), (1000 + KEEP, False)):
        assert kept(PLACE, held, now) == (frozenset({LEFT}) if is_kept else frozenset())
        assert expired(PLACE, held, now) == (frozenset() if is_kept else frozenset({LEFT}))


def test_one_that_nobody_has_noticed_yet_is_kept() -> None:
    held = {"a": {key(LEFT): KEY}}
    assert kept(PLACE, held, 10**10) == {LEFT}
    assert unmarked(PLACE, held, held["a"]) == ([KeyName(LEFT, "omi1")], [])


def test_a_customer_who_comes_back_is_a_customer() -> None:
    held = {"a": {key(SHOP): replace(KEY, gone=1000)}}
    assert kept(PLACE, held, 10**10) == expired(PLACE, held, 10**10) == frozenset()
    assert unmarked(PLACE, held, held["a"]) == ([], [KeyName(SHOP, "omi1")])


def test_all_of_his_keys_go_and_no_other() -> None:
    here = {key(LEFT): KEY, key(LEFT, "omi2e"): KEY, key(SHOP): KEY, "left.example.other": KEY}
    assert keys_of([LEFT], here) == [KeyName(LEFT, "omi1"), KeyName(LEFT, "omi2e")]
