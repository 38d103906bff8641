"""What a list's answers mean for an address, whatever the list does."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.mailauth.questions import Answer, Question, run
from omi_core.reputation.blocklists import LISTS, lists_named
from omi_core.reputation.listing import Standing, listed, name_of, understood
from tests.unit.reputation.world import TESTED, V4, V6, World, reverse, right

Checks = Callable[..., dict[tuple[str, str], dict[str, Any]]]

ZEN = LISTS[0]
BRBL = LISTS[1]
SPAMHAUS, BARRACUDA = "block-list-spamhaus-zen", "block-list-barracuda"


def test_an_address_is_asked_for_by_the_name_that_the_rfc_has() -> None:
    """The examples of RFC 5782 2.1 and 2.4."""
    assert name_of(IPv4Address("192.0.2.99"), "bad.example.com") == "99.2.0.192.bad.example.com"
    assert name_of(IPv6Address("2001:db8:1:2:3:4:567:89ab"), "ugly.example.com") == (
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com"
    )


def test_where_all_is_right_every_check_passes(checks: Checks) -> None:
    found = checks()

    assert {each["status"] for (address, _), each in found.items() if address == V4} == {"passed"}
    assert found[V6, SPAMHAUS]["status"] == "passed"
    assert found[V6, BARRACUDA]["status"] == "skipped"


def test_a_listed_address_is_told_with_what_it_means_and_where_to_be_removed(
    there: World, checks: Checks
) -> None:
    there.enter(ZEN.zone, V6, "127.0.0.3")

    found = checks()

    told = found[V6, SPAMHAUS]["finding"]
    assert (told["severity"], told["observed"]["en"]) == ("error", "127.0.0.3")
    assert "CSS" in told["text"]["en"]
    assert "https://check.spamhaus.org/" in told["remedy"]["zh-TW"]
    assert found[V4, SPAMHAUS]["status"] == "passed"


@pytest.mark.parametrize("code", ["127.255.255.252", "127.255.255.254", "127.255.255.255"])
def test_a_refusal_to_answer_is_neither_listed_nor_clean(
    there: World, checks: Checks, code: str
) -> None:
    there.lists[ZEN.zone] = lambda _: (code,)

    found = checks()

    assert found[V4, SPAMHAUS]["status"] == "unknown"
    assert found[V4, SPAMHAUS]["note"]["en"] == ZEN.refusals[code].en
    assert found[V4, BARRACUDA]["status"] == "passed"


def test_a_refusal_that_begins_after_the_test_points_is_understood_too(
    there: World, checks: Checks
) -> None:
    there.enter(ZEN.zone, V4, "127.255.255.255")

    assert checks()[V4, SPAMHAUS]["status"] == "unknown"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (lambda _: ("127.0.0.2",), "lists 127.0.0.1"),
        (lambda _: (), "does not list 127.0.0.2"),
        (lambda _: ("203.0.113.7",), "outside of 127.0.0.0/8"),
        (lambda _: ("127.0.0.99",), "does not explain"),
        (lambda _: tuple(f"127.0.{n // 250}.{n % 250}" for n in range(4000)), "4000 answers"),
        (lambda _: int(dns.rcode.SERVFAIL), "SERVFAIL"),
        (lambda _: int(dns.rcode.REFUSED), "REFUSED"),
        (lambda _: b"\0\1\2", "silent"),
    ],
    ids=["everything", "nothing", "elsewhere", "unexplained", "many", "fails", "refuses", "junk"],
)
def test_a_list_that_fails_its_test_points_could_not_be_asked(
    there: World, checks: Checks, said: Any, why: str
) -> None:
    there.lists[BRBL.zone] = said

    found = checks()

    assert found[V4, BARRACUDA]["status"] == "unknown"
    assert why in found[V4, BARRACUDA]["note"]["en"]
    assert found[V4, SPAMHAUS]["status"] == "passed"


def test_a_list_that_lists_every_ipv6_address_is_not_believed_there_alone(
    there: World, checks: Checks
) -> None:
    there.lists[ZEN.zone] = lambda name: ("127.0.0.3",) if len(name) == 63 else right(name)

    found = checks()

    assert found[V6, SPAMHAUS]["status"] == "unknown"
    assert "::ffff:" in found[V6, SPAMHAUS]["note"]["en"]
    assert found[V4, SPAMHAUS]["status"] == "passed"


def test_a_silent_list_costs_no_other_its_result(there: World, checks: Checks) -> None:
    there.lists[BRBL.zone] = lambda _: b""

    found = checks("--timeout", "0.3")

    assert found[V4, BARRACUDA]["note"]["en"] == "there was no answer within 0.3 s"
    unseen = [key for key, each in found.items() if each["status"] == "unknown"]
    assert unseen == [(V4, BARRACUDA)]


def test_the_test_points_are_asked_once_however_many_addresses_there_are(
    there: World, checks: Checks
) -> None:
    checks()

    asked = there.asked(ZEN.zone)
    assert asked.count(f"{reverse('127.0.0.2')}.{ZEN.zone}") == 1
    assert len(asked) == 5  # three points, and two addresses


def test_only_the_lists_that_are_named_are_asked(there: World, checks: Checks) -> None:
    found = checks("--list", "psbl")

    assert next(check for address, check in found if address == V4) == "block-list-psbl"
    assert there.asked(ZEN.zone) == []


def test_a_list_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="spamhaus-zen, barracuda"):
        lists_named(("sorbs",))


IPV4 = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))
LOOPBACK = st.integers(0x7F000000, 0x7FFFFFFF).map(lambda number: str(IPv4Address(number)))
CODES = st.lists(IPV4 | LOOPBACK | st.sampled_from(sorted({*ZEN.codes, *ZEN.refusals})))


@given(codes=CODES)
def test_whatever_a_list_answers_only_codes_of_its_own_are_an_entry(codes: list[str]) -> None:
    listing = understood(ZEN, Answer(tuple(codes)))

    if listing.standing is Standing.LISTED:
        assert set(codes) & set(ZEN.codes)
        assert not set(codes) & set(ZEN.refusals)
        assert all(code.startswith("127.") for code in codes)
    else:
        assert (listing.standing is Standing.CLEAN) == (codes == [])


@given(wild=CODES.filter(bool))
def test_a_list_that_says_the_same_of_everything_never_lists_anybody(wild: list[str]) -> None:
    def ask(_: Question) -> Answer:
        return Answer(tuple(wild))

    assert run(listed(ZEN, IPv4Address(V4)), ask).standing is Standing.UNSEEN


@pytest.mark.parametrize("each", LISTS, ids=lambda each: each.key)
def test_no_list_takes_its_refusal_for_an_entry(each: Any) -> None:
    assert set(TESTED) <= set(each.codes)
    assert not set(each.codes) & set(each.refusals)
