"""Text to number, as people write numbers: into headers, and on the command line.

Whatever is refused, is refused with a finding that says what was read and what would be right.
The length is looked at first, so no text takes longer than microseconds.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_

from omi_core.findings.finding import Finding, FindingKind
from omi_core.options import catalogue
from omi_core.options.codec import codec_of
from omi_core.options.family import Family, Shape
from omi_core.options.shapes import HIGHEST
from omi_core.printable import printable
from omi_core.text import Text

LONGEST = 160  # characters; a number has 11, and a few names fit, which are answered with theirs
_LOWEST_SIGNED = -(1 << 31)
_DIGITS = 24
_DECIMAL = re.compile(r"-?[0-9]{1,24}")
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
# None of these can backtrack: a hostile header costs no more than its length.
_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]*|[+-]?[0-9.]+[eE][+-]?[0-9]+")
_SEVERAL = re.compile(r"[0-9]{1,10}(?:[,;|+ \t]+[0-9]{1,10})+")
_TRAILING = re.compile(r"([0-9]{1,10})[^0-9a-zA-Z]+")
_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[,;|+ \t]+[A-Za-z_][A-Za-z0-9_]*)*")
_BETWEEN = re.compile(r"[,;|+ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The number that was read, or None where it is refused, and what is to be said about it."""

    value: int | None
    findings: tuple[Finding, ...] = ()


def read_number(
    text: str, *, subject: str, family: Family | None = None, hex_allowed: bool = False
) -> Reading:
    """Read an option number, 0 .. 2^32-1, as it stands in the header `subject`.

    Accepted are decimal digits with spaces around them, and signed 32-bit numbers with a
    finding; hexadecimal only where `hex_allowed` (the command line). With `family`, the findings
    can name the number for option names written in its place. Raises nothing.
    """
    if len(text) > LONGEST:
        return _refused(catalogue.NUMBER_MALFORMED, 0, text, subject)
    stripped = text.strip(" \t")
    if _DECIMAL.fullmatch(stripped):
        return _decimal(stripped, subject)
    if hex_allowed and _HEX.fullmatch(stripped) and int(stripped, 16) <= HIGHEST:
        return Reading(value=int(stripped, 16))
    return _unreadable(stripped, subject, family)


def shown(text: str, longest: int = 60) -> str:
    """Return `text` as it may be shown anywhere: shortened, and printable."""
    begin = printable(text[:longest])
    return f"{begin}…" if len(text) > longest else begin


def quoted(text: str, longest: int = 60) -> Text:
    """Return `text` as it may be shown anywhere, in each language's quotation marks."""
    inside = shown(text, longest)
    return Text("“{words}”").format(words=inside)


def _decimal(text: str, subject: str) -> Reading:
    number = int(text)
    if not _LOWEST_SIGNED <= number <= HIGHEST:
        return _refused(catalogue.NUMBER_TOO_LARGE, 0, text, subject)
    value = number & HIGHEST
    if text == str(value):
        return Reading(value=value)
    kind = catalogue.NUMBER_NEGATIVE if number < 0 else catalogue.NUMBER_LEADING_ZERO
    return Reading(value=value, findings=(_finding(kind, text, subject, value),))


def _unreadable(text: str, subject: str, family: Family | None) -> Reading:
    for recognise in (_empty, _hex, _foreign, _several, _fraction, _trailing, _names):
        if fault := recognise(text, family):
            return _refused(*fault, text, subject)
    return _refused(catalogue.NUMBER_MALFORMED, 0, text, subject)


# What is wrong, and the number that would be right (0 where none can be told).
_Fault = tuple[FindingKind, int]


def _empty(text: str, _family: Family | None) -> _Fault | None:
    return None if text else (catalogue.NUMBER_EMPTY, 0)


def _hex(text: str, _family: Family | None) -> _Fault | None:
    return (catalogue.NUMBER_HEX, int(text, 16)) if _HEX.fullmatch(text) else None


def _foreign(text: str, _family: Family | None) -> _Fault | None:
    if text.isascii() or not text.isdecimal() or len(text) > _DIGITS:
        return None
    return catalogue.NUMBER_FOREIGN_DIGITS, int(text)


def _several(text: str, family: Family | None) -> _Fault | None:
    if not _SEVERAL.fullmatch(text):
        return None
    if family is None or family.shape is not Shape.FLAGS:
        return catalogue.NUMBER_SEVERAL_VALUES, 0
    return catalogue.NUMBER_SEVERAL, reduce(or_, map(int, _BETWEEN.split(text)))


def _fraction(text: str, _family: Family | None) -> _Fault | None:
    return (catalogue.NUMBER_FRACTION, 0) if _FRACTION.fullmatch(text) else None


def _trailing(text: str, _family: Family | None) -> _Fault | None:
    found = _TRAILING.fullmatch(text)
    return (catalogue.NUMBER_TRAILING, int(found[1])) if found else None


def _names(text: str, family: Family | None) -> _Fault | None:
    if family is None or not _NAMES.fullmatch(text):
        return None
    numbers = [codec_of(family).find(name) for name in _BETWEEN.split(text)]
    known = [number for number in numbers if number is not None]
    return (catalogue.NUMBER_NAMES, reduce(or_, known)) if len(known) == len(numbers) else None


def _refused(kind: FindingKind, value: int, text: str, subject: str) -> Reading:
    if value > HIGHEST:
        kind = catalogue.NUMBER_TOO_LARGE
    return Reading(value=None, findings=(_finding(kind, text, subject, value),))


def _finding(kind: FindingKind, text: str, subject: str, value: int) -> Finding:
    return kind.of(subject, read=quoted(text), value=value)
