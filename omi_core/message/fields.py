"""The header of a message as bytes: where each field stands, and nothing decoded.

RFC 5322 2.2: a field is a name, a colon and a body; a line that starts with a space or a tab
continues it. Line ends may be CRLF or LF, and are kept as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from omi_core.errors import InputError

HEADER_LIMIT = 1 << 20  # octets; Postfix stops at 102,400 (postconf(5) header_size_limit)
_CHUNK = 1 << 16
_SHOWN = 16  # octets of what is not a message
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
# RFC 5322 3.6.8, and 4.5: spaces may stand before the colon in old messages.
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_END = re.compile(rb"^\r?\n", re.MULTILINE)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field; `value` is as on the wire after the colon, folded or not."""

    name: str
    value: bytes
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of a message, where they end, and how its lines end.

    `end` is the offset of the empty line (or of the end of the text); `broken` is the line that
    is neither field nor empty and so ended the header, or None.
    """

    fields: tuple[Field, ...]
    end: int
    newline: bytes
    broken: bytes | None = None


@dataclass(slots=True, kw_only=True)
class _Span:
    """Where a field begins, its value begins, and the last line of it so far ends.

    Its octets are taken out at the end: added line by line, a value of a million short lines would
    cost the square of them.
    """

    name: str
    start: int
    value: int
    end: int

    def field_of(self, message: bytes) -> Field:
        value = message[self.value : self.end]
        return Field(name=self.name, value=value, start=self.start, end=self.end)


def read_head(stream: BinaryIO) -> bytes:
    """Return the start of a message up to the end of its header, and at most 64 KiB beyond.

    Raises InputError where no header ends within 1 MiB; so no file is read whole.
    """
    head = b""
    while not _END.search(head) and (chunk := stream.read(_CHUNK)):
        head += chunk
        if len(head) > HEADER_LIMIT:
            raise InputError(
                "no empty line ends the header within 1 MiB; that is not a mail message"
            )
    return head


def parse(message: bytes) -> Header:
    """Find the fields of `message`; its body may be missing or cut off.

    Raises InputError where the text does not begin with a header field.
    """
    places: list[_Span] = []
    broken = None
    for start, line in _lines(message):
        if line in (b"\n", b"\r\n"):
            break
        if not _take(line, start, places):
            broken = line.rstrip(b"\r\n")
            break
    if not places:
        raise InputError(_no_message(message))
    first = _LINE.match(message)
    crlf = first is not None and first[0].endswith(b"\r\n")
    return Header(
        fields=tuple(each.field_of(message) for each in places),
        end=places[-1].end,
        newline=b"\r\n" if crlf else b"\n",
        broken=broken,
    )


def _lines(message: bytes) -> Iterator[tuple[int, bytes]]:
    for found in _LINE.finditer(message):
        envelope = found.start() == 0 and found[0].startswith(b"From ")  # an mbox file's own line
        if not envelope:
            yield found.start(), found[0]


def _take(line: bytes, start: int, places: list[_Span]) -> bool:
    """Add `line` to `places`, as a field or as a continuation; False where it is neither."""
    end = start + len(line)
    if line[:1] in b" \t" and places:
        places[-1].end = end
        return True
    if named := _NAME.match(line):
        name = named[1].decode("ascii")
        places.append(_Span(name=name, start=start, value=start + named.end(), end=end))
        return True
    return False


def _no_message(message: bytes) -> str:
    if message.startswith(_BYTE_ORDER_MARKS):
        return "it starts with a byte order mark; save the message without one (not as Unicode)"
    if not message:
        return "it is empty; a message begins with header fields such as 'From: a@example.com'"
    first = repr(message[:_SHOWN].split(b"\n", 1)[0])[2:-1]
    return (
        f"it is not a mail message: it begins with '{first}', "
        "where a message has a header field such as 'From: a@example.com'"
    )
