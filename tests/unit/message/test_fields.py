"""Where the header of a message ends, and what is not a message."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.message import parse, read_head
from omi_core.message.fields import HEADER_LIMIT


def _names(message: bytes) -> list[str]:
    return [field.name for field in parse(message).fields]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_header_ends_at_the_first_empty_line(newline: bytes) -> None:
    message = newline.join([b"A: 1", b"B: 2", b"", b"X-LinkOption: 192", b""])

    header = parse(message)

    assert [field.name for field in header.fields] == ["A", "B"]
    assert message[header.end :] == newline + b"X-LinkOption: 192" + newline
    assert header.newline == newline


def test_a_folded_line_belongs_to_its_field() -> None:
    [first, second] = parse(b"A: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n").fields

    assert first.value == b" 1\r\n  2\r\n\t3\r\n"
    assert second.name == "B"


def test_spaces_may_stand_before_the_colon() -> None:
    assert _names(b"X-LinkOption : 64\n\n") == ["X-LinkOption"]


def test_a_message_may_have_no_body_and_no_last_line_end() -> None:
    assert _names(b"A: 1\nB: 2") == ["A", "B"]


def test_the_first_line_of_an_mbox_file_is_no_field() -> None:
    assert _names(b"From a@example.com Mon Nov 23 15:30:00 2026\nA: 1\n\n") == ["A"]


def test_a_line_that_is_no_field_ends_the_header_and_is_kept_for_the_findings() -> None:
    header = parse(b"A: 1\nthis is not a field\nX-LinkOption: 64\n\n")

    assert header.broken == b"this is not a field"
    assert [field.name for field in header.fields] == ["A"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "it is empty"),
        (b"\n\nbody", "not a mail message"),
        (b"\x7fELF\x02\x01", "begins with '\\\\x7fELF"),
        (b"\xef\xbb\xbfX-LinkOption: 64\n\n", "byte order mark"),
        (b"\xff\xfeX\x00-\x00", "byte order mark"),
        (b" folded first\nA: 1\n\n", "not a mail message"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_the_documented_error(text: bytes) -> None:
    try:
        header = parse(text)
    except InputError:
        return
    assert 0 < header.end <= len(text)


@given(st.lists(st.sampled_from([b"A: 1", b" 2", b"\t", b"", b"x", b"\r", b":"]), max_size=8))
def test_fields_stand_where_they_say(lines: list[bytes]) -> None:
    text = b"\n".join([b"First: 0", *lines])

    for field in parse(text).fields:
        assert text[field.start : field.end].startswith(field.name.encode())
        assert text[field.start : field.end].endswith(field.value)


def test_only_the_start_of_a_huge_message_is_read() -> None:
    stream = io.BytesIO(b"A: 1\n\n" + b"x" * 10_000_000)

    assert len(read_head(stream)) <= 1 << 16


def test_a_header_without_an_end_is_refused_after_a_mebibyte() -> None:
    stream = io.BytesIO(b"A: 1\n" * 1_000_000)

    with pytest.raises(InputError, match="within 1 MiB"):
        read_head(stream)
    assert stream.tell() < 1_200_000


@pytest.mark.parametrize("line", [b" \n", b"\t\r\n"])
def test_a_field_of_half_a_million_lines_is_read(line: bytes) -> None:
    """Nothing is timed; put together line by line it would be copied for minutes."""
    value = line * (HEADER_LIMIT // len(line) - 20)
    message = b"X-JobName: a\n" + value + b"X-RefNumber: 1\n\n"
    [first, second] = parse(read_head(io.BytesIO(message))).fields
    assert first.value == b" a\n" + value
    assert second.name == "X-RefNumber"
