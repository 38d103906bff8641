"""Each way in which a password may be spelled is masked by itself, and innocent text stays.

The passwords are such that no other spelling has six characters in a row of the one that is tried.
"""

import base64
import json
import quopri
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.secret import MASK, Secret
from omi_core.smtp.redaction import Redactor


def shown(password: str, octets: bytes) -> bytes:
    return Redactor([Secret(password)]).octets(octets)


SPELLINGS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "as it is": ("S3cret-Word", str.encode),
    "UTF-8": ("密碼密碼密碼密碼", str.encode),
    "URL, no character as it is": ("a/ b/ c/ d/ e", lambda text: quote(text, safe="").encode()),
    "URL, as a path": ("a/ b/ c/ d/ e", lambda text: quote(text).encode()),
    "URL, as a form": ("a/ b/ c/ d/ e", lambda text: quote_plus(text).encode()),
    "hexadecimal": ("S3cret-Word", lambda text: text.encode().hex().encode()),
    "quoted-printable": (
        "=é=é=é=é=é=é",
        lambda text: quopri.encodestring(text.encode(), quotetabs=True),
    ),
    "quoted-printable of blanks": (
        "a = b = c = d",
        lambda text: "".join(
            letter if letter.isalnum() else f"={ord(letter):02X}" for letter in text
        ).encode(),
    ),
    "quoted-printable of line ends": (
        "a\r\nb\r\nc\r\nd\r\ne",
        lambda text: text.replace("\r", "=0D").replace("\n", "=0A").encode(),
    ),
    "HTML": ("a<b>&\"c'<d>&", lambda text: escape(text).encode()),
    "JSON": ('"\\é"\\é"\\é', lambda text: json.dumps(text)[1:-1].encode()),
    "UTF-16": ("S3cret-Word", lambda text: text.encode("utf-16-le")),
    "ISO 8859-1": ("éàüöñçÿß", lambda text: text.encode("latin-1")),
    "base64": ("~?>~?>~?>~?>~?>z", lambda text: base64.b64encode(text.encode())[:-4]),
    "base64 for URLs": (
        "~?>~?>~?>~?>~?>z",
        lambda text: base64.urlsafe_b64encode(text.encode())[:-4],
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_password_is_masked_whole_in_each_spelling(spelling: str) -> None:
    password, spelled = SPELLINGS[spelling]
    octets = spelled(password)
    for written in (octets, octets.upper(), octets.lower()):
        masked = shown(password, b"before <" + written + b"> behind")
        assert masked == b"before <" + MASK.encode() + b"> behind"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_innocent_text_between_two_traces_stays(spelling: str) -> None:
    password, spelled = SPELLINGS[spelling]
    masked = shown(password, spelled(password) + b" is not 1 " + spelled(password) + b".")
    assert masked == MASK.encode() + b" is not 1 " + MASK.encode() + b"."


def test_traces_that_touch_are_one() -> None:
    assert shown("S3cret-Word", b"(S3cret-WordS3cret-Word)") == b"(*MASKED*)"
    assert shown("S3cret-Word", b"S3cret cret-Word") == b"*MASKED* *MASKED*"


@pytest.mark.parametrize(("before", "behind"), [(0, 0), (1, 1), (2, 2), (3, 0), (1, 2), (2, 0)])
@pytest.mark.parametrize("form", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("password", ["~?>S3cret?~Word>?", "S3cret-Word-aaW"])
def test_in_base64_all_characters_go_that_the_password_alone_decides(
    before: int, behind: int, form: Callable[[bytes], bytes], password: str
) -> None:
    ones, zeros = (
        form(fill * before + password.encode() + fill * behind) for fill in (b"\xff", b"\0")
    )
    decided = [at for at, octet in enumerate(ones) if octet == zeros[at] and octet != ord("=")]
    first, last = decided[0], decided[-1]
    for written in (ones, zeros):
        # The last of them may stay: it tells six bits of one character.
        assert shown(password, written) in {
            written[:first] + MASK.encode() + written[end:] for end in (last, last + 1)
        }
    tail = ones[last - 5 : last]
    assert shown(password, b"<" + tail + b">") == b"<" + tail + b">"


@pytest.mark.parametrize("password", ["four", "five5", "sixsix", "seven77"])
def test_a_short_password_is_found_where_it_stands(password: str) -> None:
    assert shown(password, f"<{password}>".encode()) == b"<*MASKED*>"
    assert shown(password, base64.b64encode(b"\0" + password.encode() + b"\0")) != base64.b64encode(
        b"\0" + password.encode() + b"\0"
    )


def test_six_characters_of_a_password_are_hidden_and_five_are_ordinary_text() -> None:
    assert shown("S3cret-Word", b"the 3cret- thing") == b"the *MASKED* thing"
    for piece in (b"S3cre", b"3cret", b"-Word", b"Word"):
        assert shown("S3cret-Word", b"the " + piece + b" thing") == b"the " + piece + b" thing"
    assert shown("sixsix", b"the ixsix sixsi thing") == b"the ixsix sixsi thing"


def test_a_password_of_any_script_can_be_looked_for() -> None:
    for password in ("Āāăąćĉ", "éàüöñçÿĀ", "😀😀😀😀"):
        assert shown(password, f"<{password}>".encode()) == b"<*MASKED*>"


def test_three_characters_are_no_password_that_could_be_found() -> None:
    assert shown("abc", b"abc YWJj") == b"abc YWJj"


def test_what_is_no_utf_8_is_masked_and_otherwise_as_it_was() -> None:
    redactor = Redactor([Secret("S3cret-Word")])
    assert redactor.text("\udcff S3cret-Word \udcfe") == "\udcff *MASKED* \udcfe"
    odd = Redactor([Secret("\udcff\udcfe\udcfd\udcff\udcfe\udcfd")])
    assert odd.octets(b"x \xff\xfe\xfd\xff\xfe\xfd y") == b"x *MASKED* y"


def test_every_secret_that_was_added_is_masked() -> None:
    redactor = Redactor([Secret("S3cret-Word")])
    redactor.add(Secret("S3cret-Key"))
    assert redactor.text("S3cret-Word S3cret-Key") == "*MASKED* *MASKED*"


@given(st.text(st.characters(codec="latin-1"), max_size=80))
def test_text_that_shares_nothing_with_the_password_is_unchanged(text: str) -> None:
    password = "密碼密碼密碼"
    assert Redactor([Secret(password)]).text(text) == text
