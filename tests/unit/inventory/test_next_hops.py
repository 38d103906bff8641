"""What an operator may write about next hops, and where a mail then goes."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.files import load_customers
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.next_hops.choice import hop_of, known_hosts, own_hop
from omi_core.inventory.next_hops.hop import Direct, HopTls, Smarthost
from omi_core.inventory.next_hops.parse import parse_direct, parse_engine, parse_smarthost
from omi_core.inventory.parse import parse_environment, parse_relay
from omi_core.names import Fqdn

WHERE = "inventories/prod.py:15"
FIRST = parse_engine(WHERE, "engine.example")
SECOND = parse_engine(WHERE, "engine.example", 2525)
SIGNING = parse_engine(WHERE, "ENGINE.example", sign=True)
SMART = parse_smarthost(WHERE, "mail.example")


def customer(name: str = "Shop", next_hop: str = "") -> Customer:
    domain = Fqdn.parse(f"{name.lower()}.example")
    return Customer(name=name, domains=(domain,), accounts=(), next_hop=next_hop)


def environment(**changes: Any) -> Environment:
    values: dict[str, Any] = {
        "operator_zone": "itpison.com",
        "public_names": ("smtp.itpison.com",),
        "postmaster": "postmaster@itpison.com",
        "customers": (customer(),),
        "issuer": InternalCa(directory=Path("ca")),
    }
    return parse_environment(WHERE, **{**values, **changes})


def relay(own: Any = None, **changes: Any) -> Relay:
    return parse_relay(
        WHERE, "smtp.itpison.com", ipv4="192.0.2.25", ipv6=None,
        environment=environment(**changes), next_hop=own,
    )  # fmt: skip


def test_mail_goes_to_the_recipients_mx_hosts_unless_something_is_said() -> None:
    assert own_hop(relay()) == hop_of(relay(), customer()) == parse_direct(WHERE) == Direct()
    assert known_hosts(relay()) == ()


def test_a_customers_next_hop_counts_before_the_relays_and_that_before_the_environments() -> None:
    found = relay(SECOND, next_hop=FIRST, next_hops={"abroad": SMART})
    assert own_hop(relay(next_hop=FIRST)) == FIRST
    assert own_hop(found) == hop_of(found, customer()) == SECOND
    assert hop_of(found, customer(next_hop="abroad")) == SMART
    assert hop_of(found, customer(next_hop="direct")) == Direct()


def test_a_host_that_nothing_goes_to_any_more_is_still_known_for_what_waits() -> None:
    found = relay(Direct(), next_hop=FIRST, next_hops={"old": SECOND})
    assert [host.transport for host in known_hosts(found)] == [
        "hop-engine.example-25",
        "hop-engine.example-2525",
    ]


def test_a_host_may_be_an_address() -> None:
    found = parse_engine(WHERE, "2001:db8::7", 2525)
    assert found.host == ip_address("2001:db8::7")
    assert (found.destination, found.transport) == ("[2001:db8::7]:2525", "hop-2001-db8--7-2525")


def test_a_smarthost_is_verified_unless_something_else_is_said_and_an_engine_offered_tls() -> None:
    assert (SMART.tls, SMART.port) == (HopTls.VERIFY, 587)
    assert (FIRST.tls, FIRST.sign, FIRST.account_header) == (HopTls.MAY, False, "")


LOGIN = {"username": "relay", "password_file": "/etc/omi-control/smarthost"}


@pytest.mark.parametrize(
    ("make", "written", "said"),
    [
        (parse_engine, {"host": ""}, "host: "),
        (parse_engine, {"host": 5}, "host: must be a text"),
        (parse_engine, {"host": "a b.example"}, "may hold only letters"),
        (parse_engine, {"host": "engine.example\n"}, "control character"),
        (parse_engine, {"host": "fe80::1%eth0"}, "host: "),
        (parse_engine, {"host": "a" * 60 + "." + "b" * 60}, "longer than 80"),
        (parse_engine, {"port": 0}, "is not a port"),
        (parse_engine, {"port": True}, "is not a port"),
        (parse_engine, {"port": "25"}, "is not a port"),
        (parse_engine, {"tls": "always"}, "none, may, encrypt, verify"),
        (parse_engine, {"tls": True}, "must be a text"),
        (parse_engine, {"tls_name": "x.example"}, 'for tls="verify" alone'),
        (parse_engine, {"ca_file": "ca.pem", "tls": "encrypt"}, 'for tls="verify" alone'),
        (parse_engine, {"tls": "verify", "host": "192.0.2.7"}, "tls_name: is needed"),
        (parse_engine, {"port": 465}, "where TLS comes first"),
        (parse_engine, {"sign": "no"}, "True or False"),
        (parse_engine, {"account_header": "From"}, "not a header of its own"),
        (parse_engine, {"account_header": "x-omi-next-hop"}, "not a header of its own"),
        (parse_engine, {"account_header": "X-LinkOption"}, "not a header of its own"),
        (parse_engine, {"account_header": "X-A: b"}, "not a header of its own"),
        (parse_engine, {"account_header": None}, "must be a text"),
        (parse_smarthost, {"username": "relay"}, "by one of password_file"),
        (parse_smarthost, {"password_file": "x"}, "username: is missing"),
        (parse_smarthost, {**LOGIN, "password_command": ("pass", "x")}, "by one of password_file"),
        (parse_smarthost, {**LOGIN, "tls": "may"}, "where a password is sent"),
        (parse_smarthost, {**LOGIN, "tls": "none"}, "where a password is sent"),
        (parse_smarthost, {**LOGIN, "username": "a:b"}, "without colon or space"),
        (parse_smarthost, {"username": "r", "password_command": "pass x"}, "list of texts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_setting_and_what_would_be_right(
    make: Callable[..., object], written: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        make(WHERE, **{"host": "engine.example", **written})
    assert said in str(refused.value)
    assert str(refused.value).startswith(WHERE)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"next_hops": "engine"}, "must be a dict"),
        ({"next_hops": {"bulk": "engine.example"}}, "direct, engine or smarthost"),
        ({"next_hops": {"Bulk": FIRST}}, "not a name of lower-case"),
        ({"next_hops": {"direct": FIRST}}, "other than direct"),
        ({"next_hops": {5: FIRST}}, "must be a text"),
        (
            {"next_hop": FIRST, "next_hops": {"bulk": SIGNING}},
            "[engine.example]:25 is written in two ways",
        ),
        ({"customers": (customer(next_hop="bulk"),)}, "Shop's file wants 'bulk'; known are direct"),
    ],
)  # fmt: skip
def test_an_environment_with_next_hops_that_cannot_be_is_refused(
    written: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        environment(**written)
    assert said in str(refused.value)


def test_a_relays_own_next_hop_is_made_by_a_constructor_and_agrees_with_the_others() -> None:
    with pytest.raises(SettingsError, match="direct, engine or smarthost"):
        relay("direct")
    with pytest.raises(SettingsError, match="written in two ways"):
        relay(Smarthost(host=FIRST.host, port=25), next_hop=FIRST)


def test_a_customers_file_names_his_next_hop(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('name = "Shop"\ndomains = ["shop.example"]\nnext_hop = "bulk"\n')
    [found] = load_customers(tmp_path)
    assert found.next_hop == "bulk"
    file.write_text('name = "Shop"\ndomains = ["shop.example"]\nnext_hop = 5\n')
    with pytest.raises(InputError, match=r"next_hop: must be a text"):
        load_customers(tmp_path)
