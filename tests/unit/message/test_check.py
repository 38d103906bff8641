"""The control headers of a message as one value, and what is wrong with them."""

from datetime import UTC, datetime, tzinfo
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.findings.finding import Severity
from omi_core.message import (
    CONTROL_HEADERS,
    Checked,
    ControlHeaders,
    check,
    check_message,
    parse,
    platform_zone,
)
from omi_core.options import JobOption, LinkOption, ListOption, SendOption

ZONE = platform_zone()
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZONE)
ALL_ELEVEN = b"""\
X-JobName: November news
X-RefNumber: A-1
X-NextLaunchTime: 2026-11-24 09:30
X-LaunchExpireTime: 2026-11-25 09:30
X-LaunchType: 1
X-LaunchClass: 2
X-LaunchOption: 4
X-JobOption: 2147483648
X-ListOption: 3
X-LinkOption: 192
X-SendOption: 1

body
"""


def _check(message: bytes) -> Checked:
    return check_message(message, zone=ZONE, now=NOW)


def _ids(message: bytes) -> list[str]:
    return [one.id for one in _check(message).findings]


def test_all_eleven_headers_are_read() -> None:
    headers = _check(ALL_ELEVEN).headers

    assert headers.job_name == "November news"
    assert headers.ref_number == "A-1"
    assert headers.next_launch_time == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert headers.launch_expire_time == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    assert (headers.launch_type, headers.launch_class, headers.launch_option) == (1, 2, 4)
    assert headers.job_option is not None
    assert JobOption.REMOVE_FILES_AFTER_COMPLETE in headers.job_option
    assert headers.list_option == ListOption.KEEP_TO_HEADER | ListOption.KEEP_CC_HEADER
    assert headers.link_option == LinkOption(192)
    assert headers.send_option is SendOption.SEND_MAIN_LIST_FIRST
    assert _check(ALL_ELEVEN).findings == ()


def test_the_guide_has_eleven_headers() -> None:
    assert [one.name for one in CONTROL_HEADERS] == [
        "X-JobName",
        "X-RefNumber",
        "X-NextLaunchTime",
        "X-LaunchExpireTime",
        "X-LaunchType",
        "X-LaunchClass",
        "X-LaunchOption",
        "X-JobOption",
        "X-ListOption",
        "X-LinkOption",
        "X-SendOption",
    ]


@pytest.mark.parametrize("name", ["X-LinkOption", "x-linkoption", "X-LINKOPTION", "X-LinkOption "])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("value", [b" 192", b"192", b"\n 192", b" 192 \t", b" \n\t192\n "])
def test_case_folds_and_line_ends_do_not_matter(name: str, newline: bytes, value: bytes) -> None:
    message = (name.encode() + b":" + value + b"\n\nbody").replace(b"\n", newline)

    assert _check(message).headers.link_option == 192


def test_a_header_in_the_body_is_not_read() -> None:
    assert _check(b"A: 1\n\nX-LinkOption: 192\n").headers == ControlHeaders()


def test_two_values_contradict_and_neither_is_used() -> None:
    checked = _check(b"X-LinkOption: 64\nx-linkoption: 128\n\n")
    [finding] = checked.findings

    assert checked.headers.link_option is None
    assert (finding.id, finding.severity) == ("header-duplicate", Severity.ERROR)
    assert "“64”, “128”" in finding.observed.en


def test_the_same_value_twice_is_a_warning_and_used() -> None:
    checked = _check(b"X-LinkOption: 64\nX-LinkOption:  64 \n\n")
    [finding] = checked.findings

    assert checked.headers.link_option == 64
    assert (finding.id, finding.severity) == ("header-duplicate-equal", Severity.WARNING)


def test_a_value_beside_one_that_cannot_be_read_is_not_used() -> None:
    checked = _check(b"X-LinkOption: 64\nX-LinkOption: x\n\n")

    assert checked.headers.link_option is None
    assert [one.id for one in checked.findings] == ["number-malformed", "header-duplicate"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("X-LinkOptions", "X-LinkOption"),
        ("X-Link-Option", "X-LinkOption"),
        ("LinkOption", "X-LinkOption"),
        ("X_JobName", "X-JobName"),
    ],
)
def test_a_header_that_is_nearly_one_is_said_to_have_no_effect(wrong: str, right: str) -> None:
    checked = _check(f"{wrong}: 192\n\n".encode())
    [finding] = checked.findings

    assert (finding.id, finding.subject, finding.expected.en) == ("header-misspelt", wrong, right)
    assert checked.headers == ControlHeaders()


def test_other_headers_are_no_business_of_ours() -> None:
    assert _ids(b"X-Mailer: PHP\nList-Unsubscribe: <https://a.example>\nX-Options: 1\n\n") == []


def test_a_line_that_is_no_field_is_an_error() -> None:
    assert _ids(b"From: a@example.com\nHello!\nX-LinkOption: 192\n\n") == ["header-broken-line"]


@pytest.mark.parametrize("name", [one.name.encode() for one in CONTROL_HEADERS])
@pytest.mark.parametrize("control", [b"\0", b"\r", b"\x1b", b"\x7f"])
def test_a_control_character_in_a_value_is_refused(name: bytes, control: bytes) -> None:
    checked = _check(name + b": 1" + control + b"2\n\n")

    assert [one.id for one in checked.findings] == ["header-control-character"]
    assert checked.headers == ControlHeaders()


def test_findings_name_their_header() -> None:
    assert {one.subject for one in _check(b"X-SendOption: 7\n\n").findings} == {"X-SendOption"}


def test_a_header_is_laid_over_the_accounts_default() -> None:
    account = ControlHeaders(link_option=LinkOption(0), send_option=SendOption(1), job_name="all")
    message = ControlHeaders(link_option=LinkOption(192))

    assert message.over(account) == ControlHeaders(
        link_option=LinkOption(192), send_option=SendOption(1), job_name="all"
    )


def test_a_header_of_zero_is_laid_over_too() -> None:
    account = ControlHeaders(link_option=LinkOption(192))

    assert ControlHeaders(link_option=LinkOption(0)).over(account).link_option == 0


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("link_option", -1, "X-LinkOption: -1 is not a number from 0 to 4294967295"),
        ("link_option", "192", "X-LinkOption: '192' is not a number"),
        ("launch_type", 1 << 32, "X-LaunchType"),
        ("job_name", "", "the text is empty"),
        ("job_name", "x" * 1001, "too long"),
        ("next_launch_time", datetime(2026, 1, 1), "is not a time with a zone"),  # noqa: DTZ001
        ("next_launch_time", "2026-01-01", "is not a time with a zone"),
    ],
)
def test_a_wrong_value_cannot_be_made(attribute: str, value: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        ControlHeaders(**{attribute: value})


def test_a_plain_number_becomes_the_option_it_is() -> None:
    headers = ControlHeaders(link_option=192)  # type: ignore[arg-type]

    assert isinstance(headers.link_option, LinkOption)


@given(st.lists(st.tuples(st.sampled_from([*CONTROL_HEADERS]), st.binary(max_size=60)), max_size=6))
def test_no_header_value_is_more_than_refused(values: list[tuple[object, bytes]]) -> None:
    lines = [one.name.encode() + b": " + value for one, value in values]

    _check(b"From: a@example.com\n" + b"\n".join(lines) + b"\n\n")


names = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=120
)


@given(names.filter(lambda text: text.strip() == text and "=?" not in text))
def test_what_pythons_email_writes_and_folds_is_read(job_name: str) -> None:
    message = EmailMessage()
    message["X-JobName"] = job_name
    message["X-LinkOption"] = "192"
    message.set_content("body")

    for policy in (default, SMTP):
        headers = check(parse(message.as_bytes(policy=policy)).fields, zone=ZONE, now=NOW).headers
        assert headers.link_option == 192
        assert headers.job_name is not None
        assert headers.job_name.split() == job_name.split()


def test_a_time_is_written_with_its_zone(zone: tzinfo, now: datetime) -> None:
    checked = check_message(b"X-NextLaunchTime: 2026-11-24 09:30\n\n", zone=zone, now=now)

    assert checked.headers.next_launch_time == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
