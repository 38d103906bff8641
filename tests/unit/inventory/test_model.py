"""A mistake in an inventory is one sentence that names the place, the key and what is right."""

import json
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.next_hops.hop import Direct, Engine
from omi_core.inventory.parse import parse_environment, parse_relay
from omi_core.inventory.parse_dns import parse_rfc2136
from omi_core.names import Fqdn
from omi_core.secret import Secret

WHERE = "inventories/prod.py:15"
MARKER = "xyzzy-marker"


def customer(*domains: str) -> Customer:
    return Customer(
        name="Shop",
        domains=tuple(Fqdn.parse(domain) for domain in domains),
        accounts=(
            Account(
                login="alice", password_hash=Secret(MARKER), senders=(Sender.parse(domains[0]),)
            ),
        ),
    )


def environment(**changes: Any) -> Environment:
    values: dict[str, Any] = {
        "operator_zone": "itpison.com",
        "public_names": ("smtp.itpison.com", "smtp2.itpison.com"),
        "postmaster": "postmaster@itpison.com",
        "customers": (customer("shop.example"),),
        "issuer": InternalCa(directory=Path("ca")),
    }
    return parse_environment(WHERE, **{**values, **changes})


def relay(**changes: Any) -> Relay:
    values: dict[str, Any] = {
        "name": "smtp.itpison.com",
        "ipv4": "192.0.2.25",
        "ipv6": "2001:db8::25",
        "environment": environment(),
    }
    values |= changes
    return parse_relay(WHERE, values.pop("name"), **values)


def test_text_becomes_names_and_addresses_once() -> None:
    found = environment(writable_zones=["ItPison.com"], public_names=["SMTP.itpison.com."])
    assert found.public_names == (Fqdn.parse("smtp.itpison.com"),)
    assert found.writable_zones == (Fqdn.parse("itpison.com"),)
    assert str(found.postmaster) == "postmaster@itpison.com"
    assert found.next_hop == Direct()
    assert relay().addresses == (IPv4Address("192.0.2.25"), IPv6Address("2001:db8::25"))


def test_a_relay_may_have_either_address_alone() -> None:
    assert relay(ipv4=None).addresses == (IPv6Address("2001:db8::25"),)
    assert relay(ipv6=None).addresses == (IPv4Address("192.0.2.25"),)


def test_sender_domains_are_those_of_all_customers_sorted() -> None:
    found = environment(customers=(customer("b.example", "a.example"), customer("c.example")))
    assert [domain.relative for domain in found.sender_domains] == [
        "a.example",
        "b.example",
        "c.example",
    ]


@pytest.mark.parametrize("domain", ["c.example", "itpison.com"])
def test_mail_is_signed_for_customers_and_for_the_operators_zone_once(domain: str) -> None:
    found = environment(customers=(customer(domain),))
    assert [each.relative for each in found.signing_domains] == sorted({domain, "itpison.com"})


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("operator_zone", "itpison..com", "empty part between dots"),
        ("operator_zone", 5, "must be a text, not int"),
        ("operator_zone", "itpison.com\n", "control character"),
        ("public_names", (), "at least one name"),
        ("public_names", "smtp.itpison.com", "must be a list of texts"),
        ("public_names", None, "must be a list of texts"),
        ("public_names", (5,), "must be a text, not int"),
        ("public_names", ("smtp itpison.com",), "may hold only letters"),
        ("public_names", ("smtp.itpison.com", "SMTP.itpison.com."), "stands twice"),
        ("postmaster", "postmaster", "name@example.com"),
        ("postmaster", "postmaster@itpison.com\r", "control character"),
        ("customers", "inventories/prod/customers", "load_customers"),
        ("customers", [customer("a.example"), "x"], "load_customers"),
        ("issuer", "/etc/ca", "internal_ca"),
        ("issuer", None, "internal_ca"),
        ("dns", "192.0.2.53", "rfc2136"),
        ("writable_zones", "itpison.com", "must be a list of texts"),
        ("writable_zones", ["itpison .com"], "may hold only letters"),
        ("next_hop", "engine.example", "direct, engine or smarthost"),
        ("plaintext_auth", "no", "True or False"),
        ("plaintext_auth", 0, "True or False"),
        ("plaintext_auth", None, "True or False"),
        ("ed25519", "yes", "True or False"),
        ("hide_clients", "yes", "True or False"),
        ("message_size_limit", "50M", "of octets, from 1 MiB to 1 GiB"),
        ("message_size_limit", 50, "of octets, from 1 MiB to 1 GiB"),
        ("message_size_limit", 1 << 31, "of octets, from 1 MiB to 1 GiB"),
        ("message_size_limit", True, "of octets, from 1 MiB to 1 GiB"),
        ("message_size_limit", 5e7, "of octets, from 1 MiB to 1 GiB"),
        ("timezone", "Taipei; reboot", "such as Etc/UTC or Asia/Taipei"),
        ("timezone", "../../etc/shadow", "such as Etc/UTC or Asia/Taipei"),
        ("timezone", "Asia/台北", "such as Etc/UTC or Asia/Taipei"),
        ("timezone", "/etc/passwd", "such as Etc/UTC or Asia/Taipei"),
        ("timezone", "", "such as Etc/UTC or Asia/Taipei"),
    ],
)
def test_a_wrong_value_of_an_environment_is_refused(key: str, value: object, right: str) -> None:
    with pytest.raises(SettingsError, match=right) as caught:
        environment(**{key: value})
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{WHERE}: {key}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("zone", ["Etc/UTC", "Asia/Taipei", "Etc/GMT+8", "America/Port-au-Prince"])
def test_every_name_of_the_time_zone_database_is_taken(zone: str) -> None:
    assert environment(timezone=zone).timezone == zone


@pytest.mark.parametrize(
    ("key", "changes", "right"),
    [
        ("name", {"name": 5}, "must be a text, not int"),
        ("name", {"name": "smtp_.itpison,com"}, "may hold only letters"),
        ("name", {"name": "smtp.itpison.com\n"}, "control character"),
        ("ipv4", {"ipv4": None, "ipv6": None}, "needs an IPv4 or an IPv6 address"),
        ("ipv4", {"ipv4": "192.0.2.256"}, "such as 192.0.2.25"),
        ("ipv4", {"ipv4": "2001:db8::25"}, "such as 192.0.2.25"),
        ("ipv4", {"ipv4": ["192.0.2.25"]}, "must be a text, not list"),
        ("ipv6", {"ipv6": "192.0.2.25"}, "such as 2001:db8::25"),
        ("ipv6", {"ipv6": "2001:db8::25/64"}, "such as 2001:db8::25"),
        ("ipv6", {"ipv6": "fe80::1%$(reboot)"}, "such as 2001:db8::25"),
        ("environment", {"environment": "prod"}, "environment"),
    ],
)
def test_a_wrong_value_of_a_relay_is_refused(
    key: str, changes: dict[str, object], right: str
) -> None:
    with pytest.raises(SettingsError, match=right) as caught:
        relay(**changes)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{WHERE}: {key}: ")


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("server", {"server": "ns1.itpison.com"}),
        ("server", {"server": 5}),
        ("port", {"port": 0}),
        ("port", {"port": 65536}),
        ("port", {"port": "53"}),
        ("port", {"port": True}),
        ("key_file", {"key_file": 5}),
        ("key_file", {"key_file": "a\nb"}),
        ("key_file", {"key_file": ""}),
    ],
)
def test_a_wrong_primary_is_refused(key: str, changes: dict[str, Any]) -> None:
    values: dict[str, Any] = {"server": "192.0.2.53", "key_file": "tsig.key"}
    with pytest.raises(SettingsError) as caught:
        parse_rfc2136(WHERE, **{**values, **changes})
    assert caught.value.key == key


def test_a_settings_error_is_an_input_error_with_its_parts() -> None:
    error = SettingsError("file.toml", "", "cannot be read")
    assert isinstance(error, InputError)
    assert str(error) == "file.toml: cannot be read"
    assert (error.where, error.key, str(error.problem)) == ("file.toml", "", "cannot be read")


def test_what_is_printed_of_an_inventory_is_json_and_holds_no_secret() -> None:
    found = relay(environment=environment(next_hop=Engine(host=Fqdn.parse("engine.example"))))
    printed = json.dumps(found.to_json())
    assert MARKER not in printed
    assert MARKER not in repr(found)
    data = json.loads(printed)
    assert data["ipv6"] == "2001:db8::25"
    assert data["environment"]["next_hop"]["host"] == "engine.example."
    [account] = data["environment"]["customers"][0]["accounts"]
    assert account["password_hash"] == "*MASKED*"
    assert (account["login"], account["senders"]) == ("alice", ["@shop.example"])
    assert data["environment"] == json.loads(json.dumps(found.environment.to_json()))
