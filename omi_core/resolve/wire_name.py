"""Names as they stand in a DNS message (RFC 1035 3.1, 4.1.4): spelled out, and bounded."""

import re

from omi_core.errors import OmiError

POINTER = 0xC0
LONGEST_LABEL = 63  # RFC 1035 2.3.4; above it the first two bits are no length (4.1.4)
LONGEST_NAME = 255  # RFC 1035 2.3.4: octets on the wire, with those that hold lengths
# A server that compresses well needs one pointer a name, and one more for each that it points
# into. Without a bound, 65 KB of pointers to pointers are minutes of work (RFC 9267 2).
_MOST_POINTERS = 20
_LARGEST_OCTET = 255
# Characters of all names of a message, a pointer counting as one. A message holds half as many
# octets, so that no real one is refused; and none takes more than some 50 ms.
_MOST_SPELLED = 2**17
_PLAIN = bytes({*range(0x21, 0x7F)} - {*b".\\"})
ESCAPED = {octet: f"\\{octet:03d}" for octet in range(256) if octet not in _PLAIN}
# RFC 1035 5.1: a backslash makes three digits an octet, and any other character plain
_SPELLED = re.compile(r"\\([0-9]{3})|\\(.)|(\.)|([^.\\]+)", re.DOTALL)


def unaskable(name: str, why: str) -> ValueError:
    """Return the error of a name that no question can hold."""
    return ValueError(f"no message can carry the name {name[:80]!r}: {why}")


def octets_of(name: str) -> list[bytes]:
    """Return the labels of a name as it is written (RFC 1035 5.1); ValueError for what is none."""
    if not name.isascii():
        raise unaskable(name, "it holds more than ASCII")
    if "\\" not in name:
        return name.encode("ascii").split(b".")
    labels = [bytearray()]
    position = 0
    while position < len(name):
        part = _SPELLED.match(name, position)
        if part is None:
            raise unaskable(name, "it ends in a backslash")
        code, plain, dot, text = part.groups()
        if dot:
            labels.append(bytearray())
        else:
            labels[-1] += _octet(code, name) if code else (plain or text).encode("ascii")
        position = part.end()
    return [bytes(label) for label in labels]


def _octet(code: str, name: str) -> bytes:
    if int(code) > _LARGEST_OCTET:
        raise unaskable(name, f"\\{code} is not an octet")
    return bytes([int(code)])


class Names:
    """The names of one message."""

    __slots__ = ("octets", "spelled")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.spelled = 0

    def at(self, position: int) -> tuple[str, int]:
        """Return a name and where it ends; pointers lead backwards only, so that they end."""
        octets = self.octets
        length = octets[position]
        if not length:  # the root, whose every OPT record is (RFC 6891 6.1.2)
            return "", position + 1
        labels: list[bytes] = []
        after = pointers = 0
        limit = position
        room = LONGEST_NAME - 1  # one octet ends the name
        while length:
            if length <= LONGEST_LABEL:
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
    if length < POINTER:  # RFC 1035 4.1.4: 01 and 10 are reserved
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
    return octets.lower().decode("latin-1").translate(ESCAPED)


class MalformedError(OmiError, ValueError):
    """The octets are no DNS message."""
