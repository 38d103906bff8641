"""Reads the control headers of a message and says what is wrong with them.

`fields` may come from a file (omi_core.message.fields) or, one by one, from a milter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from omi_core.findings.finding import Finding
from omi_core.message import catalogue
from omi_core.message.control import (
    CONTROL_HEADERS,
    ControlHeader,
    ControlHeaders,
    Kind,
    Value,
    control_header,
)
from omi_core.message.fields import Field, parse
from omi_core.message.launch_time import judge_hold, judge_times, read_time
from omi_core.message.text_value import read_text, unsafe
from omi_core.options.codec import decode
from omi_core.options.reading import quoted, read_number
from omi_core.text import COMMA, Text

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_SHOWN_VALUES = 5
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One field of a message that is a control header; `value` is None where it is refused."""

    header: ControlHeader
    written: str
    value: Value | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a message says to the send engine: the value, each field as read, the findings."""

    headers: ControlHeaders
    read: tuple[Read, ...]
    findings: tuple[Finding, ...]


def check_message(
    message: bytes, *, zone: tzinfo, now: datetime, longest_hold: timedelta | None = None
) -> Checked:
    """Read and judge the control headers of `message`, whose body may be cut off; see `check`.

    Raises InputError for a text that is not a message.
    """
    header = parse(message)
    checked = check(header.fields, zone=zone, now=now, longest_hold=longest_hold)
    if header.broken is None:
        return checked
    line = quoted(header.broken.decode("utf-8", "backslashreplace"))
    broken = catalogue.BROKEN_LINE.of("header", read=line)
    return replace(checked, findings=(*checked.findings, broken))


def check(
    fields: Iterable[Field],
    *,
    zone: tzinfo,
    now: datetime,
    longest_hold: timedelta | None = None,
) -> Checked:
    """Read and judge the control headers among `fields`.

    `zone` is the platform's, for times without an offset; `now` (aware) is what "past" means.
    `longest_hold` is how long a relay keeps a mail for its launch; None where that is not known.
    Raises nothing: what cannot be read is left out of the value and said in a finding.
    """
    read: dict[str, list[Read]] = defaultdict(list)
    findings: list[Finding] = []
    for field in fields:
        if header := control_header(field.name):
            read[header.attribute].append(read_field(header, field.value, zone))
        elif right := _misspelt(field.name):
            written = quoted(field.name)
            findings.append(catalogue.MISSPELT.of(field.name, read=written, right=right))
    in_order = [read[header.attribute] for header in CONTROL_HEADERS if read[header.attribute]]
    for same in in_order:
        findings += [*(one for each in same for one in each.findings), *_duplicates(same)]
    agreed: dict[str, Any] = {same[0].header.attribute: _agreed(same) for same in in_order}
    headers = ControlHeaders(**agreed)
    launch, expire = headers.next_launch_time, headers.launch_expire_time
    findings += judge_times(launch, expire, now=now, zone=zone)
    if launch is not None and longest_hold is not None:
        findings += judge_hold(launch, longest_hold, now=now, zone=zone)
    return Checked(
        headers=headers,
        read=tuple(each for same in in_order for each in same),
        findings=tuple(findings),
    )


def read_field(header: ControlHeader, value: bytes, zone: tzinfo) -> Read:
    """Read one control header from `value`, which may still be folded. Raises nothing."""
    unfolded = _FOLD.sub(b"", value).strip(b" \t\r\n")
    written = unfolded.decode("utf-8", "backslashreplace")
    if unsafe(written.replace("\t", " ")):
        found = catalogue.CONTROL_CHARACTER.of(header.name, read=quoted(written))
        return Read(header=header, written=written, value=None, findings=(found,))
    got, findings = _value(header, unfolded, written, zone)
    return Read(header=header, written=written, value=got, findings=findings)


def _value(
    header: ControlHeader, unfolded: bytes, written: str, zone: tzinfo
) -> tuple[Value | None, tuple[Finding, ...]]:
    if header.kind is Kind.TEXT:
        text = read_text(unfolded, subject=header.name)
        return text.value, text.findings
    if header.kind is Kind.TIME:
        time = read_time(written, subject=header.name, zone=zone)
        return time.value, time.findings
    number = read_number(written, subject=header.name, family=header.family)
    if number.value is None or header.family is None:
        return number.value, number.findings
    decoded = decode(header.family, number.value, subject=header.name)
    return decoded.value, (*number.findings, *decoded.findings)


def _agreed(same: list[Read]) -> Value | None:
    """Return the value that all of `same` have; None where they differ."""
    return same[0].value if _equal(same) else None


def _equal(same: list[Read]) -> bool:
    return len({each.written if each.value is None else each.value for each in same}) == 1


def _duplicates(same: list[Read]) -> Iterator[Finding]:
    if len(same) == 1:
        return
    kind = catalogue.DUPLICATE_EQUAL if _equal(same) else catalogue.DUPLICATE
    values = [quoted(each.written, 30) for each in same[:_SHOWN_VALUES]]
    read = Text.joined(values, COMMA)
    yield kind.of(same[0].header.name, count=len(same), read=read)


def _misspelt(name: str) -> str | None:
    return _BY_SOUND.get(_sound(name)) if len(name) < _LONGEST_NAME else None


def _sound(name: str) -> str:
    """Return what is left of a name without case, punctuation, the X and a plural's s."""
    letters = "".join(letter for letter in name.lower() if letter.isalnum())
    return letters.removeprefix("x").removesuffix("s")


_BY_SOUND = {_sound(header.name): header.name for header in CONTROL_HEADERS}
