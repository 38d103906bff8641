"""A body as every receiver can take it: short lines, seven bits, nothing but line ends as CRLF.

RFC 5321 4.5.3.1.6, RFC 6152, RFC 2045 2.7. Postfix breaks longer lines when it sends, and converts
bodies for receivers without 8BITMIME; both end the signature, so it is done before.
"""

import re
from base64 import b64decode, encodebytes
from binascii import a2b_qp, b2a_qp
from dataclasses import dataclass, replace

from omi_core.milter.entity import Entity, divided, read_entity, written
from omi_core.milter.fields import sendable
from omi_core.milter.mail import CONTENT, LONGEST_LINE, RefusedMailError
from omi_core.text import Text

DEEPEST = 20
MOST_PARTS = 1000

TOO_DEEP = Text("the mail has more than {most} parts within parts")
TOO_MANY_PARTS = Text("the mail has more than {most} parts")
LINE_LONG = Text("line {line} of the body has more than {most} octets, and {why}")
LINE_EIGHT_BIT = Text("line {line} of the body has octets that are not ASCII, and {why}")
LINE_CONTROL = Text("line {line} of the body has NUL or half a line end, and {why}")
_SIGNED = Text("is signed or encrypted, so that nobody may change it")
_UNDIVIDED = Text("its part has no boundary in it")
_ENCODED = Text("its Content-Transfer-Encoding is not a known one")

_EIGHT_BIT = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")
_UNTOUCHABLE = {"multipart/signed", "multipart/encrypted", "application/pkcs7-mime"}
_AS_IT_IS = {"7bit", "8bit", "binary"}
_BASE64_LINE = 57  # octets, 76 characters; RFC 2045 6.8
_PIECE = _BASE64_LINE * 1000
_SIXTH = 6  # from there on base64 is shorter than quoted-printable


@dataclass(slots=True)
class _Walk:
    """What a walk through the parts of a body has seen."""

    body: bytes
    charset: str
    parts: int = 0

    def refuse(self, part: bytes, why: Text) -> RefusedMailError:
        """Return the refusal that names the first line of a part that cannot stay."""
        at, kind = _fault(part)
        line = self.body.count(b"\n", 0, self.body.find(part) + at) + 1
        return RefusedMailError(CONTENT, kind.format(line=line, most=LONGEST_LINE, why=why))


def needs_change(octets: bytes) -> bool:
    """Whether something in it cannot be sent to every receiver as it is."""
    ends = octets.count(b"\r\n")
    return (
        not octets.isascii()
        or b"\0" in octets
        or not (octets.count(b"\r") == octets.count(b"\n") == ends)
        or _long_line(octets) is not None
    )


def is_blank(octets: bytes) -> bool:
    """Whether nothing but white space stands in lines of it.

    Signers and verifiers disagree about such a body (RFC 6376 3.4.4 makes nothing of it, rspamd an
    empty line), so that it is sent as an empty line.
    """
    return not octets.strip() and bool(octets.strip(b"\r\n"))


def _long_line(octets: bytes) -> int | None:
    """Return where the first line begins that is too long."""
    at = 0
    while len(octets) - at > LONGEST_LINE:  # from line end to line end, as far as one may be
        at = octets.rfind(b"\n", at, (begin := at) + LONGEST_LINE + len(b"\r\n")) + 1
        if not at:
            return begin
    return None


def _fault(octets: bytes) -> tuple[int, Text]:
    """Return where the first fault is, and what it is."""
    if (at := _long_line(octets)) is not None:
        return at, LINE_LONG
    if found := _EIGHT_BIT.search(octets):
        return found.start(), LINE_EIGHT_BIT
    found = _CONTROL.search(octets)
    return found.start() if found else 0, LINE_CONTROL


def conformant(entity: Entity, charset: str = "utf-8") -> Entity:
    """Return the mail with a body that can be sent, and the fields that say so.

    Raises RefusedMailError where it cannot be made right. `charset` is what octets in the headers
    of parts are in that are not UTF-8.
    """
    if not needs_change(entity.body):
        return entity
    made = _entity(entity, "text/plain", _Walk(entity.body, charset), 0)
    return made if made.value("mime-version") else made.with_value("MIME-Version", "1.0")


def _entity(entity: Entity, default: str, walk: _Walk, depth: int) -> Entity:
    walk.parts += 1
    if depth > DEEPEST:
        raise RefusedMailError(CONTENT, TOO_DEEP, most=DEEPEST)
    if walk.parts > MOST_PARTS:
        raise RefusedMailError(CONTENT, TOO_MANY_PARTS, most=MOST_PARTS)
    kind = entity.type(default)
    if kind.full in _UNTOUCHABLE:
        raise walk.refuse(entity.body, _SIGNED)
    if kind.main == "multipart":
        return _multipart(entity, walk, depth)
    if kind.full in {"message/rfc822", "message/global"} and entity.encoding in _AS_IT_IS:
        return _message(entity, walk, depth)
    return _leaf(entity, walk, is_text=kind.main == "text")


def _multipart(entity: Entity, walk: _Walk, depth: int) -> Entity:
    kind = entity.type()
    found = divided(entity.body, kind.boundary)
    if found is None:
        raise walk.refuse(entity.body, _UNDIVIDED)
    default = "message/rfc822" if kind.full == "multipart/digest" else "text/plain"
    parts = []
    for part in found.parts:
        if needs_change(part):
            parts.append(written(_entity(_part(part, walk), default, walk, depth + 1)))
        else:
            walk.parts += 1
            parts.append(part)
    # What stands around the parts is shown by nobody.
    shown = replace(
        found,
        before=b"" if needs_change(found.before) else found.before,
        behind=b"" if needs_change(found.behind) else found.behind,
    )
    return _seven_bit(entity, shown.written(parts))


def _part(octets: bytes, walk: _Walk) -> Entity:
    """Return a part whose header can be sent."""
    read = read_entity(octets)
    return replace(read, fields=tuple(sendable(each, walk.charset) for each in read.fields))


def _message(entity: Entity, walk: _Walk, depth: int) -> Entity:
    inner = _part(entity.body, walk)
    return _seven_bit(entity, written(_entity(inner, "text/plain", walk, depth + 1)))


def _seven_bit(entity: Entity, body: bytes) -> Entity:
    made = Entity(fields=entity.fields, body=body)
    if entity.encoding not in {"8bit", "binary"}:
        return made
    return made.with_value("Content-Transfer-Encoding", "7bit")


def _leaf(entity: Entity, walk: _Walk, *, is_text: bool) -> Entity:
    octets = _decoded(entity, walk)
    many = len(_EIGHT_BIT.findall(octets[:_PIECE])) * _SIXTH > len(octets[:_PIECE])
    if is_text and not many:
        name, body = "quoted-printable", _quoted_printable(octets)
    else:
        name, body = "base64", _base64(octets)
    made = Entity(fields=entity.fields, body=body)
    made = made.with_value("Content-Transfer-Encoding", name)
    if made.value("content-type") or not is_text:
        return made
    return made.with_value("Content-Type", f"text/plain; charset={_charset(octets)}")


def _decoded(entity: Entity, walk: _Walk) -> bytes:
    if entity.encoding in _AS_IT_IS:
        return entity.body
    if entity.encoding == "quoted-printable":
        return a2b_qp(entity.body)
    if entity.encoding == "base64":
        try:
            return b64decode(entity.body)
        except ValueError:
            raise walk.refuse(entity.body, _ENCODED) from None
    raise walk.refuse(entity.body, _ENCODED)


def _quoted_printable(octets: bytes) -> bytes:
    """Encode text; only CRLF is a line's end, whatever else looks like one (RFC 2045 6.7)."""
    lines = (b2a_qp(line, istext=False) for line in octets.split(b"\r\n"))
    return b"\r\n".join(line.replace(b"=\n", b"=\r\n") for line in lines)


def _base64(octets: bytes) -> bytes:
    pieces = (octets[at : at + _PIECE] for at in range(0, len(octets), _PIECE))
    return b"".join(encodebytes(each).replace(b"\n", b"\r\n") for each in pieces)


def _charset(octets: bytes) -> str:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return "unknown-8bit"  # RFC 1428
    return "utf-8" if _EIGHT_BIT.search(octets) else "us-ascii"
