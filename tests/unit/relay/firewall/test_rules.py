"""What the rules of the firewall let in."""

import re
from typing import Any

from omi_core.inventory.firewall.parse import parse_accept, parse_firewall
from omi_core.relay.firewall.rules import TABLE, rendered
from omi_core.smtp.listeners import PORTS

WHERE = "x.py:1"
LISTENERS = ", ".join(map(str, PORTS))


def rules(login_port: int = 22, **settings: Any) -> str:
    return rendered(parse_firewall(WHERE, **settings), login_port).decode()


def opened(text: str) -> list[str]:
    """The rules that let new connections to a port in."""
    found = (line.strip() for line in text.splitlines())
    return [line for line in found if re.fullmatch(r"(tcp|udp) dport .* accept", line)]


def test_the_listeners_and_ssh_are_open_to_all_and_nothing_else() -> None:
    assert opened(rules()) == [f"tcp dport {{ {LISTENERS} }} accept", "tcp dport { 22 } accept"]
    assert "policy drop;" in rules()


def test_the_port_that_the_deploy_logs_in_at_is_open_too() -> None:
    assert "tcp dport { 22, 2222 } accept" in opened(rules(login_port=2222))


def test_ports_of_ssh_that_are_written_are_all_there_are() -> None:
    assert "tcp dport { 2022 } accept" in opened(rules(login_port=22, ssh_ports=[2022]))


def test_ssh_can_be_open_to_some_alone_by_a_rule_for_each_family() -> None:
    found = opened(rules(ssh_from=["192.0.2.0/24", "2001:db8:7::/64", "198.51.100.7"]))
    assert found[1:] == [
        "tcp dport { 22 } ip saddr { 192.0.2.0/24, 198.51.100.7/32 } accept",
        "tcp dport { 22 } ip6 saddr { 2001:db8:7::/64 } accept",
    ]


def test_further_ports_are_open_to_whom_the_inventory_names() -> None:
    also = (
        parse_accept(WHERE, 9100, saddr=["192.0.2.9"]),
        parse_accept(WHERE, 51820, protocol="udp"),
    )
    assert opened(rules(also=also))[2:] == [
        "tcp dport 9100 ip saddr { 192.0.2.9/32 } accept",
        "udp dport 51820 accept",
    ]


def test_packet_sizes_neighbours_and_leases_pass() -> None:
    """Without them hosts hang in ways that nobody looks for in a firewall."""
    text = rules()
    sizes = ("packet-too-big", "destination-unreachable")
    neighbours = ("nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-advert")
    for word in (*sizes, *neighbours, "udp dport 68", "udp dport 546"):
        assert word in text


def test_a_firewall_that_is_off_has_no_chain_that_could_drop_anything() -> None:
    text = rules(enabled=False)
    assert "chain" not in text
    assert "drop" not in text


def test_no_other_table_is_touched() -> None:
    text = rules()
    tables = re.findall(r"^(?:delete )?table (.*?)(?: \{)?$", text, re.MULTILINE)
    assert set(tables) == {TABLE}
    assert "flush" not in text


def test_who_is_banned_keeps_no_connection_and_ssh_bans_nobody() -> None:
    lines = rules().splitlines()
    banned = [at for at, line in enumerate(lines) if "saddr @banned" in line]
    established = next(at for at, line in enumerate(lines) if "ct state established" in line)
    assert len(banned) == 2
    assert max(banned) < established
    assert all(f"tcp dport {{ {LISTENERS} }}" in lines[at] for at in banned)
