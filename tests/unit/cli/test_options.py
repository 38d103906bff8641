"""`omi options`, as it is typed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omi_core.options import FAMILIES

Omi = Callable[..., Any]


def test_encode_prints_the_number(omi: Omi) -> None:
    done = omi("options", "encode", "link", "NotTrackOpen", "NotTrackAllLink")

    assert (done.code, done.out, done.err) == (0, "192\n", "")


@pytest.mark.parametrize(
    "names",
    [
        ["cLKNotTrackOpenMask", "cLKNotTrackAllLinkMask"],
        ["not_track_open", "NOT_TRACK_ALL_LINK"],
        ["NotTrackOpen,NotTrackAllLink"],
        ["nottrackopen", "128"],
        ["64", "0x80"],
    ],
)
def test_encode_takes_every_spelling(names: list[str], omi: Omi) -> None:
    assert omi("options", "encode", "link", *names).out == "192\n"


def test_decode_prints_names_that_encode_takes_back(omi: Omi) -> None:
    decoded = omi("options", "decode", "link", "192")

    assert (decoded.code, decoded.out, decoded.err) == (0, "NotTrackOpen\nNotTrackAllLink\n", "")
    assert omi("options", "encode", "link", *decoded.out.split()).out == "192\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(list(FAMILIES)), number=st.integers(0, 2**32 - 1))
def test_what_decode_prints_encodes_to_the_same_number(omi: Omi, key: str, number: int) -> None:
    names = omi("options", "decode", key, str(number)).out.split()

    assert omi("options", "encode", key, *names).out == f"{number}\n"


@pytest.mark.parametrize("number", ["0xC0", " 192 "])
def test_decode_reads_hexadecimal_and_spaces(number: str, omi: Omi) -> None:
    assert omi("options", "decode", "link", number).out == "NotTrackOpen\nNotTrackAllLink\n"


def test_decode_reads_a_negative_number_and_says_so(omi: Omi) -> None:
    done = omi("options", "decode", "job", "-2147483648")

    assert (done.code, done.out) == (0, "RemoveFilesAfterComplete\n")
    assert "signed 32 bits" in done.err


def test_decode_keeps_bits_without_a_name_and_fails(omi: Omi) -> None:
    done = omi("options", "decode", "link", "32832")

    assert (done.code, done.out) == (1, "NotTrackOpen\n32768\n")
    assert "error: LinkOption: the guide does not define 32768" in done.err


def test_decode_as_json_has_all_that_is_promised(omi: Omi) -> None:
    done = omi("options", "decode", "link", "32832", "--json")
    document = json.loads(done.out)
    [finding] = document.pop("findings")

    assert done.code == 1
    assert document == {
        "family": "link",
        "value": 32832,
        "names": ["NotTrackOpen"],
        "constants": ["cLKNotTrackOpenMask"],
        "unknown": 32768,
    }
    assert finding["id"] == "option-undefined-bit"
    assert set(finding["text"]) == {"en", "zh-TW"}


def test_json_tells_of_a_negative_number_too(omi: Omi) -> None:
    document = json.loads(omi("options", "decode", "job", "-2147483648", "--json").out)

    assert [one["id"] for one in document["findings"]] == ["number-negative"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["encode", "link", "NotTrakOpen"], "did you mean NotTrackOpen"),
        (["encode", "link"], "Missing argument 'NAME...'"),
        (["encode", "link", ","], "give at least one name"),
        (["encode", "send", "SendBothList", "SendMainListFirst"], "send holds one value"),
        (["encode", "lnk", "NotTrackOpen"], "'lnk' is not an option family"),
        (["decode", "link", "64,128"], "write 192"),
        (["decode", "link", "99999999999"], "does not fit 32 bits"),
        (["decode", "link", ""], "there is no number"),
        (["decode", "link", "\x1b[31m"], r"“\x1b[31m”"),
        (["decode", "link", "--nope"], "“--nope”"),
        (["explain", "192"], "write it as 'X-LinkOption: 192'"),
        (["explain", "X-Mailer: 192"], "is not a control header"),
        (["explain", "X-NextLaunchTime: 2026-01-01", "--zone", "Mars/Phobos"], "not a time zone"),
        (["list", "lnk"], "write one of: launch"),
        (["nope"], "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], reason: str, omi: Omi
) -> None:
    done = omi("options", *arguments)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert "Traceback" not in done.err


def test_list_shows_every_member_of_every_family(omi: Omi) -> None:
    shown = omi("options", "list").out

    for family in FAMILIES.values():
        assert f"{family.key} ({family.title}" in shown
        assert all(family.short(member) in shown for member in family.members())


def test_list_shows_one_family_in_chinese(omi: Omi) -> None:
    shown = omi("options", "list", "link", "--lang", "zh-TW").out

    assert "        64  NotTrackOpen                 不追蹤開信；0：追蹤開信\n" in shown


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("X-LinkOption: 192", "The message will not track opens or track links;"),
        ("x-linkoption:64", "The message will not track opens;"),
        ("attach: 1", "The message will convert the attachment to a link"),
        ("LinkType: 260", "The link will be an unsubscribe link"),
        ("X-JobName: =?utf-8?b?5ris6Kmm?=", "The job is called “測試”."),
        ("X-LaunchType: 3", "the guide does not say what its values mean"),
        ("X-NextLaunchTime: 2030-01-01 09:00", "not be sent before 2030-01-01T09:00:00+08:00"),
    ],
)
def test_explain_says_it_in_a_sentence(header: str, sentence: str, omi: Omi) -> None:
    done = omi("options", "explain", header)

    assert done.code == 0
    assert sentence in done.out


def test_explain_says_what_is_wrong_with_what_a_customer_wrote(omi: Omi) -> None:
    done = omi("options", "explain", "X-LinkOption: 64,128", "--lang", "zh-TW")

    assert done.code == 1
    assert "寫了多個數字" in done.out
    assert "192" in done.out


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"LANG": "zh_TW.UTF-8"}, "不追蹤開信"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "C"}, "will not track opens"),
        ({"LC_MESSAGES": "zh_Hant_TW", "LANG": "en_US"}, "不追蹤開信"),
        ({"LANG": "zh_CN.UTF-8"}, "will not track opens"),
        ({}, "will not track opens"),
    ],
)
def test_the_language_follows_the_environment(
    environment: dict[str, str], words: str, omi: Omi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert words in omi("options", "explain", "X-LinkOption: 64").out
