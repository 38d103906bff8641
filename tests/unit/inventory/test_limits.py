"""Limits in customers' files and in the inventory: read, laid over one another, or refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.customers.files import load_customers
from omi_core.inventory.limits.model import (
    LimitDefaults,
    SharedCounter,
    account_limits,
    needs_counter,
)
from omi_core.inventory.limits.parse import parse_limits, parse_shared
from omi_core.limits.limit import SendLimits

HASH = "{SHA512-CRYPT}$6$abcdefgh$" + "a" * 86
FILE = f"""
name = "Shop"
domains = ["shop.example"]
CUSTOMER

[[account]]
login = "Web"
password_hash = "{HASH}"
senders = ["@shop.example"]
ACCOUNT
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(customer: str = "", account: str = "") -> Path:
        text = FILE.replace("CUSTOMER", customer).replace("ACCOUNT", account)
        (tmp_path / "shop.toml").write_text(text)
        return tmp_path

    return write


def test_both_the_accounts_and_the_customers_limits_hold_over_the_inventorys(
    written: Callable[[str, str], Path],
) -> None:
    customers = load_customers(
        written(
            "limits.recipients_per_day = 20000",
            'limits = { mails_per_hour = 500, sessions = "unlimited", message_size = "1 MiB" }',
        )
    )
    defaults = parse_limits(
        "prod.py:1",
        account={"sessions": 4, "mails_per_day": 2000},
        customer={"mails_per_day": 9000},
    )
    found = account_limits(customers, defaults)
    assert set(found) == {"web"}
    assert found["web"].own == SendLimits(
        mails_per_hour=500, mails_per_day=2000, message_size=1024 * 1024
    )
    assert found["web"].shared == SendLimits(recipients_per_day=20000, mails_per_day=9000)
    assert (found["web"].customer, found["web"].of) == ("Shop", "shop.example")


@pytest.mark.parametrize(
    ("customer", "account", "key", "right"),
    [
        ("limits.mails = 5", "", "limits.mails", "known are mails_per_minute"),
        ("limits.mails_per_day = 0", "", "limits.mails_per_day", "whole number from 1"),
        ("", "limits.sessions = -1", "account[0].limits.sessions", "whole number from 1"),
        ("", 'limits.message_size = "10 MB"', "account[0].limits.message_size", '"10 MiB"'),
        ("", "limits = 500", "account[0].limits", "[limits], with lines as mails"),
    ],
)
def test_a_wrong_limit_is_refused_by_file_and_key(
    written: Callable[[str, str], Path], customer: str, account: str, key: str, right: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_customers(written(customer, account))
    assert refused.value.where.endswith("shop.toml")
    assert refused.value.key == key
    assert right in str(refused.value.problem)


@pytest.mark.parametrize(
    ("customer", "account", "defaults", "counted"),
    [
        ("", "", {}, 0),
        ("", 'limits.message_size = "1 MiB"', {}, 0),
        ("", "limits.sessions = 1", {}, 1),
        ("limits.mails_per_day = 1", "", {}, 1),
        ("", "", {"mails_per_hour": 5}, 1),
    ],
)
def test_a_relay_gets_a_counter_only_where_something_is_counted(
    written: Callable[[str, str], Path],
    customer: str,
    account: str,
    defaults: dict[str, object],
    counted: int,
) -> None:
    customers = load_customers(written(customer, account))
    assert needs_counter(customers, parse_limits("prod.py:1", account=defaults)) == bool(counted)


@pytest.mark.parametrize(
    ("url", "user", "host", "port"),
    [
        ("valkeys://counter.example.com", "", "counter.example.com", 6379),
        ("rediss://omi@Counter.example.com:6390", "omi", "counter.example.com", 6390),
        ("valkeys://192.0.2.9:7000", "", "192.0.2.9", 7000),
        ("valkeys://[2001:db8::9]", "", "2001:db8::9", 6379),
    ],
)
def test_a_shared_counter_is_an_address(url: str, user: str, host: str, port: int) -> None:
    assert parse_shared("prod.py:1", url, password_file="password", ca="ca.pem") == SharedCounter(
        user=user, host=host, port=port, password_file=Path("password"), ca=Path("ca.pem")
    )


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("valkey://counter.example.com", "without TLS"),
        ("valkeys://omi:hunter2@counter.example.com", "password_file="),
        ("counter.example.com", "valkeys://counter.example.com:6379"),
        ("valkeys://", "valkeys://counter.example.com:6379"),
        ("valkeys://counter.example.com/3", "valkeys://counter.example.com:6379"),
        ("valkeys://counter.example.com:99999", "valkeys://counter.example.com:6379"),
        ("valkeys://o m@counter.example.com", "valkeys://counter.example.com:6379"),
        ("valkeys://[::1", "valkeys://counter.example.com:6379"),
        ("valkeys://-.example.com", "domain name"),
    ],
)
def test_what_is_no_counter_is_refused_and_no_password_repeated(url: str, right: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_shared("prod.py:1", url, password_file="password")
    assert refused.value.key == "url"
    assert right in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"account": 5}, "account"),
        ({"account": {"mail": 5}}, "account.mail"),
        ({"customer": {"sessions": "4"}}, "customer.sessions"),
        ({"counter": "valkeys://counter.example.com"}, "counter"),
    ],
)
def test_a_wrong_default_is_refused_by_its_key(settings: dict[str, object], key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_limits("prod.py:1", **settings)  # type: ignore[arg-type]
    assert (refused.value.where, refused.value.key) == ("prod.py:1", key)


def test_nothing_is_limited_unless_it_is_said(written: Callable[[str, str], Path]) -> None:
    assert not account_limits(load_customers(written("", "")), LimitDefaults())["web"]
