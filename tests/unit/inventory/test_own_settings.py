"""What one relay has of its own: in its row, or in pyinfra's data of a group or host."""

from pathlib import Path
from typing import Any

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory import parse
from omi_core.inventory.limits.parse import parse_limits, parse_shared
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.next_hops.parse import parse_direct, parse_smarthost
from omi_core.inventory.own.settings import with_data
from tests.fake.relays import environment
from tests.fake.relays import relay as plain

HERE = "x.py:1"
SHARED = parse_shared(HERE, "valkeys://counter.example.com", password_file="p")


@pytest.fixture
def shared(tmp_path: Path) -> Environment:
    limits = parse_limits(HERE, account={"mails_per_hour": 100}, counter=SHARED)
    return environment(tmp_path, limits=limits, listeners=("2525:starttls",))


def relay_with(shared: Environment, **own: Any) -> Relay:
    return parse.parse_relay(
        HERE, "smtp1.itpison.com", ipv4="192.0.2.1", ipv6=None, environment=shared, **own
    )


def test_a_relay_without_settings_of_its_own_has_those_of_the_environment(
    shared: Environment,
) -> None:
    assert plain(shared, 1).here is shared


def test_a_relays_own_settings_hold_on_it_and_on_no_other(shared: Environment) -> None:
    limits = parse_limits(HERE, account={"mails_per_hour": 7})
    own = relay_with(shared, timezone="Asia/Taipei", limits=limits, listeners=("2465:tls",))
    assert own.here.timezone == "Asia/Taipei"
    assert own.here.limits.account.mails_per_hour == 7
    assert [str(each) for each in own.here.listeners] == ["2525:starttls", "2465:tls"]
    assert plain(shared, 2).here.timezone == "Etc/UTC"
    assert own.environment is shared


def test_relays_with_limits_of_their_own_still_share_the_counter(shared: Environment) -> None:
    assert relay_with(shared, limits=parse_limits(HERE)).here.limits.counter == SHARED


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"timezone": "Asia/"}, "timezone: 'Asia/' is not a time zone"),
        ({"timezone": 8}, "timezone: must be a text, not int"),
        ({"limits": {"mails_per_hour": 7}}, "limits: must be what limits(...) returns, not dict"),
        ({"limits": parse_limits(HERE, counter=SHARED)}, "limits: of one relay name no counter"),
        ({"listeners": "2525:tls"}, 'listeners: must be a list of texts, as ("smtp.example.com",)'),
        ({"listeners": ["2525"]}, "listeners: '2525' is not a listener such as 2525:starttls"),
        ({"listeners": ["2525:plain"]}, "listeners: '2525:plain' is not a listener"),
        ({"listeners": ["70000:tls"]}, "listeners: '70000:tls' is not a listener"),
        ({"listeners": ["587:tls"]}, "listeners: port 587 is one that each relay listens on"),
        ({"listeners": ["22:tls"]}, "listeners: port 22 is that of SSH"),
        ({"listeners": ["26:tls", "26:starttls"]}, "listeners: port 26 stands twice"),
        ({"next_hop": "mail.example"}, "next_hop: must be what"),
    ],
)
def test_a_wrong_value_is_one_sentence_wherever_it_is_written(
    shared: Environment, own: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SettingsError) as in_the_row:
        relay_with(shared, **own)
    assert sentence in str(in_the_row.value)
    with pytest.raises(SettingsError) as in_a_group:
        with_data(plain(shared, 1), own, "data of smtp1.itpison.com")
    assert str(in_a_group.value).startswith("data of smtp1.itpison.com: ")
    assert sentence in str(in_a_group.value)


def test_data_of_a_group_say_what_the_row_does_not(shared: Environment) -> None:
    data = {"timezone": "Asia/Taipei", "next_hop": parse_direct(HERE), "unknown": 1}
    assert with_data(plain(shared, 1), data, HERE).here.timezone == "Asia/Taipei"
    assert with_data(plain(shared, 1), data, HERE).next_hop == parse_direct(HERE)
    own = relay_with(shared, timezone="Asia/Tokyo")
    assert with_data(own, data, HERE).here.timezone == "Asia/Tokyo"


def test_two_next_hops_of_one_place_are_refused_from_a_group_too(tmp_path: Path) -> None:
    one = parse_smarthost(HERE, "mail.example", username="a", password_file="p")
    other = parse_smarthost(HERE, "mail.example", username="b", password_file="p")
    shared = environment(tmp_path, next_hop=one)
    with pytest.raises(SettingsError) as in_the_row:
        relay_with(shared, next_hop=other)
    with pytest.raises(SettingsError) as in_a_group:
        with_data(plain(shared, 1), {"next_hop": other}, HERE)
    assert str(in_a_group.value) == str(in_the_row.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (["ssh_user"], "data: must be a dict, as"),
        ({1: "x"}, "data: must be a dict, as"),
        ({"timezone": "Asia/Taipei"}, "data: timezone is none of pyinfra; write it beside data="),
        ({"relay": None}, "data: relay is none of pyinfra"),
    ],
)
def test_host_data_hold_what_is_pyinfras(data: object, sentence: str) -> None:
    with pytest.raises(SettingsError, match="data: ") as caught:
        parse.parse_data(HERE, data)
    assert sentence in str(caught.value)
