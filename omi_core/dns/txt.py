"""TXT data: octets inside, strings of at most 255 octets at the edge (RFC 1035 3.3.14)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from omi_core.errors import InputError

_LONGEST_STRING = 255  # RFC 1035 3.3
# RFC 1035 5.1: a quoted string, where a backslash makes the next character (or three digits) plain
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
_PRINTABLE = range(0x20, 0x7F)
_BETWEEN = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True, order=True)
class Txt:
    """The octets of one TXT record, its strings joined (RFC 7208 3.3, RFC 6376 3.6.2.2)."""

    octets: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the record that says `text`, in UTF-8."""
        return cls(text.encode())

    @classmethod
    def parse(cls, written: str) -> Self:
        r"""Read master-file form, `"v=DKIM1; " "p=..."`, or the bare text that some panels keep.

        Raises InputError for a quote left open or an escape above \255.
        """
        stripped = written.strip()
        if not stripped.startswith('"'):
            return cls(_octets(written))
        return cls(b"".join(_strings(stripped)))

    @property
    def text(self) -> str:
        """The octets as text; those that are not UTF-8 become U+FFFD."""
        return self.octets.decode(errors="replace")

    @property
    def strings(self) -> tuple[bytes, ...]:
        """The octets cut into what a record can carry; one empty string if there are none."""
        cuts = range(0, max(len(self.octets), 1), _LONGEST_STRING)
        return tuple(self.octets[start : start + _LONGEST_STRING] for start in cuts)

    def __str__(self) -> str:
        return " ".join(f'"{_escaped(string)}"' for string in self.strings)


def _strings(written: str) -> Iterator[bytes]:
    position = 0
    while position < len(written):
        quoted = _QUOTED.match(written, position)
        if quoted is None:
            raise InputError(
                "TXT data {written!r} has a quote that is not closed", written=written[:40]
            )
        yield _unescaped(quoted[1])
        between = _BETWEEN.match(written, quoted.end())
        position = between.end() if between else len(written)


def _unescaped(quoted: str) -> bytes:
    octets = bytearray()
    position = 0
    for escape in _ESCAPE.finditer(quoted):
        octets += _octets(quoted[position : escape.start()])
        octets += _escaped_octet(escape[1])
        position = escape.end()
    return bytes(octets + _octets(quoted[position:]))


def _escaped_octet(code: str) -> bytes:
    if len(code) == 1:
        return _octets(code)
    try:
        return bytes([int(code)])
    except ValueError as error:
        raise InputError(
            "TXT data has the escape \\{code}; the highest is \\255", code=code
        ) from error


def _octets(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # JSON may hold half a surrogate pair


def _escaped(octets: bytes) -> str:
    return octets.decode("latin-1").translate(_ESCAPED)


_ESCAPED = {octet: f"\\{octet:03d}" for octet in range(256) if octet not in _PRINTABLE} | {
    octet: "\\" + chr(octet) for octet in b'"\\'
}
