"""A question to one server, from being asked to being heard."""

import asyncio
import errno
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from omi_core.errors import system_text
from omi_core.resolve.packet import Response
from omi_core.text import NOTHING, Text

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_BLOCK = 4096
_TYPE_AND_CLASS = 4  # octets behind the name
# By octet: the bit in which a capital differs from its small letter, where it is a letter. Octets
# that hold a length are at most 63, and so none.
_CASE_BIT = bytes(
    0x20 if chr(octet).isascii() and chr(octet).isalpha() else 0 for octet in range(256)
)


class QueryFault(StrEnum):
    """Why there is no answer."""

    SILENT = "silent"
    UNREACHABLE = "unreachable"  # the port is closed, or something on the way says no
    NO_ROUTE = "no-route"  # this machine has no way to that family
    GARBLED = "garbled"
    TRUNCATED = "truncated"  # over UDP, and TCP does not work


class QueryResult(NamedTuple):
    """What came of one question: a reply, or a fault with its detail in words."""

    reply: Response | None
    fault: QueryFault | None = None
    detail: Text = NOTHING
    tcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """How servers are asked: questions a second to one address, seconds a try, tries over UDP.

    `at_once` is how many questions may be under way to one address.
    """

    rate: float = 50.0
    timeout_s: float = 2.0
    tries: int = 2
    at_once: int = 32


class PendingQuery:
    """One question; `sent` is its section with the letters' case as it went out."""

    __slots__ = (
        *("edns", "heard", "is_mixed", "is_plain", "left", "number", "section", "sent", "until"),
    )

    def __init__(self, section: bytes, heard: asyncio.Future[QueryResult], tries: int) -> None:
        self.section = self.sent = section
        self.heard = heard
        self.left = tries
        self.number = 0
        self.until = 0.0
        self.edns = True
        self.is_mixed = False  # whether it went out in mixed case
        self.is_plain = False  # whether it must go out as it is written

    def ends(self, heard: QueryResult) -> None:
        """Tell who asked, unless nobody waits any more."""
        if not self.heard.done():
            self.heard.set_result(heard)


class _Unguessable:
    """Octets of the system's generator, drawn in blocks: each question needs some dozens."""

    def __init__(self) -> None:
        self._block = b""
        self._at = 0

    def octets(self, size: int) -> bytes:
        """Return the next ones, which nobody has seen."""
        at, end = self._at, self._at + size
        if end > len(self._block):
            self._block = os.urandom(max(_BLOCK, size))
            at, end = 0, size
        self._at = end
        return self._block[at:end]


drawn = _Unguessable().octets


def mixed(section: bytes) -> bytes:
    """Return a question section with each letter of its name in a case that nobody can guess.

    A server copies the question into its answer as it came, so that whoever forges one must guess
    the case as well (draft-vixie-dnsext-dns0x20).
    """
    name, rest = section[:-_TYPE_AND_CLASS], section[-_TYPE_AND_CLASS:]
    size = len(name)
    changed = int.from_bytes(drawn(size)) & int.from_bytes(name.translate(_CASE_BIT))
    return (int.from_bytes(name) ^ changed).to_bytes(size) + rest


def refused(error: OSError) -> QueryResult:
    """Return what the system said instead of an answer."""
    fault = QueryFault.NO_ROUTE if error.errno in _NO_ROUTE else QueryFault.UNREACHABLE
    return QueryResult(None, fault, system_text(error))
