"""DNS messages, as far as looking needs them (RFC 1035 4, RFC 6891).

dnspython reads a message in 0.25 ms; a nightly look at thousands of domains waits for that alone.
This reads the types that are judged here in a tenth of it, and is compared with dnspython in the
tests. Updates, signatures and transfers stay dnspython's.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "PTR": 12,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "DNAME": 39,
    "DS": 43,
    "RRSIG": 46,
    "DNSKEY": 48,
    "SPF": 99,
}
_NAMES = {number: name for name, number in TYPES.items()}
_OPT = 41
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_QR, _AA, _TC = 0x8000, 0x0400, 0x0200
_CLASS_IN = 1
_DO = 0x8000
# 1232 octets pass every path without fragments (DNS flag day 2020)
_OPT_RECORD = b"\0" + struct.pack("!HHIH", _OPT, 1232, _DO, 0)
_POINTER = 0xC0
_POINTER_TO_QUESTION = bytes([_POINTER, 12])
_LONGEST_LABEL = 63  # RFC 1035 2.3.4; above it the first two bits are no length (4.1.4)
_LONGEST_NAME = 255  # RFC 1035 2.3.4: octets on the wire, with those that hold lengths
# A server that compresses well needs one pointer a name, and one more for each that it points
# into. Without a bound, 65 KB of pointers to pointers are minutes of work (RFC 9267 2).
_MOST_POINTERS = 20
_LARGEST_OCTET = 255
# Characters of all names of a message, a pointer counting as one. A message holds half as many
# octets, so that no real one is refused; and none takes more than some 50 ms.
_MOST_SPELLED = 2**17
_PLAIN = bytes({*range(0x21, 0x7F)} - {*b".\\"})
_ESCAPED = {octet: f"\\{octet:03d}" for octet in range(256) if octet not in _PLAIN}
_ESCAPED |= {ord(character): f"\\{character}" for character in ".\\"}
# RFC 1035 5.1: a backslash makes three digits an octet, and any other character plain
_SPELLED = re.compile(r"\\([0-9]{3})|\\(.)|(\.)|([^.\\]+)", re.DOTALL)
_RRSIG_FIXED = struct.Struct("!HBBIIIH")


class MalformedError(ValueError):
    """The octets are no DNS message."""


@dataclass(frozen=True, slots=True)
class Rr:
    """One record: owner in lower case without the last dot, type, TTL in seconds, value as text.

    In names an octet that is no printable ASCII, a space, a backslash, and a dot within a label
    are written as in master files (RFC 1035 5.1), so that any name can be asked about again.
    MX is `preference host`, SOA its minimum TTL, RRSIG `type-covered expiration` (seconds since
    1970); what is not in TYPES has its type's number and its octets in hexadecimal.
    """

    name: str
    type: str
    ttl: int
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A message from a server."""

    rcode: int
    authoritative: bool
    truncated: bool
    answers: tuple[Rr, ...] = ()
    authority: tuple[Rr, ...] = ()
    additional: tuple[Rr, ...] = ()

    def values(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the values of one set in the answer section."""
        return tuple(rr.value for rr in self.answers if (rr.name, rr.type) == (name, kind))


def question(number: int, section: bytes) -> bytes:
    """Return a query: no recursion, with DNSSEC's records (RFC 4035 3.2.1)."""
    return _HEADER.pack(number, 0, 1, 0, 0, 1) + section + _OPT_RECORD


@lru_cache(maxsize=4096)
def question_section(name: str, kind: str) -> bytes:
    """Return the question section for a name without the last dot.

    Raises ValueError for a name that no message can carry (RFC 1035 2.3.4).
    """
    labels = _octets(name) if name else []
    if not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise _unaskable(name, "a label has 1 to 63 octets")
    encoded = b"".join(bytes([len(label)]) + label for label in labels)
    if len(encoded) >= _LONGEST_NAME:
        raise _unaskable(name, "a name has at most 255 octets")
    return encoded + b"\0" + struct.pack("!HH", TYPES[kind], _CLASS_IN)


def _unaskable(name: str, why: str) -> ValueError:
    return ValueError(f"no message can carry the name {name[:80]!r}: {why}")


def is_askable(name: str, kind: str) -> bool:
    """Whether a message can carry the name; where none can, nothing is there (RFC 7208 4.8)."""
    try:
        question_section(name, kind)
    except ValueError:
        return False
    return True


def _octets(name: str) -> list[bytes]:
    """Return the labels of a name as it is written (RFC 1035 5.1); ValueError for what is none."""
    if not name.isascii():
        raise _unaskable(name, "it holds more than ASCII")
    if "\\" not in name:
        return name.encode("ascii").split(b".")
    labels = [bytearray()]
    position = 0
    while position < len(name):
        part = _SPELLED.match(name, position)
        if part is None:
            raise _unaskable(name, "it ends in a backslash")
        code, plain, dot, text = part.groups()
        if dot:
            labels.append(bytearray())
        else:
            labels[-1] += _octet(code, name) if code else (plain or text).encode("ascii")
        position = part.end()
    return [bytes(label) for label in labels]


def _octet(code: str, name: str) -> bytes:
    if int(code) > _LARGEST_OCTET:
        raise _unaskable(name, f"\\{code} is no octet")
    return bytes([int(code)])


def answers_question(octets: bytes, number: int, section: bytes) -> str:
    """Return nothing if a message answers this question, else what is wrong with it."""
    if len(octets) < _HEADER.size:
        return "a message without a header"
    found, flags, questions, *_ = _HEADER.unpack_from(octets)
    if found != number:
        return "another id"
    if not flags & _QR:
        return "a question instead of an answer"
    echoed = octets[_HEADER.size : _HEADER.size + len(section)]
    # A refusal may leave the question out.
    if questions and echoed.lower() != section.lower():
        return "the answer to another question"
    return ""


def read(octets: bytes) -> Reply:
    """Read a message; MalformedError for what is none, whatever the octets."""
    try:
        return _read(octets)
    except (struct.error, IndexError, ValueError) as error:
        raise MalformedError(str(error) or "cut off") from None


def _read(octets: bytes) -> Reply:
    _, flags, questions, *counts = _HEADER.unpack_from(octets)
    names = _Names(octets)
    position = _HEADER.size
    asked = ""
    for number in range(questions):
        name, position = names.at(position)
        asked = asked if number else name
        position += 4
    sections: list[tuple[Rr, ...]] = []
    for count in counts:
        records = []
        for _ in range(count):
            record, position = _record(names, position, asked)
            if record is not None:
                records.append(record)
        sections.append(tuple(records))
    return Reply(flags & 0xF, bool(flags & _AA), bool(flags & _TC), *sections)


def _record(names: "_Names", position: int, asked: str) -> tuple[Rr | None, int]:
    octets = names.octets
    if asked and octets[position : position + 2] == _POINTER_TO_QUESTION:
        name, position = asked, position + 2  # nearly every owner is what was asked about
    else:
        name, position = names.at(position)
    kind, _, ttl, length = _RECORD.unpack_from(octets, position)
    start = position + _RECORD.size
    end = start + length
    if end > len(octets):
        raise MalformedError("a record is cut off")
    if kind == _OPT:
        return None, end
    return Rr(name, _NAMES.get(kind, str(kind)), ttl, _value(kind, names, start, end)), end


def _value(kind: int, names: "_Names", start: int, end: int) -> str:
    kind_name = _NAMES.get(kind, "")
    if kind_name in _HOLD_A_NAME:
        return names.at(start)[0]
    if kind_name == "MX":
        return f"{int.from_bytes(names.octets[start : start + 2])} {names.at(start + 2)[0]}"
    reader = _READERS.get(kind_name)
    return reader(names.octets, start, end) if reader else names.octets[start:end].hex()


def _signature(octets: bytes, start: int, _end: int) -> str:
    covered, _, _, _, expiration, *_ = _RRSIG_FIXED.unpack_from(octets, start)
    return f"{_NAMES.get(covered, covered)} {expiration}"


def _text(octets: bytes, start: int, end: int) -> str:
    data = octets[start:end]
    joined = bytearray()
    position = 0
    while position < len(data):
        length = data[position]
        joined += data[position + 1 : position + 1 + length]
        position += 1 + length
    if position != len(data):
        raise MalformedError("a text is cut off")
    return joined.decode(errors="replace")


class _Names:
    """The names of one message."""

    __slots__ = ("octets", "spelled")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.spelled = 0

    def at(self, position: int) -> tuple[str, int]:
        """Return a name and where it ends; pointers lead backwards only, so that they end."""
        octets = self.octets
        labels: list[bytes] = []
        after = pointers = 0
        limit = position
        room = _LONGEST_NAME - 1  # one octet ends the name
        length = octets[position]
        while length:
            if length <= _LONGEST_LABEL:
                end = position + 1 + length
                labels.append(octets[position + 1 : end])
                room -= 1 + length
                position = end
            else:
                after = after or position + 2
                position = limit = _pointed(octets, position, limit)
                pointers += 1
            if room < 0 or pointers > _MOST_POINTERS:
                raise MalformedError("a name is too long")
            length = octets[position]
        name = _spelled(labels)
        self.spelled += len(name) + pointers
        if self.spelled > _MOST_SPELLED:
            raise MalformedError("a message of too many names")
        return name, after or position + 1


def _pointed(octets: bytes, position: int, limit: int) -> int:
    """Return where a pointer leads; the part of the name that it ends began at `limit`."""
    length = octets[position]
    if length < _POINTER:  # RFC 1035 4.1.4: 01 and 10 are reserved
        raise MalformedError("a label of an unknown kind")
    target = (length & 0x3F) << 8 | octets[position + 1]
    if target >= limit:
        raise MalformedError("a name points forward")
    return target


def _spelled(labels: list[bytes]) -> str:
    joined = b".".join(labels).lower()
    if len(joined.translate(None, _PLAIN)) < max(len(labels), 1):  # the dots between labels alone
        return joined.decode("ascii")
    return ".".join(map(_label, labels))


def _label(octets: bytes) -> str:
    return octets.lower().decode("latin-1").translate(_ESCAPED)


_HOLD_A_NAME = frozenset({"CNAME", "NS", "PTR", "DNAME"})
_READERS: dict[str, Callable[[bytes, int, int], str]] = {
    "TXT": _text,
    "SPF": _text,
    "A": lambda octets, start, end: str(IPv4Address(octets[start:end])),
    "AAAA": lambda octets, start, end: str(IPv6Address(octets[start:end])),
    "SOA": lambda octets, _start, end: str(int.from_bytes(octets[end - 4 : end])),
    "RRSIG": _signature,
}
