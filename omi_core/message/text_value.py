"""Free text in a header field: encoded words read and written (RFC 2047), injection refused."""

import re
from binascii import a2b_base64, a2b_qp, b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category

from omi_core.errors import InputError
from omi_core.findings.finding import Finding, FindingKind
from omi_core.message import catalogue
from omi_core.options.reading import quoted

LONGEST = 1000  # characters
_LONGEST_ENCODED = 16000  # octets; 1,000 characters of four octets each, in quoted-printable
_PLAIN_LONGEST = 900  # RFC 5322 2.1.1: a line has at most 998 characters
_WORD_OCTETS = 30  # RFC 2047 2: at most 75 characters a word, 76 a line, the name included
_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t]+(?==\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)")
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, surrogates, line and paragraph ends
_PADDING = {0: "", 2: "==", 3: "="}
# What Taiwanese mail programs call Big5 is Windows' code page 950, which holds more characters.
_CHARSETS = {"big5": "cp950"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReading:
    """The text that was read, or None where it is refused, and what is to be said about it."""

    value: str | None
    findings: tuple[Finding, ...] = ()


def read_text(value: bytes, *, subject: str) -> TextReading:
    """Read free text, unfolded already, with encoded words in it; raises nothing."""
    if len(value) > _LONGEST_ENCODED:
        return _refused(catalogue.TEXT_TOO_LONG, value, subject)
    try:
        written = value.decode("utf-8")
        text = decode_words(written)
    except (LookupError, ValueError):  # UnicodeError and binascii.Error are ValueErrors
        return _refused(catalogue.TEXT_UNDECODABLE, value, subject)
    if len(text) > LONGEST:
        return _refused(catalogue.TEXT_TOO_LONG, value, subject)
    if not text.strip():
        return _refused(catalogue.TEXT_EMPTY, value, subject)
    if unsafe(text):
        return _refused(catalogue.CONTROL_CHARACTER, value, subject)
    raw = () if written.isascii() else (catalogue.TEXT_RAW.of(subject, read=quoted(text)),)
    return TextReading(value=text, findings=raw)


def unsafe(text: str) -> bool:
    """Whether `text` holds what could end a line or is not a character at all."""
    return any(category(character) in _UNSAFE for character in text)


def safe_text(text: str, what: str) -> str:
    """Return `text` if it may stand in a header field; raises InputError where it may not."""
    if unsafe(text):
        raise InputError(
            "{what}: {text} holds a control character, which is refused",
            what=what,
            text=quoted(text),
        )
    if not text.strip():
        raise InputError("{what}: the text is empty; give one, or remove the header", what=what)
    if len(text) > LONGEST:
        raise InputError(
            "{what}: the text is too long; at most {longest} characters are taken",
            what=what,
            longest=LONGEST,
        )
    return text


def decode_words(written: str) -> str:
    """Return `written` with its encoded words decoded (RFC 2047 6.2).

    Raises UnicodeError, LookupError or ValueError for a word that cannot be decoded.
    """
    joined = _BETWEEN_WORDS.sub(r"\1", written)
    parts, done = [], 0
    for charset, octets, start, end in _runs(joined):
        parts += [joined[done:start], octets.decode(_CHARSETS.get(charset, charset))]
        done = end
    return "".join([*parts, joined[done:]]).replace("\t", " ")


def encode_words(text: str) -> str:
    """Return `text` as a field's value: as it is where that is safe, else as encoded words.

    Several words stand apart by a space, where the field may be folded.
    """
    plain = text.isascii() and text == text.strip() and "=?" not in text
    if plain and len(text) <= _PLAIN_LONGEST:
        return text
    return " ".join(_word(chunk) for chunk in _chunks(text))


def _runs(joined: str) -> Iterator[tuple[str, bytes, int, int]]:
    """Yield charset, octets, start and end of each run of adjacent words in one charset.

    Many programs cut a multi-byte character between two words, so octets are joined first.
    """
    run: tuple[str, bytes, int, int] | None = None
    for word in _WORD.finditer(joined):
        charset = word[1].partition("*")[0].lower()  # RFC 2231 5: a language may follow
        octets = _octets(word[2], word[3])
        if run and run[0] == charset and run[3] == word.start():
            run = (charset, run[1] + octets, run[2], word.end())
            continue
        if run:
            yield run
        run = (charset, octets, word.start(), word.end())
    if run:
        yield run


def _octets(encoding: str, payload: str) -> bytes:
    if encoding in "qQ":
        return a2b_qp(payload.encode("ascii"), header=True)
    return a2b_base64(payload + _PADDING.get(len(payload.rstrip("=")) % 4, ""))


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(chunk, newline=False).decode('ascii')}?="


def _chunks(text: str) -> Iterator[bytes]:
    chunk = b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > _WORD_OCTETS:
            yield chunk
            chunk = b""
        chunk += octets
    yield chunk


def _refused(kind: FindingKind, value: bytes, subject: str) -> TextReading:
    read = quoted(value[:LONGEST].decode("utf-8", "backslashreplace"))
    return TextReading(value=None, findings=(kind.of(subject, read=read),))
