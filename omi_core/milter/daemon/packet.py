"""The packets of the milter protocol, version 6, as Postfix speaks it: pure.

A packet is its length in four octets (big-endian, the command's octet included), a command, and
what belongs to it. Sources: include/libmilter/mfdef.h of sendmail 8.14 and later, and
src/milter/milter8.c of Postfix, which states how each is read there. See docs/decisions/0047.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntFlag

VERSION = 6
LONGEST = 1 << 20  # octets; Postfix sends a header field of at most header_size_limit, 102,400
PIECE = 65535  # octets of a body in one packet, MILTER_CHUNK_SIZE
_LENGTH = struct.Struct(">I")
_OFFER = struct.Struct(">III")


class PacketError(ValueError):
    """What came is no packet of this protocol."""


class Command(bytes, Enum):
    """What the mail server says: SMFIC_... of mfdef.h."""

    ABORT = b"A"
    BODY = b"B"
    CONNECT = b"C"
    MACROS = b"D"
    END_OF_MESSAGE = b"E"
    HELO = b"H"
    QUIT_AND_GO_ON = b"K"
    FIELD = b"L"
    MAIL = b"M"
    END_OF_FIELDS = b"N"
    OFFER = b"O"
    QUIT = b"Q"
    RCPT = b"R"
    DATA = b"T"
    UNKNOWN = b"U"


_COMMANDS = {each.value[0]: each for each in Command}


class Actions(IntFlag):
    """What a milter may do to a mail: SMFIF_..."""

    ADD_FIELDS = 0x1
    CHANGE_BODY = 0x2
    CHANGE_FIELDS = 0x10
    QUARANTINE = 0x20
    CHOOSE_MACROS = 0x100


class Steps(IntFlag):
    """What is left out, and what is not answered: SMFIP_..."""

    NO_CONNECT = 0x1
    NO_HELO = 0x2
    NO_END_OF_FIELDS = 0x40
    NO_UNKNOWN = 0x100
    NO_DATA = 0x200
    MAIL_UNANSWERED = 0x4000
    RCPT_UNANSWERED = 0x8000
    FIELD_UNANSWERED = 0x80
    BODY_UNANSWERED = 0x80000
    LEADING_SPACE = 0x100000


class MacroStage(Enum):
    """When macros are sent: SMFIM_..."""

    CONNECT = 0
    HELO = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    END_OF_MESSAGE = 5
    END_OF_FIELDS = 6


Packet = tuple[Command, bytes]  # a command, and the octets that belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the mail server can do, or what a milter wants of it."""

    version: int
    actions: int
    steps: int


class Packets:
    """Packets out of octets that come in any pieces."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._needed = _LENGTH.size  # octets until there is one more to be read

    def feed(self, octets: bytes | memoryview) -> list[Packet]:
        """Return the packets that are whole now; raises PacketError where there is none.

        A mail is dozens of packets, so that nothing is called for one of them.
        """
        self._held += octets
        if len(self._held) < self._needed:
            return []
        whole, start, end = bytes(self._held), 0, self._needed
        found: list[Packet] = []
        while end <= len(whole):
            begin = start + _LENGTH.size
            (length,) = _LENGTH.unpack_from(whole, start)
            if not 1 <= length <= LONGEST:
                raise PacketError(f"a packet of {length} octets")
            end = begin + length
            if end <= len(whole):
                command = _COMMANDS.get(whole[begin])
                if command is None:
                    raise PacketError(f"the command {whole[begin]}")
                found.append((command, whole[begin + 1 : end]))
                start, end = end, end + _LENGTH.size
        del self._held[:start]
        self._needed = end - start
        return found


def read_offer(data: bytes) -> Offer:
    """Read SMFIC_OPTNEG; a later version may say more behind it."""
    if len(data) < _OFFER.size:
        raise PacketError("an offer that is cut off")
    version, actions, steps = _OFFER.unpack_from(data)
    return Offer(version=version, actions=actions, steps=steps)


def read_macros(data: bytes) -> dict[str, bytes]:
    """Read SMFIC_MACRO: the command that they are for, then names and values."""
    parts = _strings(data[1:]) if data[1:] else []
    if len(parts) % 2:
        raise PacketError("a macro without its value")
    names = (name.strip(b"{}").decode("ascii", "replace") for name in parts[::2])
    return dict(zip(names, parts[1::2], strict=True))


def read_field(data: bytes) -> tuple[bytes, bytes]:
    """Read SMFIC_HEADER: a name, and its value as it was written behind the colon."""
    name, _, value = data.partition(b"\0")
    if value.find(b"\0") != len(value) - 1 or not value:
        raise PacketError("a header field without its value")
    return name, value[:-1]


def read_arguments(data: bytes) -> list[bytes]:
    """Read SMFIC_MAIL or SMFIC_RCPT: the address in angle brackets, then ESMTP parameters."""
    parts = _strings(data)
    if not parts:
        raise PacketError("a command without an address")
    return parts


def _strings(data: bytes) -> list[bytes]:
    *whole, rest = data.split(b"\0")
    if rest:
        raise PacketError("a text without its end")
    return whole


def packet(command: bytes, data: bytes = b"") -> bytes:
    """Return a packet as it is sent."""
    return _LENGTH.pack(1 + len(data)) + command + data


CONTINUE = packet(b"c")
TEMPFAIL = packet(b"t")
PROGRESS = packet(b"p")


def wanted(actions: Actions, steps: Steps, macros: dict[MacroStage, str]) -> bytes:
    """Return SMFIC_OPTNEG: what is done and what is asked for, and which macros with it."""
    lists = b"".join(
        _LENGTH.pack(stage.value) + names.encode() + b"\0" for stage, names in macros.items()
    )
    return packet(b"O", _OFFER.pack(VERSION, actions, steps) + lists)


def refusal(reply: bytes) -> bytes:
    """Return SMFIR_REPLYCODE: a whole SMTP reply, its lines divided by CRLF."""
    return packet(b"y", reply + b"\0")


def added(name: bytes, value: bytes) -> bytes:
    """Return SMFIR_ADDHEADER: a field at the end of the header."""
    return packet(b"h", name + b"\0" + value + b"\0")


def changed(name: bytes, number: int, value: bytes) -> bytes:
    """Return SMFIR_CHGHEADER for the `number`th field of that name, from 1; empty takes it away."""
    return packet(b"m", _LENGTH.pack(number) + name + b"\0" + value + b"\0")


def body(octets: bytes) -> Iterator[bytes]:
    """Yield SMFIR_REPLBODY, in pieces: all of the new body."""
    for start in range(0, len(octets), PIECE) if octets else (0,):
        yield packet(b"b", octets[start : start + PIECE])
