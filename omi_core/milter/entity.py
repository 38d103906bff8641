"""A MIME entity in octets: its fields, its body, and the parts of a multipart (RFC 2046 5.1).

What needs nothing keeps every octet; Python's own parser would write all of it anew.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.message import Message

from omi_core.message.fields import Field

# The time that email.message takes for parameters grows with the square of their length.
LONGEST_PARAMETERS = 2000
_TOKEN = re.compile(r"(?:\s|\([^()]*+\))*+([^\s();]*+)")  # the first word that is no comment
_DELIMITER_END = re.compile(rb"(--)?[ \t]*+(?:\r\n|\Z)")
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:((?:[^\n]*+\n)(?:[ \t][^\n]*+\n)*+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """What a body is: type and subtype in lower case, and the boundary of a multipart."""

    full: str = "text/plain"
    boundary: bytes = b""
    charset: str = ""

    @property
    def main(self) -> str:
        """The type without its subtype."""
        return self.full.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Fields and body; lines end with CRLF in the body."""

    fields: tuple[Field, ...]
    body: bytes

    def value(self, name: str) -> str:
        """Return the first field of that name, in lower case, unfolded; "" where there is none."""
        for each in self.fields:
            if each.name.lower() == name:
                return " ".join(each.value.decode("latin-1").split())
        return ""

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, in lower case (RFC 2045 6.1)."""
        found = _TOKEN.match(self.value("content-transfer-encoding").lower())
        return (found and found[1]) or "7bit"

    def type(self, default: str = "text/plain") -> ContentType:
        """Return the Content-Type; what cannot be read is `default` (RFC 2045 5.2)."""
        return content_type(self.value("content-type"), default)

    def with_value(self, name: str, value: str) -> "Entity":
        """Return the entity with that field, in its place or at the end."""
        octets = f" {value}".encode()
        lower = name.lower()
        if not any(each.name.lower() == lower for each in self.fields):
            return replace(self, fields=(*self.fields, Field(name=name, value=octets)))
        fields = (
            replace(each, value=octets) if each.name.lower() == lower else each
            for each in self.fields
        )
        return replace(self, fields=tuple(fields))


def content_type(value: str, default: str = "text/plain") -> ContentType:
    """Read the value of Content-Type."""
    if not value or len(value) > LONGEST_PARAMETERS:
        return ContentType(full=default)
    message = Message()
    message["Content-Type"] = value
    message.set_default_type(default)
    boundary = message.get_boundary("")
    return ContentType(
        full=message.get_content_type(),
        boundary=boundary.encode("latin-1", "replace"),
        charset=message.get_content_charset(""),
    )


def read_entity(octets: bytes) -> Entity:
    """Read a part: fields, an empty line, a body; a part may begin with its body at once."""
    fields: list[Field] = []
    at = 0
    while found := _FIELD.match(octets, at):
        value = found[2].rstrip(b"\r\n").replace(b"\r\n", b"\n")
        fields.append(Field(name=found[1].decode("ascii"), value=value))
        at = found.end()
    if octets.startswith(b"\r\n", at):
        at += 2
    elif fields and at < len(octets):
        return Entity(fields=(), body=octets)  # not fields after all
    return Entity(fields=tuple(fields), body=octets[at:])


def written(entity: Entity) -> bytes:
    """Return the octets of a part."""
    lines = (
        each.name.encode() + b":" + each.value.replace(b"\n", b"\r\n") + b"\r\n"
        for each in entity.fields
    )
    head = b"".join(lines)
    return head + b"\r\n" + entity.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """The parts of a multipart, and the delimiter lines around them as they were written.

    `lines` has one more than `parts`: what stands before each part, and after the last one.
    `before` and `behind` are what no reader shows (RFC 2046 5.1.1: preamble and epilogue).
    """

    before: bytes
    behind: bytes

    lines: tuple[bytes, ...]
    parts: tuple[bytes, ...]

    def written(self, parts: Iterable[bytes]) -> bytes:
        """Return the body with other parts between the same delimiters."""
        first, *others = self.lines
        between = (part + line for part, line in zip(parts, others, strict=True))
        return b"".join((self.before, first, *between, self.behind))


def divided(body: bytes, boundary: bytes) -> Multipart | None:
    """Divide the body of a multipart; None where there is no part between two boundaries."""
    if not boundary:
        return None
    lines: list[bytes] = []
    parts: list[bytes] = []
    before, start, is_closed = b"", 0, False
    while not is_closed and (found := _delimiter(body, b"--" + boundary, start)):
        at, end, is_closed = found
        if lines:
            parts.append(body[start:at])
        else:
            before = body[:at]
        lines.append(body[at:end])
        start = end
    behind = body[start:] if is_closed else b""
    if lines and not is_closed:
        parts.append(body[start:])
        lines.append(b"")
    if not parts:
        return None
    return Multipart(before=before, behind=behind, lines=tuple(lines), parts=tuple(parts))


def _delimiter(body: bytes, dashed: bytes, start: int) -> tuple[int, int, bool] | None:
    """Return where the next delimiter line begins and ends, and whether it closes the multipart.

    The CRLF before it belongs to it, unless it is the one behind the delimiter before: an empty
    part. No pattern is made of what a customer wrote.
    """
    on_a_line = b"\r\n" + dashed
    at = start if body.startswith(dashed, start) else body.find(on_a_line, start)
    while at >= 0:
        behind = body.index(dashed, at) + len(dashed)
        if end := _DELIMITER_END.match(body, behind):
            return at, end.end(), bool(end[1])
        at = body.find(on_a_line, behind)
    return None
