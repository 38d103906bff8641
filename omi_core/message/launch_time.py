"""Times in X-NextLaunchTime and X-LaunchExpireTime, for which the guide gives no format.

What is read, what is written and why: docs/decisions/0003-header-times.md. Whatever could mean
two moments is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from omi_core.errors import InputError
from omi_core.findings.finding import Finding, FindingKind
from omi_core.message import catalogue
from omi_core.options.reading import quoted
from omi_core.text import Text

PLATFORM_ZONE = "Asia/Taipei"
LONGEST = 80  # characters; an RFC 5322 date with a comment has about 45
_YEARS = range(1970, 9000)  # so that no conversion between zones can overflow
_ROC_YEAR_ONE = 1912
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
_OFFSET = r"(Z|[+-]\d{2}(?::?\d{2})?)?"
_FLAGS = re.ASCII | re.IGNORECASE
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}})[T ]{_CLOCK} ?{_OFFSET}", _FLAGS)
_COMPACT = re.compile(rf"(\d{{4}})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?{_OFFSET}", _FLAGS)
_RFC_5322 = re.compile(
    r"(?:([a-z]{3}), *)?(\d{1,2}) +([a-z]{3}) +(\d{4}) +(\d{2}):(\d{2})(?::(\d{2}))? +"
    r"([+-]\d{4}|[a-z]{1,5})(?: +\([^()]{0,30}\))?",
    _FLAGS,
)
_DATE_ONLY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", _FLAGS)
_ROC = re.compile(r"(\d{3})([-/.])(\d{1,2})\2(\d{1,2})( .*)?", _FLAGS)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})\b", _FLAGS)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UTC_NAMES = frozenset({"Z", "GMT", "UT", "UTC"})
_CENTURY = 100
_A_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """The moment that was read (aware), or None where it is refused, and what is said about it."""

    value: datetime | None
    findings: tuple[Finding, ...] = ()


class _RefusedError(Exception):
    """Why a text is no moment: a kind of the catalogue and the words for its braces."""

    def __init__(self, kind: FindingKind, **words: str | Text) -> None:
        self.kind = kind
        self.words = words


def platform_zone(name: str = PLATFORM_ZONE) -> tzinfo:
    """Return the zone called `name` in the IANA database; raises InputError for another name."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # ZoneInfoNotFoundError is a KeyError
        if name == PLATFORM_ZONE:  # a relay may have no tzdata; Taiwan has had no DST since 1979
            return timezone(timedelta(hours=8), name)
        raise InputError(
            "{name} is not a time zone; write a name such as {platform_zone}",
            name=quoted(name),
            platform_zone=PLATFORM_ZONE,
        ) from None


def read_time(text: str, *, subject: str, zone: tzinfo) -> TimeReading:
    """Read a moment; one without an offset is in `zone`, the platform's. Raises nothing."""
    stripped = text.strip(" \t")
    try:
        return TimeReading(value=_moment(stripped, zone))
    except _RefusedError as refusal:
        found = refusal.kind.of(subject, read=quoted(stripped), **refusal.words)
        return TimeReading(value=None, findings=(found,))


def write_time(moment: datetime, zone: tzinfo) -> str:
    """Return the one canonical form: RFC 3339 to the second, with the platform's offset."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def told_time(moment: datetime) -> str:
    """Return a moment (aware) as people read it, in the platform's zone: 2026-11-28 21:45+08:00."""
    return _in_platform_zone(moment).isoformat(sep=" ", timespec="minutes")


def told_date(moment: datetime) -> str:
    """Return the day of a moment (aware) in the platform's zone."""
    return _in_platform_zone(moment).date().isoformat()


def _in_platform_zone(moment: datetime) -> datetime:
    try:
        return moment.astimezone(platform_zone())
    except OverflowError:  # 99991231235959Z, a certificate without an end (RFC 5280 4.1.2.5)
        return moment


def judge_times(
    launch: datetime | None, expire: datetime | None, *, now: datetime, zone: tzinfo
) -> Iterator[Finding]:
    """Yield what is wrong with the two moments (aware) at `now`, or between them."""
    if launch is not None:
        yield from _judge_one("X-NextLaunchTime", launch, catalogue.TIME_PAST, now, zone)
    if expire is not None:
        yield from _judge_one("X-LaunchExpireTime", expire, catalogue.TIME_EXPIRED, now, zone)
    if launch is not None and expire is not None and expire <= launch:
        yield catalogue.TIME_EXPIRES_FIRST.of(
            "X-LaunchExpireTime", read=write_time(expire, zone), launch=write_time(launch, zone)
        )


def judge_hold(
    launch: datetime, longest: timedelta, *, now: datetime, zone: tzinfo
) -> Iterator[Finding]:
    """Yield what is wrong with a launch for which a relay would have to keep the mail too long."""
    if launch > now + longest:
        yield catalogue.TIME_BEYOND_HOLD.of(
            "X-NextLaunchTime",
            read=write_time(launch, zone),
            hours=int(longest.total_seconds()) // 3600,
            limit=write_time(now + longest, zone),
        )


def _judge_one(
    subject: str, moment: datetime, past: FindingKind, now: datetime, zone: tzinfo
) -> Iterator[Finding]:
    read = write_time(moment, zone)
    if moment <= now:
        yield past.of(subject, read=read, now=write_time(now, zone))
    elif moment > now + _A_YEAR:
        yield catalogue.TIME_FAR.of(subject, read=read, limit=write_time(now + _A_YEAR, zone))


def _moment(text: str, zone: tzinfo) -> datetime:
    if len(text) > LONGEST:
        raise _RefusedError(catalogue.TIME_UNREADABLE)
    if found := _YEAR_FIRST.fullmatch(text):
        year, _, month, day, hour, minute, second, offset = found.groups()
        return _local((year, month, day, hour, minute, second), offset, zone)
    if found := _COMPACT.fullmatch(text):
        *digits, offset = found.groups()
        return _local(tuple(digits), offset, zone)
    if found := _RFC_5322.fullmatch(text):
        return _rfc_5322(found, zone)
    raise _why_not(text)


def _rfc_5322(found: re.Match[str], zone: tzinfo) -> datetime:
    weekday, day, month, year, hour, minute, second, offset = found.groups()
    if month.lower() not in _MONTHS:
        raise _RefusedError(catalogue.TIME_UNREADABLE)
    if offset.upper() in _UTC_NAMES:
        offset = "Z"
    elif offset[0] not in "+-":
        raise _RefusedError(catalogue.TIME_ZONE_NAME, zone=offset)
    number = str(_MONTHS.index(month.lower()) + 1)
    moment = _local((year, number, day, hour, minute, second), offset, zone)
    if weekday is not None and weekday.lower() != _DAYS[moment.weekday()]:
        right = f"{_DAYS[moment.weekday()].capitalize()}, {day} {month} {year}"
        raise _RefusedError(catalogue.TIME_WEEKDAY, right=right)
    return moment


def _local(digits: tuple[str | None, ...], offset: str | None, zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in digits)
    if year not in _YEARS:
        raise _RefusedError(catalogue.TIME_IMPOSSIBLE)
    try:
        at = UTC if offset is None else _fixed(offset)
        naive = datetime(year, month, day, hour, minute, second, tzinfo=at)
    except ValueError:
        raise _RefusedError(catalogue.TIME_IMPOSSIBLE) from None
    return naive if offset is not None else _in_zone(naive, zone)


def _fixed(offset: str) -> tzinfo:
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    time(hours, minutes)  # raises ValueError for +08:99
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)


def _in_zone(naive: datetime, zone: tzinfo) -> datetime:
    moment = naive.replace(tzinfo=zone)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():  # PEP 495: a gap or a fold
        raise _RefusedError(catalogue.TIME_CLOCK_CHANGE, zone=str(zone))
    return moment


def _why_not(text: str) -> _RefusedError:
    """Return the refusal of a text in no known form, with the right one where it can be told."""
    if found := _DATE_ONLY.fullmatch(text):
        if right := _date(*(int(part) for part in found.groups())):
            return _RefusedError(catalogue.TIME_NO_TIME, right=f"{right} 09:00")
        return _RefusedError(catalogue.TIME_IMPOSSIBLE)
    if found := _YEAR_LAST.match(text):
        dates = _possible(*(int(part) for part in found.groups()))
        if dates:
            either = Text.joined(map(Text.plain, dates), Text(" or "))
            return _RefusedError(catalogue.TIME_AMBIGUOUS, right=either)
    if found := _ROC.fullmatch(text):
        year = int(found[1]) + _ROC_YEAR_ONE - 1
        if right := _date(year, int(found[3]), int(found[4])):
            return _RefusedError(catalogue.TIME_ROC_YEAR, right=right + (found[5] or ""))
    return _RefusedError(catalogue.TIME_UNREADABLE)


def _possible(first: int, second: int, last: int) -> list[str]:
    """Return the dates that `first`/`second`/`last` can be, the year in front."""
    short = last < _CENTURY
    orders = [(last + 2000 * short, second, first), (last + 2000 * short, first, second)]
    if short:
        orders.append((first + 2000, second, last))
    return [each for each in dict.fromkeys(_date(*order) for order in orders) if each]


def _date(year: int, month: int, day: int) -> str:
    """Return the date in its canonical form, empty where there is none such."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
