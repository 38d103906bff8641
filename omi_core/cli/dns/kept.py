"""The file of lines that a run appends to, and that takes an earlier one's place when it is whole.

Whatever happens on the way (a kill, a full disk, half a line), the earlier file stays as it was,
and the next run repairs this one.
"""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from omi_core.cli.reader import say
from omi_core.errors import InputError, system_text
from omi_core.text import Text

_FULL = Text("omi: {path}: {reason}; the run goes on, and its lines are not kept")


class KeptLines:
    """Lines that are on the disk as soon as they are known; raises InputError if none can be."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._out: TextIO | None = None
        self.is_whole = True
        try:
            half = self._path.exists() and _ends_within_a_line(self._path)
            self._out = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise InputError(
                "{path!r} cannot be written: {strerror}", path=path, strerror=system_text(error)
            ) from None
        if half:
            self.add("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def add(self, line: str) -> None:
        """Append a line; where the disk is full that is said once, and nobody loses a result."""
        if self._out is None:
            return
        try:
            self._out.write(f"{line}\n")
            self._out.flush()
        except OSError as error:
            self._give_up(error)

    def move(self, to: str) -> None:
        """Put the lines of a run that came to its end in place of an earlier one's, if whole."""
        self._flush()
        if not self.is_whole:
            return
        try:
            self._path.replace(to)
        except OSError as error:
            raise InputError(
                "{lines!r} cannot be moved to {to!r}: {strerror}",
                lines=str(self._path),
                to=to,
                strerror=system_text(error),
            ) from None

    def _flush(self) -> None:
        """Have the lines on the disk before their name is: a crash must not leave an empty file."""
        if self._out is None:
            return
        try:
            self._out.flush()
            os.fsync(self._out.fileno())
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        say(_FULL.format(path=str(self._path), reason=system_text(error)))
        self.is_whole = False
        self._close()

    def _close(self) -> None:
        if self._out is not None:
            with suppress(OSError):  # what it could not write, it tries again
                self._out.close()
        self._out = None


def _ends_within_a_line(file: Path) -> bool:
    with file.open("rb") as octets:
        size = octets.seek(0, os.SEEK_END)
        octets.seek(max(size - 1, 0))
        return octets.read(1) not in {b"", b"\n"}
