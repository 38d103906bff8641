"""Answers of an HTTP server that come from the fuzzer.

An input is answers, one behind the other with a NUL between, each `STATUS RETRY-AFTER` and a line
end before its body. Whoever asks more often than there are answers meets a closed connection.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_MOST_ANSWERS = 12


@dataclass(frozen=True)
class Said:
    status: int
    retry_after: str | None
    body: bytes


def said(octets: bytes) -> Iterator[Said]:
    """Yield the answers of an input."""
    for each in octets.split(b"\0", _MOST_ANSWERS)[:_MOST_ANSWERS]:
        head, _, body = each.partition(b"\n")
        status, _, rest = head.decode("latin-1").partition(" ")
        number = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 200
        yield Said(number, rest or None, body)
