"""What others rely on who share a port with somebody who takes all he can."""

import re

from omi_core.relay.doors import component as doors
from omi_core.relay.postfix import component as postfix
from omi_core.smtp.listeners import PORTS

RULES = next(file.content.decode() for file in doors.configured().files if file.path == doors.RULES)


def test_every_port_counts_clients_of_both_families() -> None:
    counted = re.findall(r"tcp dport (\d+) ct state new add @(ipv[46])_(\d+) ", RULES)
    assert sorted(counted) == sorted(
        (str(port), family, str(port)) for port in PORTS for family in ("ipv4", "ipv6")
    )


def test_three_clients_that_take_all_they_can_leave_most_sessions_of_one_to_others() -> None:
    left = postfix.SESSIONS - 3 * doors.CONNECTIONS_OF_A_CLIENT
    assert left >= postfix.SESSIONS_OF_A_CLIENT


def test_a_few_connections_too_many_are_told_why_by_postfix() -> None:
    assert doors.CONNECTIONS_OF_A_CLIENT > postfix.SESSIONS_OF_A_CLIENT


def test_the_rules_touch_no_other_table_and_refuse_nothing_but_too_many_connections() -> None:
    assert set(re.findall(r"^(?:delete )?table (.*?)(?: \{)?$", RULES, re.MULTILINE)) == {
        doors.TABLE
    }
    assert "flush" not in RULES.replace("flush ruleset", "")
    assert "policy accept;" in RULES
    refusing = [line for line in RULES.splitlines() if "reject" in line or "drop" in line]
    assert all(f"ct count over {doors.CONNECTIONS_OF_A_CLIENT} }}" in line for line in refusing)
