"""Whether a message is the answer to a question, or one that somebody made up (RFC 5452 4)."""

from enum import Enum
from functools import lru_cache

from omi_core.resolve.packet import (
    FORMERR,
    NOTIMP,
    REFUSED,
    SERVFAIL,
    Response,
    answers_question,
    read,
)
from omi_core.text import NOTHING, Text

_HEADER = 12
_ANY_ID = b"\0\0"
_ONE = b"\0\1"
_RESPONSE = 0x80
_REFUSALS = {FORMERR, SERVFAIL, NOTIMP, REFUSED}
_REMEMBERED = 512
_LARGEST_REMEMBERED = 1232  # what comes over UDP, so that what is remembered stays small


class Match(Enum):
    """How far a message answers a question."""

    EXACT = "exact"
    UNSURE = "unsure"  # without its question, or with it in another case: such are forged as well
    NONE = "none"


def match(octets: bytes, number: int, sent: bytes) -> tuple[Match, Text]:
    """Return how far a message answers the question, and what is wrong where it does not.

    A refusal may leave the question out; what says anything about a name may not.
    """
    echoed = octets[_HEADER : _HEADER + len(sent)]
    if echoed == sent and octets[4:6] == _ONE and octets[2] & _RESPONSE:
        return Match.EXACT, NOTHING
    wrong = answers_question(octets, number, sent)
    if wrong:
        return Match.NONE, wrong
    is_refusal = octets[3] & 0xF in _REFUSALS and octets[4:8] == bytes(4)
    return Match.EXACT if is_refusal else Match.UNSURE, NOTHING


def decoded(octets: bytes, section: bytes) -> Response:
    """Read the answer to a question; MalformedError for what is none.

    The servers of a zone, and both addresses of one, say the same but for the id and the case of
    the letters in the question: that is read once.
    """
    if len(octets) > _LARGEST_REMEMBERED or octets[4:6] != _ONE:
        return read(octets)
    return _read(_ANY_ID + octets[2:_HEADER] + section + octets[_HEADER + len(section) :])


_read = lru_cache(maxsize=_REMEMBERED)(read)
