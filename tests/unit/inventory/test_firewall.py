"""What an operator may write about the firewall."""

from typing import Any

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.firewall.model import Firewall
from omi_core.inventory.firewall.parse import parse_accept, parse_firewall
from tests.unit.inventory.test_next_hops import environment

WHERE = "inventories/prod.py:15"


def test_a_relay_has_a_firewall_without_a_word() -> None:
    assert environment().firewall == Firewall()
    assert environment().firewall.enabled


def test_networks_that_overlap_become_one_since_no_set_may_hold_both() -> None:
    found = parse_firewall(
        WHERE, ssh_from=["198.51.100.7", "198.51.100.0/24", "2001:db8::/33", "2001:db8:8000::/33"]
    )
    assert [str(each) for each in found.ssh_from] == ["198.51.100.0/24", "2001:db8::/32"]


BAD_FIREWALLS: dict[str, tuple[dict[str, Any], str]] = {
    "a word for a flag": ({"enabled": "no"}, "enabled: must be True or False"),
    "a port alone": ({"ssh_ports": 22}, "ssh_ports: must be a list of ports"),
    "a port as a text": ({"ssh_ports": ["22"]}, "ssh_ports: is a number from 1 to 65535"),
    "no port": ({"ssh_ports": [0]}, "ssh_ports: is a number from 1 to 65535, not 0"),
    "too high a port": ({"ssh_ports": [65536]}, "not 65536"),
    "a flag for a port": ({"ssh_ports": [True]}, "not True"),
    "a source alone": ({"ssh_from": "192.0.2.7"}, "ssh_from: must be a list of texts"),
    "a host name": ({"ssh_from": ["office.example"]}, "'office.example' is not an address or a"),
    "bits of a host": ({"ssh_from": ["192.0.2.7/24"]}, "'192.0.2.7/24' is not an address or a"),
    "a scope": ({"ssh_from": ["fe80::1%eth0"]}, "is not an address or a network"),
    "a rule in a source": ({"ssh_from": ["192.0.2.7 } accept"]}, "is not an address or a network"),
    "a line break": ({"ssh_from": ["192.0.2.7\n"]}, "ssh_from: holds a control character"),
    "too many sources": ({"ssh_from": ["192.0.2.7"] * 1001}, "has more than 1000 networks"),
    "a number for a port's rule": ({"also": [9100]}, "also: must be a list of ports, as (accept("),
    "one alone": ({"also": parse_accept(WHERE, 9100)}, "also: must be a list of ports"),
}


@pytest.mark.parametrize("mistake", BAD_FIREWALLS)
def test_a_mistake_is_refused_in_a_sentence_that_names_it(mistake: str) -> None:
    settings, sentence = BAD_FIREWALLS[mistake]
    with pytest.raises(SettingsError) as refused:
        parse_firewall(WHERE, **settings)
    assert str(refused.value).startswith(f"{WHERE}: ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"dport": 0}, "dport: is a number from 1 to 65535"),
        ({"dport": 53, "protocol": "icmp"}, "protocol: 'icmp' is not one of tcp, udp"),
        ({"dport": 53, "protocol": 17}, "protocol: must be a text"),
        ({"dport": 53, "saddr": ["any"]}, "saddr: 'any' is not an address or a network"),
    ],
)
def test_a_port_that_is_none_is_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_accept(WHERE, **settings)
    assert sentence in str(refused.value)


def test_an_environment_takes_no_other_value_for_a_firewall() -> None:
    with pytest.raises(SettingsError) as refused:
        environment(firewall={"enabled": False})
    assert "firewall: must be what firewall(...) returns, not dict" in str(refused.value)
