"""What a host's component holds for updates and the journal, from what an inventory says."""

from pathlib import Path

import pytest

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.model import Relay
from omi_core.inventory.updates.parse import parse_updates
from omi_core.relay import host, journal
from omi_core.relay.updates import files
from tests.fake.relays import environment, relay


def relays_of(tmp_path: Path, **changes: object) -> tuple[Relay, ...]:
    shared = environment(tmp_path, **changes)
    return relay(shared, 1), relay(shared, 2)


def text(each: Relay, relays: tuple[Relay, ...], path: str) -> str:
    found = [file for file in host.configured(each, relays).files if file.path == path]
    return found[0].content.decode() if found else ""


def test_an_inventory_without_updates_has_no_timer_and_needs_no_package(tmp_path: Path) -> None:
    both = relays_of(tmp_path)
    paths = {file.path for file in host.configured(both[0], both).files}
    assert not paths & {files.TIMER, files.SERVICE, files.APT, files.SCRIPT}
    assert files.packages(both[0].environment) == ()


def test_each_relay_has_its_own_part_by_the_clock_of_the_environment(tmp_path: Path) -> None:
    updates = parse_updates("x.py:1", window="23:00-01:00", days=["Fri"])
    both = relays_of(tmp_path, updates=updates, timezone="Asia/Taipei")
    timers = [text(each, both, files.TIMER) for each in both]
    assert "\nOnCalendar=Fri *-*-* 23:00:00 Asia/Taipei\n" in timers[0]
    assert "\nOnCalendar=Sat *-*-* 00:00:00 Asia/Taipei\n" in timers[1]
    assert files.packages(both[0].environment) == ("unattended-upgrades", "needrestart")


def test_each_relay_asks_the_others_first(tmp_path: Path) -> None:
    both = relays_of(tmp_path, updates=parse_updates("x.py:1"))
    first, second = (text(each, both, files.SCRIPT) for each in both)
    assert "greets 192.0.2.2 || fail" in first
    assert "192.0.2.1" not in first
    assert "greets 192.0.2.1 || fail" in second


def test_a_window_that_is_too_short_for_so_many_relays_is_refused(tmp_path: Path) -> None:
    both = relays_of(tmp_path, updates=parse_updates("x.py:1", window="02:00-02:30"))
    with pytest.raises(InputError, match=r"30 minutes is too short for 2 relays.*give it 40"):
        host.configured(both[0], both)
    alone = both[:1]
    assert "02:00:00" in text(alone[0], alone, files.TIMER)


def test_only_the_security_archive_is_an_origin(tmp_path: Path) -> None:
    both = relays_of(tmp_path, updates=parse_updates("x.py:1"))
    said = text(both[0], both, files.APT)
    assert said.count("origin=") == 1
    assert "#clear Unattended-Upgrade::Origins-Pattern;" in said
    assert "#clear Unattended-Upgrade::Allowed-Origins;" in said


def test_the_journal_is_kept_as_long_as_the_inventory_says(tmp_path: Path) -> None:
    both = relays_of(tmp_path, log_days=7)
    assert "\nMaxRetentionSec=7day\n" in text(both[0], both, journal.SETTINGS)
    assert "\nSystemMaxUse=4G\n" in text(both[0], both, journal.SETTINGS)


@pytest.mark.parametrize("written", [0, -1, 3661, 1.5, True, "30", None])
def test_a_wrong_number_of_days_is_refused(tmp_path: Path, written: object) -> None:
    with pytest.raises(SettingsError) as caught:
        environment(tmp_path, log_days=written)
    assert caught.value.key == "log_days"


@pytest.mark.parametrize("written", ["02:00-05:00", True, {"window": "02:00-05:00"}])
def test_updates_are_what_updates_returns(tmp_path: Path, written: object) -> None:
    with pytest.raises(SettingsError) as caught:
        environment(tmp_path, updates=written)
    assert caught.value.key == "updates"
    assert "updates(...)" in str(caught.value)
