"""Reverse names, EHLO names and SPF of each address."""

from collections.abc import Callable
from typing import Any

from tests.unit.reputation.world import OURS, V4, V6, World

Checks = Callable[..., dict[tuple[str, str], dict[str, Any]]]


def test_an_address_without_a_reverse_name_is_an_error(there: World, checks: Checks) -> None:
    there.names(V6)

    found = checks()

    assert found[V6, "reverse-name"]["finding"]["id"] == "reverse-name-missing"
    assert found[V6, "forward-confirmed"]["status"] == "skipped"
    assert found[V4, "reverse-name"]["status"] == "passed"


def test_a_reverse_name_that_leads_elsewhere_is_an_error(there: World, checks: Checks) -> None:
    there.publish(OURS + "other A 192.0.2.99\n")
    there.names(V4, "other.relay.example.", "nowhere.relay.example.")

    told = checks()[V4, "forward-confirmed"]["finding"]

    assert told["id"] == "reverse-name-unconfirmed"
    assert told["observed"]["en"] == (
        "nowhere.relay.example has no address, other.relay.example has 192.0.2.99"
    )


def test_a_confirmed_reverse_name_that_is_not_the_relay_s_own_is_a_warning(
    there: World, checks: Checks
) -> None:
    there.publish(OURS + f"other A {V4}\n")
    there.names(V4, "other.relay.example.")

    found = checks()

    assert found[V4, "reverse-name"]["status"] == "warned"
    assert found[V4, "forward-confirmed"]["status"] == "passed"


def test_one_reverse_name_of_several_that_leads_back_is_enough(
    there: World, checks: Checks
) -> None:
    there.names(V4, "nowhere.relay.example.", "smtp.relay.example.")

    assert checks()[V4, "forward-confirmed"]["status"] == "passed"


def test_only_the_first_ten_of_many_reverse_names_are_followed(
    there: World, checks: Checks
) -> None:
    there.names(V4, *(f"h{n}.relay.example." for n in range(200)))

    found = checks()

    assert found[V4, "forward-confirmed"]["status"] == "failed"
    followed = {name for name, _, _ in there.server.asked if name.startswith("h")}
    assert len(followed) == 10


def test_a_reverse_zone_that_nobody_serves_is_not_a_missing_name(
    there: World, checks: Checks
) -> None:
    there.delegate_nowhere("arpa", "25.2.0.192.in-addr.arpa")

    found = checks()

    assert found[V4, "reverse-name"]["status"] == "unknown"
    assert found[V6, "reverse-name"]["status"] == "passed"


def test_the_name_in_ehlo_must_have_the_address(there: World, checks: Checks) -> None:
    there.publish(OURS.replace("smtp A 192.0.2.25", "smtp A 192.0.2.99"))

    found = checks()

    assert found[V4, "ehlo-name"]["finding"]["observed"]["en"] == "192.0.2.99"
    assert found[V6, "ehlo-name"]["status"] == "passed"


def test_spf_that_leaves_out_an_address_is_an_error_of_that_address(
    there: World, checks: Checks
) -> None:
    there.publish(OURS.replace(" ip6:2001:db8::25", ""))

    found = checks()

    assert found[V6, "spf-covers"]["finding"]["observed"]["en"] == "fail -all"
    assert found[V4, "spf-covers"]["status"] == "passed"


def test_two_spf_records_are_an_error_that_says_so(there: World, checks: Checks) -> None:
    there.publish(OURS + '_spf TXT "v=spf1 -all"\n')

    assert "2 SPF records" in checks()[V4, "spf-covers"]["finding"]["observed"]["en"]


def test_where_no_server_answers_nothing_is_said_to_be_missing(
    there: World, checks: Checks
) -> None:
    there.delegate_nowhere("example", "relay.example")

    found = checks()

    for check in ("forward-confirmed", "ehlo-name", "spf-covers"):
        assert found[V4, check]["status"] == "unknown", check
