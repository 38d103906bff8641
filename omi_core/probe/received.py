"""Reads a mail that arrived: what the receiver said of it, and whether it is what was sent.

Whoever writes to the mailbox may have written it. Headers are compared as they stand, unfolded:
the parser of addresses and identifiers that Python has raises for odd ones, and takes seconds.
"""

import email
import email.parser
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
METHODS = ("spf", "dkim", "dmarc")
_KEPT = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
_LARGEST = 256 * 1024  # ours is a kilobyte; what receivers put before it is not much more
_LONGEST_DECODED = 2000
_LONGEST_SHOWN = 4000
_UNREADABLE = (RecursionError, ValueError, LookupError, AttributeError, TypeError)


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
    headers = _headers(octets).get_all("Authentication-Results", [])
    if not headers:
        return None
    text = _unfolded(headers[0])
    found: dict[str, tuple[str, ...]] = {}
    for method, result in _RESULT.findall(_COMMENT.sub("", text)):
        found[method.lower()] = (*found.get(method.lower(), ()), result.lower())
    return Results(text=text[:_LONGEST_SHOWN], by_method=found)


def changes(sent: bytes, arrived: bytes) -> tuple[str, ...]:
    """Return the names of headers and parts that are not what they were."""
    before, after = _headers(sent), _headers(arrived)
    added = [name for name in before if name.lower().startswith("x-")]
    names = (*_KEPT, *added)
    changed = [name for name in names if _said(before, name) != _said(after, name)]
    if _texts(sent) != _texts(arrived):
        changed.append("text")
    return tuple(changed)


def _headers(octets: bytes) -> Message:
    return email.parser.BytesHeaderParser().parsebytes(octets[:_LARGEST])


def _said(message: Message, name: str) -> str | None:
    """Return what the first header of a name says, with its encoded words read (RFC 2047)."""
    value = message.get(name)
    if value is None:
        return None
    text = _unfolded(value)
    if len(text) > _LONGEST_DECODED:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, ValueError, LookupError):
        return text


def _unfolded(value: object) -> str:
    return " ".join(str(value).split())


def _texts(octets: bytes) -> list[str] | None:
    """Return the parts of the body; None where it is none that can be read."""
    try:
        message = email.message_from_bytes(octets[:_LARGEST])
        parts = [part for part in message.walk() if not part.is_multipart()]
        return [str(part.get_payload()).replace("\r\n", "\n").rstrip() for part in parts]
    except _UNREADABLE:
        return None
