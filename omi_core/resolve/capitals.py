"""What is known of a server and of capitals within a question.

Most servers copy a question as it came, which whoever forges an answer cannot know
(draft-vixie-dnsext-dns0x20). Some fold it, lose it, or find nothing under such a name: of what is
published nothing may be missing for that, so that they are asked in small letters.
"""

from enum import Enum

from omi_core.resolve.packet import NOERROR, Response
from omi_core.resolve.query import PendingQuery


class _Case(Enum):
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"  # it found nothing, also without; until it finds something
    KEPT = "kept"
    PLAIN = "plain"  # it folds them, loses such questions, or finds nothing under such names


_LEARNT = {_Case.KEPT, _Case.PLAIN}
_MIXED = {_Case.KEPT, _Case.UNKNOWN}


class Capitals:
    """Whether one server is asked with them, which its answers show."""

    def __init__(self) -> None:
        self._case = _Case.UNKNOWN

    def suit(self, asked: PendingQuery) -> bool:
        """Whether a question goes out with capitals."""
        return self._case in _MIXED and not asked.is_plain

    def do_not_suit(self) -> None:
        """Ask without from now on."""
        self._case = _Case.PLAIN

    def make_doubtful(self, asked: PendingQuery, reply: Response | None) -> bool:
        """Learn from an answer; whether it may be what it is because of the capitals."""
        if self._case in _LEARNT:
            return False
        found = _finds(reply)
        if asked.is_mixed:
            self._case = _Case.KEPT if found else self._case
            return not found
        if found:
            self._case = _Case.PLAIN if asked.is_plain else _Case.UNKNOWN
        else:
            self._case = _Case.SUSPENDED
        return False


def _finds(reply: Response | None) -> bool:
    """Whether an answer shows anything of the name that was asked about."""
    if reply is None or reply.rcode != NOERROR:
        return False
    return reply.truncated or bool(reply.answers) or any(rr.type == "NS" for rr in reply.authority)
