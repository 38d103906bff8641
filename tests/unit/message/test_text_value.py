"""Free text: encoded words in any charset, and nothing that could end a field."""

from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.findings.finding import Severity
from omi_core.message import ControlHeaders
from omi_core.message.text_value import TextReading, decode_words, encode_words, read_text

printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)


def _read(value: bytes) -> TextReading:
    return read_text(value, subject="X-JobName")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"November news", "November news"),
        (b"=?utf-8?b?5ris6Kmm?=", "測試"),
        (b"=?UTF-8?Q?=E6=B8=AC=E8=A9=A6_1?=", "測試 1"),
        (b"=?big5?b?tPq41Q==?=", "測試"),
        (b"=?big5?b?tPq41Q?=", "測試"),
        (b"=?utf-8*zh-TW?b?5ris6Kmm?=", "測試"),
        (b"=?utf-8?b?5ris?= =?utf-8?b?6Kmm?=", "測試"),
        (b"=?utf-8?b?5ri?=  =?utf-8?b?rOippg==?=", "測試"),
        (b"No =?utf-8?b?5ris?= 1", "No 測 1"),
        (b"=?not a word?=", "=?not a word?="),
    ],
)
def test_encoded_words_are_read(written: bytes, text: str) -> None:
    assert _read(written).value == text


def test_big5_is_read_with_the_characters_that_windows_adds() -> None:
    assert _read(b"=?big5?b?+db51w==?=").value == "碁銹"


def test_raw_utf_8_is_read_with_a_warning() -> None:
    reading = _read("測試".encode())
    [finding] = reading.findings

    assert reading.value == "測試"
    assert (finding.id, finding.severity) == ("text-raw-utf-8", Severity.WARNING)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (b"", "text-empty"),
        (b"=?utf-8?b??=", "text-empty"),
        ("測試".encode("big5"), "text-undecodable"),
        (b"=?utf-8?b?/w==?=", "text-undecodable"),
        (b"=?klingon?q?a?=", "text-undecodable"),
        (b"=?hex?q?61?=", "text-undecodable"),
        (b"x" * 1001, "text-too-long"),
        (b"x" * 10_000_000, "text-too-long"),
        (b"=?utf-8?q?a=0D=0ABcc:_x@example.com?=", "header-control-character"),
        (b"=?utf-8?q?a=00?=", "header-control-character"),
        ("a\u2028b".encode(), "header-control-character"),
    ],
)
def test_what_cannot_be_a_text_is_refused(written: bytes, kind: str) -> None:
    reading = _read(written)

    assert reading.value is None
    assert [one.id for one in reading.findings] == [kind]


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: x", "a\rb", "a\nb", "a\0b", "a\tb", "a\x85b", "a\ud800"]
)
def test_no_text_with_a_control_character_becomes_a_header(text: str) -> None:
    for attribute in ("job_name", "ref_number"):
        with pytest.raises(InputError, match="control character"):
            ControlHeaders(**{attribute: text})


@given(printable)
def test_written_text_is_read_back(text: str) -> None:
    written = encode_words(text)

    assert written.isascii()
    assert written.isprintable()
    assert decode_words(written) == text


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(written: bytes) -> None:
    reading = _read(written)

    assert (reading.value is None) is any(
        one.severity is Severity.ERROR for one in reading.findings
    )


@given(printable, st.sampled_from(["utf-8", "big5", "iso-2022-jp"]))
def test_what_pythons_email_encodes_is_read(text: str, charset: str) -> None:
    try:
        text.encode(charset)
    except UnicodeError:
        charset = "utf-8"
    if not text.strip() or "=?" in text:
        return
    written = Header(text, charset, header_name="X-JobName").encode(linesep="")

    assert decode_words(written).split() == text.split()
