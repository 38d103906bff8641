"""What a block list says of an address: listed, clean, or nothing that can be believed; pure.

A list that has ended answers nothing, or the same to everything, or is somebody else's by now. So
its test points come first (RFC 5782 5), and of what it says only the codes that it explains count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from omi_core.mailauth.questions import Answer, Asking, Question
from omi_core.reputation.blocklists import BlockList
from omi_core.text import NOTHING, SEMICOLON, Text

IpAddress = IPv4Address | IPv6Address

# RFC 5782 5: every list has the first, and none the others.
LISTED_POINT = IPv4Address("127.0.0.2")
CLEAN_POINTS: dict[int, tuple[IpAddress, ...]] = {
    4: (IPv4Address("127.0.0.1"),),
    6: (IPv4Address("127.0.0.1"), IPv6Address("::ffff:127.0.0.1")),
}
_CODES = IPv4Network("127.0.0.0/8")  # RFC 5782 2.1
_MOST_CODES = 32  # of one address; a list that gives more is none
_SUFFIXES = ("in-addr.arpa", "ip6.arpa")

_MANY = Text("it gives {count} answers about one address, which no list does")
_OUTSIDE = Text("it answers {code}, which is outside of 127.0.0.0/8 and so no list's answer")
_UNKNOWN = Text("it answers {code}, which it does not explain")
_ENDED = Text(
    "it does not list {point}, as every list must (RFC 5782 5): it has ended, or it does not"
    " answer whoever asks from here"
)
_WILD = Text(
    "it lists {point}, as no list may (RFC 5782 5): it says the same of every address, as lists"
    " that have ended do"
)


class Standing(StrEnum):
    """What a list says of an address."""

    LISTED = "listed"
    CLEAN = "clean"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list says: the codes where it lists the address, `why` nobody could look otherwise."""

    standing: Standing
    codes: tuple[str, ...] = ()
    why: Text = NOTHING

    def meaning(self, block_list: BlockList) -> Text:
        """Return what the codes mean."""
        known = (block_list.codes[code] for code in self.codes if code in block_list.codes)
        return Text.joined(dict.fromkeys(known), SEMICOLON)


def name_of(address: IpAddress, zone: str) -> str:
    """Return the name of an address in a list (RFC 5782 2.1, 2.4)."""
    reverse = address.reverse_pointer
    for suffix in _SUFFIXES:
        reverse = reverse.removesuffix(suffix)
    return f"{reverse}{zone}"


def understood(block_list: BlockList, answer: Answer) -> Listing:
    """Return what a list's answer says of the address."""
    if answer.failed:
        return _unseen(answer.failed)
    if not answer.values:
        return Listing(Standing.CLEAN)
    if fault := _unbelievable(block_list, answer.values):
        return _unseen(fault)
    return Listing(Standing.LISTED, _in_order(answer.values))


def _unbelievable(block_list: BlockList, codes: tuple[str, ...]) -> Text:
    """Return why codes say nothing of the address; nothing where they do."""
    if len(codes) > _MOST_CODES:
        return _MANY.format(count=len(codes))
    for code in codes:
        if refusal := block_list.refusals.get(code):
            return refusal
        if IPv4Address(code) not in _CODES:
            return _OUTSIDE.format(code=code)
    is_known = any(code in block_list.codes for code in codes)
    return NOTHING if is_known else _UNKNOWN.format(code=codes[0])


def listed(block_list: BlockList, address: IpAddress) -> Asking[Listing]:
    """Ask a list for an address, after its test points; what fails these is never believed."""
    fault = yield from _fault(block_list, address.version)
    if fault:
        return _unseen(fault)
    return (yield from _asked(block_list, address))


def _fault(block_list: BlockList, version: int) -> Asking[Text]:
    """Return why the list cannot be believed; nothing where it can."""
    point = yield from _asked(block_list, LISTED_POINT)
    if point.standing is Standing.UNSEEN:
        return point.why
    if point.standing is Standing.CLEAN:
        return _ENDED.format(point=str(LISTED_POINT))
    for each in CLEAN_POINTS[version]:
        clean = yield from _asked(block_list, each)
        if clean.standing is Standing.LISTED:
            return _WILD.format(point=str(each))
        if clean.standing is Standing.UNSEEN:
            return clean.why
    return NOTHING


def _asked(block_list: BlockList, address: IpAddress) -> Asking[Listing]:
    answer = yield Question(name_of(address, block_list.zone), "A")
    return understood(block_list, answer)


def _unseen(why: Text) -> Listing:
    return Listing(Standing.UNSEEN, why=why)


def _in_order(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes), key=IPv4Address))
