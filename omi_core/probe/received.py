"""Reads a mail that arrived: what the receiver said of it, and whether it is what was sent.

Its header is read as octets: Python's email makes objects of addresses and dates, and raises for
odd ones, or for thousands of parts within each other.
"""

import re
from dataclasses import dataclass

from omi_core.errors import InputError
from omi_core.message.fields import Header, parse
from omi_core.message.text_value import decode_words

_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
METHODS = ("spf", "dkim", "dmarc")
_KEPT = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
_LONGEST_SHOWN = 4000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One Authentication-Results header (RFC 8601): its text, and each method's results."""

    text: str
    by_method: dict[str, tuple[str, ...]]

    def failed(self) -> tuple[str, ...]:
        """Return `spf=fail` and so on for every result that is not a pass, `=none` if missing."""
        pairs = ((name, self.by_method.get(name) or ("none",)) for name in METHODS)
        return tuple(f"{name}={one}" for name, each in pairs for one in each if one != "pass")


def results(octets: bytes) -> Results | None:
    """Return the topmost header, which the receiver itself wrote; those below may be forged."""
    written = _values(_header(octets)).get("authentication-results")
    if written is None:
        return None
    text = " ".join(written.split())
    found: dict[str, tuple[str, ...]] = {}
    for method, result in _RESULT.findall(_COMMENT.sub("", text)):
        found[method.lower()] = (*found.get(method.lower(), ()), result.lower())
    return Results(text=text[:_LONGEST_SHOWN], by_method=found)


def changes(sent: bytes, arrived: bytes) -> tuple[str, ...]:
    """Return the names of headers that are not what they were, and `text` for what is below."""
    headers = _header(sent), _header(arrived)
    before, after = map(_values, headers)
    added = [field.name for field in headers[0].fields if field.name.lower().startswith("x-")]
    names = dict.fromkeys((*_KEPT, *added))
    changed = [name for name in names if _meant(before, name) != _meant(after, name)]
    if _below(headers[0], sent) != _below(headers[1], arrived):
        changed.append("text")
    return tuple(changed)


def _header(octets: bytes) -> Header:
    try:
        return parse(octets)
    except InputError:  # it has none, and all of it is text
        return Header(fields=(), end=0, newline=b"\n")


def _values(header: Header) -> dict[str, str]:
    """Return the topmost value of each name in lower case, as one line."""
    return {
        field.name.lower(): " ".join(field.value.decode(errors="backslashreplace").split())
        for field in reversed(header.fields)
    }


def _meant(values: dict[str, str], name: str) -> str | None:
    """Return a value as people read it: a server may write encoded words in another way."""
    written = values.get(name.lower())
    try:
        return written and decode_words(written)
    except (ValueError, LookupError):  # what no program can read is compared as it is
        return written


def _below(header: Header, octets: bytes) -> bytes:
    """Return what is below the header: whatever its parts are, they arrive as they were sent."""
    return octets[header.end :].replace(b"\r\n", b"\n").strip()
