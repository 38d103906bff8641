"""Numbers as people write them into headers and on the command line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omi_core.findings.finding import Severity
from omi_core.options import FAMILIES, Reading, read_number


def _read(text: str, *, hex_allowed: bool = False) -> Reading:
    return read_number(
        text, subject="X-LinkOption", family=FAMILIES["link"], hex_allowed=hex_allowed
    )


@pytest.mark.parametrize("text", ["192", " 192", "192 ", "\t192  "])
def test_a_decimal_number_may_have_spaces_around_it(text: str) -> None:
    assert _read(text) == Reading(value=192)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("4294967295", 4294967295)])
def test_the_smallest_and_the_largest_number_are_read(text: str, value: int) -> None:
    assert _read(text) == Reading(value=value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("-2147483648", 2147483648), ("-1", 4294967295), ("-2147483584", 2147483712)],
)
def test_a_signed_number_is_read_as_its_bits_with_a_warning(text: str, value: int) -> None:
    reading = _read(text)
    [finding] = reading.findings

    assert reading.value == value
    assert (finding.id, finding.severity) == ("number-negative", Severity.WARNING)
    assert finding.remedy.en == f"write {value}"


def test_a_leading_zero_is_read_as_decimal_with_a_warning() -> None:
    reading = _read("0192")

    assert reading.value == 192
    assert [one.id for one in reading.findings] == ["number-leading-zero"]


@pytest.mark.parametrize(
    ("text", "value"), [("0x40", 64), ("0XfF", 255), ("0xFFFFFFFF", 2**32 - 1)]
)
def test_hexadecimal_is_read_on_the_command_line(text: str, value: int) -> None:
    assert _read(text, hex_allowed=True) == Reading(value=value)


@pytest.mark.parametrize(
    ("text", "kind", "remedy"),
    [
        ("0x40", "number-hex", "write 64"),
        ("", "number-empty", "write one decimal number, such as 192"),
        ("  ", "number-empty", "write one decimal number, such as 192"),
        ("64.5", "number-fraction", "write one decimal number, such as 192"),
        ("1e3", "number-fraction", "write one decimal number, such as 192"),
        ("4294967296", "number-too-large", "write one decimal number, such as 192"),
        ("-2147483649", "number-too-large", "write one decimal number, such as 192"),
        ("0x100000000", "number-too-large", "write one decimal number, such as 192"),
        ("\uff16\uff14", "number-foreign-digits", "write 64"),
        ("٦٤", "number-foreign-digits", "write 64"),
        ("64,128", "number-several", "write 192 if all of them are meant"),
        ("64 | 128", "number-several", "write 192 if all of them are meant"),
        ("64;", "number-trailing", "write 64"),
        ("NotTrackOpen", "number-names", "write 64"),
        ("NotTrackOpen, cLKNotTrackAllLinkMask", "number-names", "write 192"),
        ("+64", "number-malformed", "write one decimal number, such as 192"),
        ("six", "number-malformed", "write one decimal number, such as 192"),
        ("6_4", "number-malformed", "write one decimal number, such as 192"),
    ],
)
def test_what_is_refused_says_what_was_read_and_what_is_right(
    text: str, kind: str, remedy: str
) -> None:
    reading = _read(text)
    [finding] = reading.findings

    assert reading.value is None
    assert (finding.id, finding.severity) == (kind, Severity.ERROR)
    assert finding.remedy.en == remedy
    assert text.strip() in finding.observed.en


def test_several_values_for_a_family_of_one_value_are_not_added_up() -> None:
    reading = read_number("1,2", subject="X-SendOption", family=FAMILIES["send"])

    assert [one.id for one in reading.findings] == ["number-several-values"]


def test_what_is_quoted_cannot_write_to_a_terminal() -> None:
    [finding] = _read("\x1b[2J\u202e64").findings

    assert finding.observed.en == r"read: “\x1b[2J\u202e64”"


@given(st.text())
@example("9" * 5000)
@example("-" + "9" * 24)
@example(" " * 5000)
def test_no_text_is_more_than_refused(text: str) -> None:
    for hex_allowed in (False, True):
        reading = _read(text, hex_allowed=hex_allowed)
        refused = any(one.severity is Severity.ERROR for one in reading.findings)
        assert refused is (reading.value is None)
        assert reading.value is None or 0 <= reading.value < 2**32


@pytest.mark.parametrize(
    "hostile",
    [
        "9" * 10**6,
        " " * 10**6,
        "1" + " " * 150 + "x",
        "1," * 79 + "1",
        "a" + " " * 150 + "!",
        "1." + "0" * 150 + "x",
        "-" * 160,
        "A," * 79 + "A",
    ],
)
def test_hostile_text_is_refused_like_any_other(hostile: str) -> None:
    """What it costs is measured in benchmarks/codec.py."""
    reading = _read(hostile)
    [finding] = reading.findings

    assert reading.value is None
    assert len(finding.observed.en) < 100
