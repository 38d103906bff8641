"""The policy daemon's settings: what is none is refused before the daemon begins."""

import json
from datetime import timedelta
from typing import Any

import pytest

from omi_core.milter.__main__ import read_settings

SETTINGS: dict[str, Any] = {
    "socket": "/run/omi-policy/milter.sock",
    "accounts": "/etc/omi-policy/accounts.json",
    "host": "smtp.relay.example",
    "hide_clients": False,
    "control": {"zone": "Asia/Taipei", "reference": "", "longest_hold": 259200},
    "next_hops": {
        "own": "hop-engine",
        "known": {"hop-engine": {"keeps_control": True, "account_header": "X-Omi-Account"}},
    },
    "longest": 53477376,
}


def read(**change: object) -> Any:
    return read_settings(json.dumps(SETTINGS | change).encode())


def test_settings_are_read_as_they_were_written() -> None:
    found = read()
    assert found.policy.control.longest_hold == timedelta(days=3)
    assert found.policy.hops.own.account_header == "X-Omi-Account"
    assert found.counter is None
    assert read(counter={"host": "counter.example", "port": 6380}).counter.port == 6380


@pytest.mark.parametrize(
    "change",
    [
        {"longest": "many"},
        {"control": {"zone": "Asia/Taipei", "reference": ""}},
        {"control": {"zone": "Asia/Taipei", "reference": "", "longest_hold": 10**15}},
        {"control": {"zone": "Asia/Taipei", "reference": "", "longest_hold": 10**10}},
        {"control": {"zone": "Asia/Taipei", "reference": "", "longest_hold": -1}},
        {"control": {"zone": "Nowhere", "reference": "", "longest_hold": 1}},
        {"control": {"zone": "../etc", "reference": "", "longest_hold": 1}},
        {"control": {"zone": "Europe", "reference": "", "longest_hold": 1}},
        {"next_hops": {"own": "gone", "known": {}}},
        {"next_hops": {"own": "", "known": {"a": {"keeps_control": True}}}},
        {"next_hops": {"own": "", "known": {"": {"keeps_control": True, "account_header": ""}}}},
        {"counter": []},
        {"counter": {"port": "many"}},
    ],
)
def test_settings_that_are_none_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(**change)
