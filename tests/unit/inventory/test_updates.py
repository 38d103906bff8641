"""When relays are updated: what an inventory may write, and that two relays never are at once."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.updates.parse import parse_updates
from omi_core.inventory.updates.window import DAYS, SHORTEST_M, Updates, UpdateSlot, slots

WEEK_M = 7 * 24 * 60


def minutes_of(slot: UpdateSlot) -> set[int]:
    """Every minute of a week in which the relay may be away."""
    begins = (DAYS.index(day) * 24 * 60 + slot.start for day in slot.days)
    return {(begin + later) % WEEK_M for begin in begins for later in range(slot.minutes)}


WINDOWS = st.builds(
    Updates,
    start=st.integers(0, 24 * 60 - 1),
    minutes=st.integers(SHORTEST_M, 24 * 60 - 1),
    days=st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
)


@given(WINDOWS, st.integers(1, 12))
def test_no_two_relays_are_updated_at_once(updates: Updates, relays: int) -> None:
    if updates.minutes < relays * SHORTEST_M:
        with pytest.raises(InputError, match="is too short for"):
            slots(updates, relays)
        return
    parts = [minutes_of(slot) for slot in slots(updates, relays)]
    assert len(parts) == relays
    assert all(not one & other for one, other in combinations(parts, 2))


@given(WINDOWS, st.integers(1, 12))
def test_no_relay_is_updated_outside_of_the_window(updates: Updates, relays: int) -> None:
    if updates.minutes < relays * SHORTEST_M:
        return
    whole = minutes_of(UpdateSlot(start=updates.start, minutes=updates.minutes, days=updates.days))
    assert all(minutes_of(slot) <= whole for slot in slots(updates, relays))


def test_what_begins_after_midnight_begins_on_the_day_after() -> None:
    updates = parse_updates("x.py:1", window="23:30-01:30", days=["Sat"])
    first, second, third = slots(updates, 3)
    assert first.calendar == "Sat *-*-* 23:30:00"
    assert second.calendar == "Sun *-*-* 00:10:00"
    assert third.calendar == "Sun *-*-* 00:50:00"


def test_every_day_is_said_shortly() -> None:
    (slot,) = slots(parse_updates("x.py:1"), 1)
    assert slot.calendar == "*-*-* 02:00:00"
    assert slot.minutes == 180


def test_days_may_be_written_in_any_case() -> None:
    assert parse_updates("x.py:1", days=["sun", "TUE"]).days == ("Tue", "Sun")


@pytest.mark.parametrize(
    ("written", "key", "right"),
    [
        ({"window": "2-4"}, "window", "such as 02:00-05:00"),
        ({"window": "02:00-24:00"}, "window", "such as 02:00-05:00"),
        ({"window": "02:60-04:00"}, "window", "such as 02:00-05:00"),
        ({"window": "02:00-04:00\n"}, "window", "control character"),
        ({"window": "\u0660\u0662:00-05:00"}, "window", "such as 02:00-05:00"),
        ({"window": "02:00-02:19"}, "window", "shorter than 20 minutes"),
        ({"window": "02:00-02:00"}, "window", "shorter than 20 minutes"),
        ({"window": 2}, "window", "must be a text"),
        ({"days": "mon"}, "days", "must be a list of texts"),
        ({"days": []}, "days", "names no day"),
        ({"days": ["Monday"]}, "days", "write Mon, Tue"),
        ({"days": ["Mon", 2]}, "days", "must be a text"),
        ({"reboot": "no"}, "reboot", "must be True or False"),
    ],
)
def test_a_wrong_window_is_refused(written: dict[str, Any], key: str, right: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_updates("x.py:1", **written)
    assert caught.value.key == key
    assert right in str(caught.value)
