"""What an operator may write about receivers, and which recipients are theirs."""

import re
from datetime import date
from typing import Any

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.model import Relay
from omi_core.inventory.parse import parse_relay
from omi_core.inventory.shaping.parse import parse_receiver, parse_warm_up
from omi_core.inventory.shaping.receiver import BUILT_IN, Receiver, WarmUp
from tests.unit.inventory.test_next_hops import environment

WHERE = "inventories/prod.py:15"


def relay(*, shaping: Any, environments: Any) -> Relay:
    made = environment(shaping=environments)
    return parse_relay(
        WHERE, "a.example", ipv4="192.0.2.1", ipv6=None, environment=made, shaping=shaping
    )


def receivers_of(recipient: str) -> list[str]:
    found = (each for each in BUILT_IN if re.search(each.pattern, recipient, re.IGNORECASE))
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("a@outlook.com", "outlook.com"),
        ("a@Hotmail.co.uk", "outlook.com"),
        ("a@hotmail.com.tw", "outlook.com"),
        ("a@live.cn", "outlook.com"),
        ("a@gmail.com", "gmail.com"),
        ("a@ms37.hinet.net", "hinet.net"),
        ("a@hinet.net", "hinet.net"),
    ],
)
def test_recipients_of_large_receivers_are_known(recipient: str, name: str) -> None:
    assert receivers_of(recipient) == [name]


@pytest.mark.parametrize(
    "recipient",
    ["a@notgmail.com", "gmail.com@shop.example", "a@gmail.com.example", "a@xhinet.net",
     "a@outlook.shop.example", "a@gmailxcom"],
)  # fmt: skip
def test_nobody_else_is_taken_for_one(recipient: str) -> None:
    assert receivers_of(recipient) == []


def test_large_receivers_are_shaped_without_a_word_and_one_that_is_written_takes_its_place() -> (
    None
):
    assert environment().shaping == BUILT_IN
    slower = parse_receiver(WHERE, "outlook.com", connections=2, rate=30)
    found = environment(shaping=(slower, parse_receiver(WHERE, "seznam.cz")))
    assert [each.name for each in found.shaping] == [
        "outlook.com",
        "seznam.cz",
        "gmail.com",
        "hinet.net",
    ]
    assert (slower.connections, slower.domains) == (2, BUILT_IN[0].domains)


def test_a_domain_whose_mail_ends_at_a_large_receiver_can_be_counted_to_it() -> None:
    found = parse_receiver(WHERE, "gmail.com", domains=("shop.example",))
    assert found.domains == ("gmail.com", "googlemail.com", "shop.example")


def test_a_relays_own_shaping_counts_before_the_environments() -> None:
    slower = parse_receiver(WHERE, "gmail.com", rate=1)
    everywhere = parse_receiver(WHERE, "seznam.cz")
    found = relay(shaping=(slower,), environments=(everywhere,))
    assert found.shaping is not None
    assert [each.name for each in found.shaping] == [
        "gmail.com",
        "seznam.cz",
        "outlook.com",
        "hinet.net",
    ]
    assert found.shaping[0].rate == 1


@pytest.mark.parametrize(("rate", "delay"), [(0, 0), (1, 60), (7, 9), (30, 2), (60, 1)])
def test_a_minute_never_has_more_mails_than_the_rate(rate: int, delay: int) -> None:
    found = parse_receiver(WHERE, "gmail.com", rate=rate)
    assert found.delay == delay


def test_domains_are_read_as_people_write_them() -> None:
    found = parse_receiver(WHERE, "mine", domains=("Bücher.example", "*.SHOP.example", "yahoo.*"))
    assert found.domains == ("xn--bcher-kva.example", "*.shop.example", "yahoo.*")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"name": "a b"}, "not a name of lower-case"),
        ({"name": "a/"}, "not a name of lower-case"),
        ({"domains": "gmail.com"}, "list of texts"),
        ({"domains": ("a/b.example",)}, "domains: "),
        ({"domains": ("*.*",)}, "domains: "),
        ({"domains": ("*",)}, "domains: "),
        ({"connections": 0}, "from 1 to 100"),
        ({"connections": True}, "from 1 to 100"),
        ({"rate": 61}, "mails a minute"),
        ({"rate": 0.5}, "mails a minute"),
    ],
)
def test_a_receiver_that_cannot_be_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_receiver(WHERE, **{"name": "gmail.com", **written})
    assert said in str(refused.value)


def test_shaping_is_a_list_of_receivers_each_once() -> None:
    one = parse_receiver(WHERE, "seznam.cz")
    for wrong in ("gmail.com", one, (one, "gmail.com")):
        with pytest.raises(SettingsError, match="list of receivers"):
            environment(shaping=wrong)
    other = Receiver(name="seznam.cz", domains=("seznam.cz",), connections=1)
    with pytest.raises(SettingsError, match=r"seznam\.cz stands twice"):
        environment(shaping=(one, other))


def test_a_receiver_is_paused_unless_it_is_said_otherwise() -> None:
    found = parse_receiver(WHERE, "seznam.cz")
    assert (found.pause_after, found.pause, found.longest_pause) == (3, 5, 60)
    found = parse_receiver(WHERE, "seznam.cz", pause_after=0, pause=1, longest_pause=1)
    assert (found.pause_after, found.pause, found.longest_pause) == (0, 1, 1)


def test_mx_hosts_are_added_to_those_that_are_built_in() -> None:
    found = parse_receiver(WHERE, "gmail.com", mx=("*.Filter.example", "mx.Bücher.example"))
    assert found.mx == (
        "*.google.com",
        "*.googlemail.com",
        "*.filter.example",
        "mx.xn--bcher-kva.example",
    )
    assert parse_receiver(WHERE, "seznam.cz").mx == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"mx": "mx.example"}, "list of texts"),
        ({"mx": ("*.*",)}, "mx: "),
        ({"mx": ("mx.*",)}, "mx: "),
        ({"pause_after": -1}, "pause_after: "),
        ({"pause_after": True}, "pause_after: "),
        ({"pause": 0}, "pause: is minutes, from 1 to 1440"),
        ({"pause": 1.5}, "pause: "),
        ({"pause": 90}, "longest_pause: is minutes, from those of pause, 90, to 1440"),
        ({"longest_pause": 1441}, "longest_pause: "),
    ],
)
def test_pauses_that_cannot_be_are_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_receiver(WHERE, **{"name": "gmail.com", **written})
    assert said in str(refused.value)


def test_a_plan_has_a_first_day_and_a_number_for_each() -> None:
    found = parse_warm_up(WHERE, since="2026-11-20", mails_per_day=[200, 500])
    assert found == WarmUp(since=date(2026, 11, 20), mails_per_day=(200, 500))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"since": "20261120"}, "not a day, such as 2026-11-20"),
        ({"since": "2026-02-30"}, "not a day"),
        ({"since": date(2026, 11, 20)}, "since: must be a text"),
        ({"mails_per_day": 200}, "one for each day"),
        ({"mails_per_day": ()}, "one for each day"),
        ({"mails_per_day": (200, 0)}, "one for each day"),
        ({"mails_per_day": (True,)}, "one for each day"),
        ({"mails_per_day": (1,) * 101}, "at most 100 days"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_warm_up(WHERE, **{"since": "2026-11-20", "mails_per_day": (200,), **written})
    assert said in str(refused.value)


def test_a_relay_takes_what_warm_up_returns_and_nothing_else() -> None:
    plan = WarmUp(since=date(2026, 11, 20), mails_per_day=(200,))
    for given in (plan, None):
        made = parse_relay(
            WHERE, "a.example", ipv4="192.0.2.1", ipv6=None, environment=environment(),
            warm_up=given,
        )  # fmt: skip
        assert made.warm_up is given
    wrong: Any = (200, 500)
    with pytest.raises(SettingsError, match=r"must be what warm_up\(\.\.\.\) returns"):
        parse_relay(
            WHERE, "a.example", ipv4="192.0.2.1", ipv6=None, environment=environment(),
            warm_up=wrong,
        )  # fmt: skip
