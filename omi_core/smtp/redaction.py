"""Keeps secrets out of whatever is stored: found in any usual encoding, and masked.

The client's own credentials are never even handed over to be stored (see `transcript`). This is
for what comes back: a server may repeat what it was sent, whole or in pieces.
"""

import base64
import binascii
import html
import json
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

from omi_core.secret import MASK, Secret

WINDOW = 6  # characters in a row that nobody may see
SHORTEST = 4  # what is shorter than this cannot be told from ordinary text


class Redactor:
    """Masks every secret it was told of; pieces of at least WINDOW characters as well."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._windows: dict[bytes, set[bytes]] = {}  # by their first octets
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Mask `secret` from now on; it must have at least SHORTEST characters to be found."""
        for window in _windows(secret.unmask()):
            self._windows.setdefault(window[:SHORTEST].lower(), set()).add(window.lower())

    def octets(self, data: bytes) -> bytes:
        """Return `data` with every trace of a secret replaced by the mask."""
        spans = _merged(sorted(self._found(data.lower())))
        for begin, end in reversed(spans):
            data = data[:begin] + MASK.encode() + data[end:]
        return data

    def text(self, words: str) -> str:
        """Return `words` masked; lone surrogates stay what they are."""
        octets = words.encode("utf-8", "surrogateescape")
        return self.octets(octets).decode("utf-8", "surrogateescape")

    def _found(self, folded: bytes) -> Iterator[tuple[int, int]]:
        if not self._windows:
            return
        for begin in range(len(folded) - SHORTEST + 1):
            for window in self._windows.get(folded[begin : begin + SHORTEST], ()):
                if folded.startswith(window, begin):
                    yield begin, begin + len(window)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _windows(value: str) -> Iterator[bytes]:
    if len(value) < SHORTEST:
        return
    for begin in range(max(1, len(value) - WINDOW + 1)):
        yield from _spellings(value[begin : begin + WINDOW])
    octets = value.encode("utf-8", "surrogateescape")
    for form in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            yield from _pieces(_base64_core(form, octets, shift))


def _spellings(piece: str) -> Iterator[bytes]:
    """Return the ways in which a few characters are written on the wire and in documents."""
    octets = piece.encode("utf-8", "surrogateescape")
    yield octets
    yield quote(octets, safe="").encode()
    yield quote(octets).encode()
    yield quote_plus(octets).encode()
    yield binascii.hexlify(octets)
    yield binascii.b2a_qp(octets, quotetabs=True, istext=False)
    yield html.escape(piece).encode("utf-8", "surrogateescape")
    yield json.dumps(piece)[1:-1].encode()
    yield piece.encode("utf-16-le", "surrogatepass")
    if all(ord(character) < 256 for character in piece):  # noqa: PLR2004 - ISO 8859-1
        yield piece.encode("latin-1")


def _base64_core(form: Callable[[bytes], bytes], octets: bytes, shift: int) -> bytes:
    """Return the characters of base64 that only `octets` decide, `shift` octets after a start."""
    encoded = form(b"\0" * shift + octets).rstrip(b"=")
    first = (shift * 8 + 5) // 6
    return encoded[first : len(encoded) - 1]


def _pieces(text: bytes) -> Iterator[bytes]:
    if len(text) >= SHORTEST:
        length = min(WINDOW, len(text))
        yield from (text[begin : begin + length] for begin in range(len(text) - length + 1))
