"""One key a sender domain, the same on every relay, and none ever replaced by a new one."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.dkim.selectors import all_selectors
from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import (
    DkimKeys,
    HostKey,
    HostKeys,
    KeyName,
    domains_without_keys,
    missing_keys,
    signing_selectors,
    wanted_keys,
)
from omi_core.relay.dkim.scripts import to_make, to_read
from tests.unit.inventory.test_model import customer, environment

SHOP = KeyName(Fqdn.parse("shop.example"), "omi1")
NEWS = KeyName(Fqdn.parse("news.example"), "omi1")
K1 = HostKey(digest="1", public=b"1")
K2 = HostKey(digest="2", public=b"2")
A_AND_B = ("a", "b")


@pytest.mark.parametrize(
    ("held", "running", "make", "fetch"),
    [
        # Nobody has it: the first of the run makes it, the others fetch it there.
        ({"a": {}, "b": {}}, A_AND_B, {"a": (SHOP,)}, {"b": {"a": (SHOP,)}}),
        # The first is not of this run, and was asked: it has none, so the second makes it.
        ({"a": {}, "b": {}}, ("b",), {"b": (SHOP,)}, {}),
        # One has it: the other fetches it, whichever comes first in the inventory.
        ({"a": {SHOP.stem: K1}, "b": {}}, A_AND_B, {}, {"b": {"a": (SHOP,)}}),
        ({"a": {}, "b": {SHOP.stem: K1}}, A_AND_B, {}, {"a": {"b": (SHOP,)}}),
        # Both have it.
        ({"a": {SHOP.stem: K1}, "b": {SHOP.stem: K1}}, A_AND_B, {}, {}),
        # They disagree: the first is right.
        ({"a": {SHOP.stem: K1}, "b": {SHOP.stem: K2}}, A_AND_B, {}, {"b": {"a": (SHOP,)}}),
        # One that was not asked decides nothing.
        ({"b": {SHOP.stem: K1}}, ("b",), {}, {}),
    ],
)
def test_who_makes_a_key_and_who_fetches_it_where(
    held: dict[str, HostKeys],
    running: tuple[str, ...],
    make: dict[str, tuple[KeyName, ...]],
    fetch: dict[str, dict[str, tuple[KeyName, ...]]],
) -> None:
    for target in running:
        lack = missing_keys(target, (SHOP,), A_AND_B, held, running)
        assert lack.make == make.get(target, ())
        assert lack.fetch == fetch.get(target, {})
        assert lack.guard == ()


def test_a_key_that_others_may_read_is_guarded_and_not_replaced() -> None:
    loose = replace(K1, guarded=False)
    lack = missing_keys(
        "b", (SHOP,), A_AND_B, {"a": {SHOP.stem: K1}, "b": {SHOP.stem: loose}}, A_AND_B
    )
    assert (lack.make, lack.guard, lack.fetch) == ((), (SHOP,), {})


def test_a_domain_with_a_key_in_either_slot_is_not_looked_for_elsewhere() -> None:
    """Otherwise a relay outside the run would be asked each time after a rotation."""
    both = environment(customers=(customer("shop.example", "news.example"),))
    later = [KeyName(domain, "omi2").stem for domain in (SHOP.domain, both.operator_zone)]
    assert domains_without_keys(both, {"a": dict.fromkeys(later, K1), "b": {}}) == (NEWS.domain,)
    assert domains_without_keys(both, {"a": dict.fromkeys(later, K1), "b": {NEWS.stem: K2}}) == ()


def test_every_domain_that_signs_has_a_key_for_each_signing_selector() -> None:
    rsa = environment(customers=(customer("b.example", "a.example"),))
    both = environment(customers=(customer("a.example"),), ed25519=True)
    assert [key.stem for key in wanted_keys(rsa)] == [
        "a.example.omi1",
        "b.example.omi1",
        "itpison.com.omi1",
    ]
    assert [(key.stem, key.algorithm) for key in wanted_keys(both)] == [
        ("a.example.omi1", "RSA"),
        ("a.example.omi1e", "ED25519"),
        ("itpison.com.omi1", "RSA"),
        ("itpison.com.omi1e", "ED25519"),
    ]
    assert signing_selectors(both) == ("omi1", "omi1e")
    assert set(signing_selectors(both)) < set(all_selectors(both))


HOSTS = ("a", "b", "c", "d")
KEYS = tuple(KeyName(Fqdn.parse(f"{name}.example"), "omi1") for name in ("x", "y", "z"))


@given(
    initial=st.fixed_dictionaries(
        {
            name: st.dictionaries(
                st.sampled_from([key.stem for key in KEYS]),
                st.sampled_from([HostKey(digest=str(n), public=b"%d" % n) for n in range(3)]),
            )
            for name in HOSTS
        }
    ),
    order=st.permutations(HOSTS),
    running=st.sets(st.sampled_from(HOSTS), min_size=1),
    reachable=st.sets(st.sampled_from(HOSTS)),
    schedule=st.randoms(use_true_random=False),
)
def test_after_a_run_every_relay_of_it_holds_the_same_keys_and_no_right_key_was_replaced(
    initial: dict[str, HostKeys],
    order: tuple[str, ...],
    running: set[str],
    reachable: set[str],
    schedule: Random,
) -> None:
    """Play made and carried on any distribution of keys, in any order of hosts."""
    everywhere = {name: dict(keys) for name, keys in initial.items()}
    held = {name: dict(everywhere[name]) for name in running}
    if not all(any(key.stem in keys for keys in held.values()) for key in KEYS):
        if not set(HOSTS) <= running | reachable:
            return  # a relay that cannot be asked: the run refuses, and makes nothing
        held |= {name: dict(everywhere[name]) for name in HOSTS}
    right = {key: first_of(order, held, key) for key in KEYS}
    hosts = sorted(running)
    schedule.shuffle(hosts)
    for name in hosts:
        for key in missing_keys(name, KEYS, order, held, running).make:
            assert not any(key.stem in keys for keys in everywhere.values())
            everywhere[name][key.stem] = HostKey(digest=f"new on {name}", public=b"new")
        held[name] = dict(everywhere[name])
    schedule.shuffle(hosts)
    for name in hosts:
        for source, keys in missing_keys(name, KEYS, order, held, running).fetch.items():
            everywhere[name] |= {key.stem: everywhere[source][key.stem] for key in keys}
        held[name] = dict(everywhere[name])
    for key in KEYS:
        (one,) = {everywhere[name][key.stem] for name in running}
        assert right[key] in (None, one)


def first_of(order: tuple[str, ...], held: dict[str, dict[str, HostKey]], key: KeyName) -> object:
    """The key of the first relay that holds it, which is right about it."""
    return next((held[name][key.stem] for name in order if key.stem in held.get(name, {})), None)


DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("output", "keys"),
    [
        ([], {}),
        (
            [f"{DIGEST}  ./shop.example.omi1.key", f"shop.example.omi1 {DIGEST} QUJD"],
            {"shop.example.omi1": HostKey(digest=DIGEST, public=b"ABC")},
        ),
        # Whose two files disagree, or one of which is missing, is not a key.
        ([f"{DIGEST}  ./shop.example.omi1.key", f"shop.example.omi1 {'cd' * 32} QUJD"], {}),
        ([f"{DIGEST}  ./shop.example.omi1.key"], {}),
        ([f"shop.example.omi1 {DIGEST} QUJD"], {}),
        ([f"{DIGEST}  ./shop.example.omi1.key", f"shop.example.omi1 {DIGEST} ???"], {}),
        ([f"{DIGEST}  ./shop.example.omi1.key", f"shop.example.omi1 {DIGEST}"], {}),
        # What a login shell says.
        (["", "Welcome to smtp", "3 updates available", "Debian GNU/Linux", "!"], {}),
    ],
)
def test_only_a_whole_key_is_seen(output: list[str], keys: dict[str, HostKey]) -> None:
    assert DkimKeys().process(output) == keys


def test_a_key_that_others_may_read_is_seen_as_that() -> None:
    output = [f"{DIGEST}  ./a.omi1.key", f"a.omi1 {DIGEST} QUJD", "./a.omi1.key"]
    assert not DkimKeys().process(output)["a.omi1"].guarded
    assert DkimKeys().process(output[:2])["a.omi1"].guarded


@given(st.lists(st.text(max_size=40)))
def test_any_output_is_read_without_a_crash(output: list[str]) -> None:
    DkimKeys().process(output)


def test_what_is_handed_over_is_never_empty_for_pyinfra_would_leave_it_open() -> None:
    assert to_make(()).strip() == ""
    assert to_make(()) != ""
    assert to_make((SHOP,)) == "shop.example.omi1 RSA -pkeyopt rsa_keygen_bits:2048\n"
    assert to_read((SHOP,)) == "shop.example.omi1.key\nshop.example.omi1.pub\n"
