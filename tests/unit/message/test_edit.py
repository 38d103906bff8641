"""Setting and removing headers changes those headers and not one octet else."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.message import (
    CONTROL_HEADERS,
    ControlHeader,
    Value,
    check_message,
    edit,
    platform_zone,
)

ZONE = platform_zone()
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZONE)
BY_NAME = {one.name: one for one in CONTROL_HEADERS}
EARLY, LATE = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  # hypothesis adds UTC
LINK, JOB_NAME = BY_NAME["X-LinkOption"], BY_NAME["X-JobName"]


def _edit(message: bytes, changes: dict[ControlHeader, Value | None]) -> bytes:
    return edit(message, changes, zone=ZONE)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_new_header_is_added_at_the_end_of_the_header(newline: bytes) -> None:
    message = newline.join([b"From: a@example.com", b"", b"body", b""])

    assert _edit(message, {LINK: 192}) == newline.join(
        [b"From: a@example.com", b"X-LinkOption: 192", b"", b"body", b""]
    )


def test_a_header_is_replaced_where_it_stands() -> None:
    message = b"A: 1\nx-linkoption:\n 64\nB: 2\n\nbody"

    assert _edit(message, {LINK: 192}) == b"A: 1\nX-LinkOption: 192\nB: 2\n\nbody"


def test_duplicates_go() -> None:
    message = b"X-LinkOption: 1\nA: 1\nX-LinkOption: 2\n\nbody"

    assert _edit(message, {LINK: 192}) == b"X-LinkOption: 192\nA: 1\n\nbody"


def test_a_header_is_removed_with_its_duplicates() -> None:
    message = b"X-LinkOption: 1\nA: 1\nX-LinkOption: 2\n\nbody"

    assert _edit(message, {LINK: None}) == b"A: 1\n\nbody"


def test_removing_what_is_not_there_changes_nothing() -> None:
    message = b"A: 1\r\nB: 2\n\r\nbody\x00\xff"

    assert _edit(message, {LINK: None}) == message


def test_a_message_without_body_or_last_line_end_gets_its_header() -> None:
    assert _edit(b"A: 1", {LINK: 192}) == b"A: 1\nX-LinkOption: 192\n"


def test_mixed_line_ends_and_binary_bodies_stay() -> None:
    message = b"A: 1\r\nB: \xff\n\r\nbody\r\n\x00\n\xfe"

    assert (
        _edit(message, {LINK: 192})
        == b"A: 1\r\nB: \xff\nX-LinkOption: 192\r\n\r\nbody\r\n\x00\n\xfe"
    )


def test_a_time_is_written_in_the_canonical_form() -> None:
    header = BY_NAME["X-NextLaunchTime"]
    edited = _edit(b"A: 1\n\n", {header: datetime(2026, 11, 24, 1, 30, tzinfo=UTC)})

    assert edited == b"A: 1\nX-NextLaunchTime: 2026-11-24T09:30:00+08:00\n\n"


def test_long_text_is_folded_within_the_limits_of_rfc_2047() -> None:
    edited = _edit(b"A: 1\r\n\r\n", {JOB_NAME: "測試郵件" * 30})

    assert max(len(line) for line in edited.split(b"\r\n")) <= 76
    assert message_from_bytes(edited, policy=default)["X-JobName"] == "測試郵件" * 30


@pytest.mark.parametrize("text", ["a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\0b", "a\ud800b"])
def test_nothing_can_be_injected(text: str) -> None:
    with pytest.raises(InputError, match="control character"):
        _edit(b"A: 1\n\n", {JOB_NAME: text})


def test_what_is_no_message_is_not_edited() -> None:
    with pytest.raises(InputError, match="not a mail message"):
        _edit(b"\x00\x01", {LINK: 192})


texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200
)
values = st.fixed_dictionaries(
    {},
    optional={
        **{
            one: texts.filter(lambda text: bool(text.strip()))
            for one in CONTROL_HEADERS
            if one.kind == "text"
        },
        **{
            one: st.integers(0, 2**32 - 1)
            for one in CONTROL_HEADERS
            if one.kind in {"number", "option"}
        },
        **{
            one: st.datetimes(EARLY, LATE, timezones=st.just(UTC)).map(
                lambda moment: moment.replace(microsecond=0)
            )
            for one in CONTROL_HEADERS
            if one.kind == "time"
        },
    },
)


@given(values, st.sampled_from([b"\n", b"\r\n"]), st.binary(max_size=40))
def test_what_is_set_is_read_back_by_us_and_by_pythons_email(
    changes: dict[ControlHeader, Value], newline: bytes, body: bytes
) -> None:
    head = newline.join([b"From: a@example.com", b"Subject: s", b"", b""])

    edited = _edit(head + body, changes)
    checked = check_message(edited, zone=ZONE, now=NOW)
    email = message_from_bytes(edited, policy=default)

    assert edited.endswith(newline + newline + body)
    assert dict(checked.headers.said()) == changes
    for header, value in changes.items():
        if isinstance(value, str):
            assert str(email[header.name]).split() == value.split()
    assert _edit(edited, dict.fromkeys(changes)) == head + body
