"""Every finding about the control headers of a message: id, how bad it is, and its words.

What the headers' numbers are judged by stands in omi_core.options.catalogue.
"""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.text import Text

_READ = Text("read: {read}")

DUPLICATE = FindingKind(
    id="header-duplicate",
    severity=Severity.ERROR,
    text=Text("the header stands there {count} times with different values, so neither is used"),
    expected=Text("the header once"),
    observed=_READ,
    remedy=Text("keep the one that is meant"),
)
DUPLICATE_EQUAL = FindingKind(
    id="header-duplicate-equal",
    severity=Severity.WARNING,
    text=Text("the header stands there {count} times with the same value"),
    expected=Text("the header once"),
    observed=_READ,
    remedy=Text("keep one of them"),
)
MISSPELT = FindingKind(
    id="header-misspelt",
    severity=Severity.WARNING,
    text=Text("this is not a control header, so it has no effect"),
    expected=Text.plain("{right}"),
    observed=_READ,
    remedy=Text("write {right} if that is meant"),
)
BROKEN_LINE = FindingKind(
    id="header-broken-line",
    severity=Severity.ERROR,
    text=Text(
        "this line is not a header field and ends the header; what follows it is not looked at"
    ),
    expected=Text("fields such as 'X-LinkOption: 192', then an empty line"),
    observed=_READ,
    remedy=Text("mend the line or put an empty line before it"),
)
CONTROL_CHARACTER = FindingKind(
    id="header-control-character",
    severity=Severity.ERROR,
    text=Text("a control character in the value, which could smuggle in another header"),
    expected=Text("printable characters"),
    observed=_READ,
    remedy=Text("write the value on one line, without it"),
)
FORBIDDEN = FindingKind(
    id="header-forbidden",
    severity=Severity.ERROR,
    text=Text("messages of this account may not set the header"),
    expected=Text("the message without it"),
    observed=_READ,
    remedy=Text("leave it out, or ask for the right to set it"),
)
FORBIDDEN_BIT = FindingKind(
    id="header-forbidden-bit",
    severity=Severity.ERROR,
    text=Text("messages of this account may not set {bits}"),
    expected=Text.plain("{without}"),
    observed=Text("read: {value}"),
    remedy=Text("write {without}, or ask for the right to set it"),
)
TEXT_EMPTY = FindingKind(
    id="text-empty",
    severity=Severity.ERROR,
    text=Text("the header has no text"),
    expected=Text("a text"),
    observed=_READ,
    remedy=Text("give a text, or leave the header out"),
)
TEXT_TOO_LONG = FindingKind(
    id="text-too-long",
    severity=Severity.ERROR,
    text=Text("the text is too long"),
    expected=Text("at most 1000 characters"),
    observed=_READ,
    remedy=Text("shorten it"),
)
TEXT_UNDECODABLE = FindingKind(
    id="text-undecodable",
    severity=Severity.ERROR,
    text=Text("the text cannot be decoded"),
    expected=Text("ASCII, or encoded words in UTF-8 (RFC 2047)"),
    observed=_READ,
    remedy=Text("let the mail program encode it as UTF-8"),
)
TEXT_RAW = FindingKind(
    id="text-raw-utf-8",
    severity=Severity.WARNING,
    text=Text("UTF-8 that is not encoded, which not every mail server lets through"),
    expected=Text("encoded words (RFC 2047)"),
    observed=_READ,
    remedy=Text("write the header with 'omi message set'"),
)


def _time(kind: str, severity: Severity, text: Text, remedy: Text, expected: Text) -> FindingKind:
    return FindingKind(
        id=f"time-{kind}",
        severity=severity,
        text=text,
        expected=expected,
        observed=_READ,
        remedy=remedy,
    )


_FORM = Text("a time such as 2026-11-23T15:30:00+08:00")
_WRITE = Text("write it as 2026-11-23T15:30:00+08:00")
_WRITE_RIGHT = Text("write {right}")
_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

TIME_UNREADABLE = _time(
    "unreadable",
    _ERROR,
    Text("that is not a time in a known form"),
    _WRITE,
    _FORM,
)
TIME_AMBIGUOUS = _time(
    "ambiguous",
    _ERROR,
    Text("the date does not begin with the year, so day and month can be mistaken for one another"),
    _WRITE_RIGHT,
    Text("the year first"),
)
TIME_ROC_YEAR = _time(
    "roc-year",
    _ERROR,
    Text("a year of the Republic of China calendar is not read"),
    _WRITE_RIGHT,
    Text("a year with four digits"),
)
TIME_NO_TIME = _time(
    "no-time-of-day",
    _ERROR,
    Text("the time of day is missing"),
    _WRITE_RIGHT,
    Text("a date and a time"),
)
TIME_IMPOSSIBLE = _time("impossible", _ERROR, Text("there is no such date or time"), _WRITE, _FORM)
TIME_ZONE_NAME = _time(
    "zone-name",
    _ERROR,
    Text("the zone {zone} is not the same everywhere (CST is UTC-6 as well as UTC+8)"),
    Text("write the offset, such as +0800"),
    Text("an offset, or GMT"),
)
TIME_WEEKDAY = _time(
    "weekday",
    _ERROR,
    Text("the day of the week does not belong to the date"),
    Text("correct the date, or leave the day of the week out"),
    Text.plain("{right}"),
)
TIME_CLOCK_CHANGE = _time(
    "clock-change",
    _ERROR,
    Text("the clocks of {zone} change then: that hour does not exist, or exists twice"),
    Text("write the offset too, such as +08:00"),
    Text("a time with its offset"),
)
TIME_PAST = _time(
    "past",
    _WARNING,
    Text("the launch time has passed"),
    Text("choose a later time, or leave the header out"),
    Text("later than {now}"),
)
TIME_EXPIRED = _time(
    "expired",
    _ERROR,
    Text("the message has expired already and will not be sent"),
    Text("choose a later time, or leave the header out"),
    Text("later than {now}"),
)
TIME_EXPIRES_FIRST = _time(
    "expires-before-launch",
    _ERROR,
    Text("the message expires before it is launched"),
    Text("choose a time after the launch"),
    Text("later than {launch}"),
)
TIME_FAR = _time(
    "far",
    _WARNING,
    Text("that is further than a year from now"),
    Text("check the year"),
    Text("earlier than {limit}"),
)
TIME_BEYOND_HOLD = _time(
    "beyond-hold",
    _ERROR,
    Text(
        "the mail would wait longer than {hours} hours, the longest for which it is certain that"
        " its signature verifies when it arrives"
    ),
    Text("choose an earlier time, or send the mail later"),
    Text("not later than {limit}"),
)

KINDS = (
    DUPLICATE,
    DUPLICATE_EQUAL,
    MISSPELT,
    BROKEN_LINE,
    CONTROL_CHARACTER,
    FORBIDDEN,
    FORBIDDEN_BIT,
    TEXT_EMPTY,
    TEXT_TOO_LONG,
    TEXT_UNDECODABLE,
    TEXT_RAW,
    TIME_UNREADABLE,
    TIME_AMBIGUOUS,
    TIME_ROC_YEAR,
    TIME_NO_TIME,
    TIME_IMPOSSIBLE,
    TIME_ZONE_NAME,
    TIME_WEEKDAY,
    TIME_CLOCK_CHANGE,
    TIME_PAST,
    TIME_EXPIRED,
    TIME_EXPIRES_FIRST,
    TIME_FAR,
    TIME_BEYOND_HOLD,
)
