"""Times in headers: what is read, the one form that is written, and what is refused."""

import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.findings.finding import Finding, Severity
from omi_core.message import platform_zone
from omi_core.message.launch_time import judge_times, read_time, write_time

TAIPEI = platform_zone()
EARLY, LATE = datetime(1980, 1, 1), datetime(2999, 1, 1)  # noqa: DTZ001  # hypothesis adds UTC
BERLIN = platform_zone("Europe/Berlin")


def _read(text: str, zone: tzinfo = TAIPEI) -> datetime | None:
    return read_time(text, subject="X-NextLaunchTime", zone=zone).value


def _refusal(text: str, zone: tzinfo = TAIPEI) -> Finding:
    reading = read_time(text, subject="X-NextLaunchTime", zone=zone)
    [finding] = reading.findings
    assert reading.value is None
    assert finding.severity is Severity.ERROR
    return finding


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 24 Nov 2026 09:30:00 +0800",
        "24 Nov 2026 09:30 +0800",
        "Tue, 24 Nov 2026 01:30:00 GMT",
        "Tue, 24 Nov 2026 01:30:00 +0000 (UTC)",
        "tue, 24 nov 2026 09:30:00 +0800 (CST)",
        "2026-11-24T09:30:00+08:00",
        "2026-11-24T01:30:00Z",
        "2026-11-24T01:30:00.000Z",
        "2026-11-24T09:30+08",
        "2026-11-24T09:30:00",
        "2026-11-24T09:30",
        "20261124T093000+0800",
        "20261124T0930",
        "2026-11-24 09:30:00",
        "2026-11-24 09:30",
        "2026-11-24 09:30:00+08:00",
        "2026/11/24 09:30:00",
        "2026/11/24 9:30",
        "  2026/11/24 09:30  ",
    ],
)
def test_every_accepted_form_gives_the_same_moment(text: str) -> None:
    moment = _read(text)

    assert moment == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def test_one_form_is_written() -> None:
    moment = datetime(2026, 11, 24, 1, 30, 15, 999, tzinfo=UTC)

    assert write_time(moment, TAIPEI) == "2026-11-24T09:30:15+08:00"


def test_a_time_without_an_offset_is_in_the_platforms_zone() -> None:
    assert _read("2026-07-01 09:30", BERLIN) == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind", "remedy"),
    [
        ("03/04/2026 10:00", "time-ambiguous", "write 2026-04-03 or 2026-03-04"),
        ("3.4.2026", "time-ambiguous", "write 2026-04-03 or 2026-03-04"),
        ("25/12/2026 10:00", "time-ambiguous", "write 2026-12-25"),
        ("03/04/26 10:00", "time-ambiguous", "write 2026-04-03 or 2026-03-04 or 2003-04-26"),
        ("115/11/24 09:30", "time-roc-year", "write 2026-11-24 09:30"),
        ("2026-11-24", "time-no-time-of-day", "write 2026-11-24 09:00"),
        ("2026-02-30", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("2026-02-30 10:00", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("2026-11-24 24:00", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("2026-11-24 10:00:60", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("2026-11-24T10:00+08:75", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("0001-01-01 00:00", "time-impossible", "write it as 2026-11-23T15:30:00+08:00"),
        ("Tue, 24 Nov 2026 09:30 CST", "time-zone-name", "write the offset, such as +0800"),
        (
            "Mon, 24 Nov 2026 09:30 +0800",
            "time-weekday",
            "correct the date, or leave the day of the week out",
        ),
        ("24 Nov 2026 09:30", "time-unreadable", "write it as 2026-11-23T15:30:00+08:00"),
        (
            "24 Brumaire 2026 09:30 +0800",
            "time-unreadable",
            "write it as 2026-11-23T15:30:00+08:00",
        ),
        ("tomorrow", "time-unreadable", "write it as 2026-11-23T15:30:00+08:00"),
        ("1795483800", "time-unreadable", "write it as 2026-11-23T15:30:00+08:00"),
        ("", "time-unreadable", "write it as 2026-11-23T15:30:00+08:00"),
        ("\uff12026-11-24 09:30", "time-unreadable", "write it as 2026-11-23T15:30:00+08:00"),
    ],
)
def test_what_could_mean_two_moments_or_none_is_refused(text: str, kind: str, remedy: str) -> None:
    finding = _refusal(text)

    assert (finding.id, finding.remedy.en) == (kind, remedy)


@pytest.mark.parametrize("text", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_an_hour_that_does_not_exist_or_exists_twice_is_refused(text: str) -> None:
    finding = _refusal(text, BERLIN)

    assert finding.id == "time-clock-change"
    assert "Europe/Berlin" in finding.text.en


def test_such_an_hour_is_read_with_its_offset() -> None:
    assert _read("2026-10-25 02:30+01:00", BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Asia/Taipeh", "../etc/passwd", "", "x\0", "a" * 5000])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not a time zone; write a name such as Asia/Taipei"):
        platform_zone(name)


@pytest.fixture
def _no_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A host without tzdata, neither Debian's nor Python's."""
    monkeypatch.setitem(sys.modules, "tzdata", None)  # makes its import fail
    zoneinfo.ZoneInfo.clear_cache()
    zoneinfo.reset_tzpath(to=[])
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("_no_zones")
def test_a_relay_without_tzdata_still_knows_the_platforms_zone() -> None:
    zone = platform_zone()

    assert _read("2026-11-24 09:30", zone) == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    with pytest.raises(InputError, match="is not a time zone"):
        platform_zone("Europe/Berlin")


def _judged(launch: datetime | None, expire: datetime | None, now: datetime) -> list[str]:
    return [one.id for one in judge_times(launch, expire, now=now, zone=TAIPEI)]


HOUR, YEAR = timedelta(hours=1), timedelta(days=366)


def test_a_launch_in_the_past_is_found(now: datetime) -> None:
    assert _judged(now - HOUR, None, now) == ["time-past"]


def test_an_expiry_in_the_past_is_an_error(now: datetime) -> None:
    [finding] = judge_times(None, now - HOUR, now=now, zone=TAIPEI)

    assert (finding.id, finding.severity) == ("time-expired", Severity.ERROR)


@pytest.mark.parametrize("later", [timedelta(), -HOUR])
def test_an_expiry_not_after_the_launch_is_an_error(later: timedelta, now: datetime) -> None:
    launch = now + 2 * HOUR

    assert _judged(launch, launch + later, now) == ["time-expires-before-launch"]


def test_a_time_further_than_a_year_is_found(now: datetime) -> None:
    assert _judged(now + YEAR + HOUR, None, now) == ["time-far"]
    assert _judged(None, now + YEAR + HOUR, now) == ["time-far"]


def test_times_in_order_and_within_a_year_are_fine(now: datetime) -> None:
    assert _judged(now + HOUR, now + YEAR, now) == []


@given(st.datetimes(EARLY, LATE, timezones=st.just(UTC)))
def test_a_written_time_is_read_back(moment: datetime) -> None:
    assert _read(write_time(moment, TAIPEI)) == moment.replace(microsecond=0)


@given(st.one_of(st.text(max_size=100), st.from_regex(r"[0-9/:T +Z.-]{1,40}", fullmatch=True)))
def test_any_text_is_a_moment_or_one_finding(text: str) -> None:
    reading = read_time(text, subject="X-NextLaunchTime", zone=BERLIN)

    assert (reading.value is None) is (len(reading.findings) == 1)
