"""Control headers while the client waits: refused with the finding's words, removed or merged."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from omi_core.message import ControlHeaders, check, platform_zone
from omi_core.message.enforce import ControlMode, ControlPolicy
from omi_core.message.fields import Field
from omi_core.milter.control import ControlRules, controlled
from omi_core.milter.mail import Draft, RefusalLine, RefusedMailError
from omi_core.options import LinkOption

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
ZONE = platform_zone()
DIRECT = ControlRules(zone=ZONE, reference="https://docs.example/control")
ENGINE = replace(DIRECT, keeps=True)
SUBJECT = ("Subject", " x")
SUBJECT_SAID = ("Subject", "x")
Said = list[tuple[str, str]]


def draft(*fields: tuple[str, str]) -> Draft:
    return Draft.of(Field(name=name, value=value.encode()) for name, value in fields)


def said(made: Draft) -> Said:
    return [(each.name, each.value.decode().strip()) for each in made]


def after(
    *fields: tuple[str, str], rules: ControlRules = DIRECT, policy: ControlPolicy | None = None
) -> Said:
    return said(controlled(draft(*fields), policy or ControlPolicy(), rules, NOW))


def refused(*fields: tuple[str, str], policy: ControlPolicy | None = None) -> list[str]:
    with pytest.raises(RefusedMailError) as error:
        after(*fields, policy=policy)
    return error.value.reply.decode("ascii").split("\r\n")


def test_no_control_header_goes_to_the_internet() -> None:
    fields = [SUBJECT, ("X-LinkOption", " 192"), ("x-jobname", " November"), ("X-Mailer", " php")]
    assert after(*fields) == [("Subject", "x"), ("X-Mailer", "php")]


def test_a_mail_without_control_headers_stays_as_it_is() -> None:
    mail = draft(SUBJECT, ("X-Mailer", " php"))
    assert controlled(mail, ControlPolicy(), DIRECT, NOW) is mail


def test_the_engine_gets_them_in_one_form_over_the_accounts_defaults() -> None:
    defaults = ControlHeaders(link_option=LinkOption(64), job_name="news")
    found = after(
        ("X-LINKOPTION", "  192 "),
        SUBJECT,
        ("X-NextLaunchTime", " 2026/11/24 9:30"),
        rules=ENGINE,
        policy=ControlPolicy(launch=defaults),
    )
    assert found == [
        ("Subject", "x"),
        ("X-JobName", "news"),
        ("X-NextLaunchTime", "2026-11-24T09:30:00+08:00"),
        ("X-LinkOption", "192"),
    ]


def test_the_engine_gets_the_accounts_defaults_with_a_mail_that_says_nothing() -> None:
    policy = ControlPolicy(launch=ControlHeaders(link_option=LinkOption(64)))
    assert after(SUBJECT, rules=ENGINE, policy=policy) == [("Subject", "x"), ("X-LinkOption", "64")]


def test_a_wrong_number_is_refused_with_what_was_read_what_is_right_and_where_it_stands() -> None:
    [line] = refused(("X-LinkOption", " abc"))
    assert line.startswith("550 5.6.0 X-LinkOption: ")
    assert '"abc"' in line
    assert line.endswith(". https://docs.example/control/reference/options#number-malformed")


def test_each_finding_has_its_line_and_the_last_one_ends_the_reply() -> None:
    lines = refused(("X-LinkOption", " abc"), ("X-NextLaunchTime", " 03/04/2026"))
    assert [line[:10] for line in lines] == ["550-5.6.0 ", "550 5.6.0 "]
    assert [line[10:].partition(":")[0] for line in lines] == ["X-NextLaunchTime", "X-LinkOption"]


def test_a_thousand_wrong_headers_are_answered_with_ten_lines_and_their_number() -> None:
    lines = refused(*((f"X-{name}", " z") for name in NUMBERS for _ in range(200)))
    assert len(lines) == 11
    assert re.fullmatch(r"550 5\.6\.0 and \d{3,4} more", lines[-1])
    assert all(len(line) <= 510 for line in lines)


def test_a_long_sentence_leaves_its_link_whole() -> None:
    [line] = refused(("X-JobOption", " 4294967295"))
    assert len(line) <= 490
    assert line.endswith(". https://docs.example/control/reference/options#option-undefined-bit")


NUMBERS = ("LinkOption", "JobOption", "ListOption", "SendOption", "LaunchOption")


def test_what_the_account_may_not_set_is_refused_by_name() -> None:
    policy = ControlPolicy(may_set={"X-LinkOption": 64})
    [line] = refused(("X-LinkOption", " 192"), policy=policy)
    assert "NotTrackAllLink (128)" in line
    assert "write 64" in line
    assert after(("X-LinkOption", " 64"), policy=policy) == []


def test_a_forbidden_bit_without_a_name_is_told_as_its_number() -> None:
    policy = ControlPolicy(may_set={"X-LinkOption": 64})
    [line] = [
        each
        for each in refused(("X-LinkOption", " 1073741888"), policy=policy)
        if "may not" in each
    ]
    assert line.count("1073741824") == 1
    assert line.count("1073741888") == 1
    assert "write 64" in line


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-SendOption", "0"),
        ("X-SendOption", "1"),
        ("X-JobName", "sale"),
        ("X-NextLaunchTime", "2026-01-06 09:30"),
    ],
)
def test_a_header_that_is_no_set_of_flags_is_forbidden_as_a_whole(header: str, value: str) -> None:
    [line] = refused((header, f" {value}"), policy=ControlPolicy(may_set={header: 0}))
    assert line.startswith(f"550 5.6.0 {header}: messages of this account may not set the header")
    assert value in line


def test_with_a_warning_the_mail_is_taken_and_says_what_is_wrong() -> None:
    policy = ControlPolicy(mode=ControlMode.WARN)
    [subject, (name, value)] = after(SUBJECT, ("X-LinkOption", " abc"), policy=policy)
    assert subject == ("Subject", "x")
    assert name == "X-Omi-Warning"
    assert value.startswith("X-LinkOption: ")


def test_passed_on_nothing_is_said() -> None:
    policy = ControlPolicy(mode=ControlMode.PASS)
    assert after(SUBJECT, ("X-LinkOption", " abc"), policy=policy) == [("Subject", "x")]


@pytest.mark.parametrize("mode", [ControlMode.WARN, ControlMode.PASS])
def test_what_an_account_may_not_set_is_not_set_in_any_mode(mode: ControlMode) -> None:
    launch = ControlHeaders(job_name="news", link_option=LinkOption(128))
    may_set = {"X-LinkOption": 64, "X-JobName": 0, "X-JobOption": 0, "X-NextLaunchTime": 0}
    found = after(
        SUBJECT,
        ("X-LinkOption", " 192"),
        ("X-JobName", " other"),
        ("X-JobOption", " 1"),
        ("X-NextLaunchTime", " 2026-01-06 09:30"),
        rules=ENGINE,
        policy=ControlPolicy(mode=mode, launch=launch, may_set=may_set),
    )
    kept = [each for each in found if each[0] != "X-Omi-Warning"]
    assert kept == [SUBJECT_SAID, ("X-JobName", "news"), ("X-LinkOption", "64")]
    warned = [value.partition(":")[0] for name, value in found if name == "X-Omi-Warning"]
    assert len(warned) == (4 if mode is ControlMode.WARN else 0)


def test_a_warning_cannot_be_written_by_a_customer() -> None:
    assert after(SUBJECT, ("X-Omi-Warning", " all is well")) == [("Subject", "x")]


def codes(fields: Iterable[Field]) -> set[str]:
    found = check(fields, zone=ZONE, now=NOW).findings
    return {each.id for each in found if each.severity == "error"}


@pytest.mark.parametrize("value", ["192", "0x40", "64,128", "", "1e3", "4294967296", "-1", "32768"])
def test_what_is_refused_is_what_the_offline_check_calls_an_error(value: str) -> None:
    mail = draft(("X-LinkOption", f" {value}"))
    lines = refusals(mail)
    assert {line.link.rpartition("#")[2] for line in lines} == codes(mail)


def refusals(mail: Draft) -> tuple[RefusalLine, ...]:
    try:
        controlled(mail, ControlPolicy(), DIRECT, NOW)
    except RefusedMailError as error:
        return error.lines
    return ()


def test_a_launch_time_goes_into_the_queue_file_and_no_further() -> None:
    found = after(
        SUBJECT,
        ("X-NextLaunchTime", " 2026-01-05 17:30"),
        ("X-LaunchExpireTime", " 2026-01-06 17:30"),
    )
    times = "launch=2026-01-05T09:30:00Z; expire=2026-01-06T09:30:00Z"
    assert found == [("Subject", "x"), ("X-Omi-Schedule", times)]


def test_a_launch_time_that_has_passed_keeps_no_mail_back() -> None:
    assert after(SUBJECT, ("X-NextLaunchTime", " 2026-01-05 15:30")) == [("Subject", "x")]


def test_nobody_writes_the_schedule_but_the_relay() -> None:
    own = ("x-omi-schedule", " launch=2026-01-05T09:30:00Z")
    assert after(SUBJECT, own) == [("Subject", "x")]
    assert after(SUBJECT, own, rules=ENGINE) == [("Subject", "x")]


@pytest.mark.parametrize("mode", ControlMode)
def test_a_launch_further_ahead_than_a_mail_is_kept_is_refused_in_each_mode(
    mode: ControlMode,
) -> None:
    [line] = refused(("X-NextLaunchTime", " 2026-01-09 17:30"), policy=ControlPolicy(mode=mode))
    assert "the mail would wait longer than 72 hours" in line
    assert "2026-01-09T17:30:00+08:00" in line


def test_the_engine_keeps_mails_for_as_long_as_it_likes() -> None:
    written = ("X-NextLaunchTime", " 2026-06-09 17:30")
    [found] = after(written, rules=ENGINE)
    assert found == ("X-NextLaunchTime", "2026-06-09T17:30:00+08:00")
