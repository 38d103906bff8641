"""What was said in a conversation, by whom and when; masked before it is kept."""

import time
from dataclasses import dataclass
from enum import StrEnum

from omi_core.printable import printable_lines
from omi_core.smtp.redaction import Redactor

LONGEST = 256 * 1024  # octets kept of one conversation; the rest is counted


class Side(StrEnum):
    """Who said it."""

    CLIENT = "C"
    SERVER = "S"
    NOTE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """One line or block; `seconds` since the conversation began."""

    seconds: float
    side: Side
    text: str

    def __str__(self) -> str:
        lines = self.text.split("\n")
        return "\n".join(f"{self.seconds:7.3f} {self.side.value}: {line}" for line in lines)


class Recorder:
    """Writes one conversation down. What it is given is masked before anything is kept."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._began = time.monotonic()
        self._entries: list[TranscriptEntry] = []
        self._room = LONGEST

    @property
    def entries(self) -> tuple[TranscriptEntry, ...]:
        """What was kept so far."""
        return tuple(self._entries)

    @property
    def seconds(self) -> float:
        """How long the conversation has been going on."""
        return time.monotonic() - self._began

    def add(self, side: Side, octets: bytes) -> None:
        """Keep `octets`; what is not UTF-8, and control characters, are shown as escapes."""
        masked = self.redactor.octets(octets)
        kept, lost = masked[: self._room], len(masked[self._room :])
        self._room -= len(kept)
        text = shown(kept) + (f" ... and {lost} octets more" if lost else "")
        if kept:
            self._entries.append(TranscriptEntry(seconds=self.seconds, side=side, text=text))

    def note(self, words: str) -> None:
        """Keep a remark of the client's own, such as that the session is encrypted now."""
        self.add(Side.NOTE, words.encode("utf-8", "replace"))


def shown(octets: bytes) -> str:
    """Return octets as people can read them: no control character but the line break survives."""
    text = octets.decode("utf-8", "backslashreplace").removesuffix("\n").removesuffix("\r")
    return printable_lines(text.replace("\r\n", "\n"))
