"""The times of a mail in its queue file."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.queue.schedule import Schedule, read_schedule, schedule, written

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
MOMENTS = st.none() | st.integers(0, 250_000_000_000)


@given(MOMENTS, MOMENTS)
def test_what_is_written_is_read_again(launch: int | None, expire: int | None) -> None:
    times = Schedule(launch=launch, expire=expire)
    assert read_schedule(f" {written(times)}") == times


def test_an_operator_can_read_it() -> None:
    times = schedule(NOW + timedelta(hours=1), NOW + timedelta(hours=2), NOW)
    assert written(times) == "launch=2026-01-05T09:00:00Z; expire=2026-01-05T10:00:00Z"


def test_one_time_alone_is_a_schedule() -> None:
    assert Schedule(launch=5)
    assert Schedule(expire=5)
    assert not Schedule()


def test_a_launch_that_has_passed_holds_nothing() -> None:
    assert not schedule(NOW, None, NOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "launch=",
        "launch=2026-02-31T09:00:00Z",
        "launch=0001-01-01T00:00:00Z",
        "expire=1969-12-31T23:59:59Z",
        "launch=2026-01-05T09:00:00+08:00",
        "launch=2026-01-05T09:00:00Z expire=2026-01-05T10:00:00Z",
        "; expire=2026-01-05T10:00:00Z",
        "launch=\u0662026-01-05T09:00:00Z",
    ],
)
def test_what_is_no_schedule_says_nothing(value: str) -> None:
    assert not read_schedule(value)
