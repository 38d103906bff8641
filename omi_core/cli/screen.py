"""What goes to stdout and stderr: printable, whoever writes it, with no colours but our own.

A text is escaped unless it is a `Drawn`, which only this module makes, of parts that it escaped.
So a text that is put together without it loses its colours, and never what it protects from.
"""

import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO, cast

import click

from omi_core.printable import printable, printable_lines


class Drawn(str):
    """Text that may go to a terminal as it is."""

    __slots__ = ()


# The cursor at the line's start, and nothing in the line (ECMA-48 8.3.41, EL).
ERASED = Drawn("\r\x1b[K")


def drawn(*parts: str) -> Drawn:
    """Return the parts one after the other; those that are none of ours are escaped."""
    return Drawn(
        "".join(part if isinstance(part, Drawn) else printable_lines(part) for part in parts)
    )


def stacked(lines: Iterable[str]) -> Drawn:
    """Return lines below each other; a line break that a stranger wrote into one is escaped."""
    return Drawn("\n".join(line if isinstance(line, Drawn) else printable(line) for line in lines))


def indented(line: str, by: str) -> Drawn:
    """Return a line further to the right."""
    return drawn(by, stacked([line]))


def styled(words: str, **style: Any) -> Drawn:
    """Return words in a colour; `style` is what click.style takes."""
    return Drawn(click.style(printable(words), **style))


def recoloured(words: str) -> Drawn:
    """Return what a library has laid out and coloured, of words that went through `drawn`."""
    return Drawn(words)


class Screen:
    """A stream that lets only Drawn texts through as they are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._octets = _Octets(self)

    def write(self, text: str) -> int:
        """Write what may be shown."""
        return self._stream.write(drawn(text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of them."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> BinaryIO:
        """Where a command writes a message, octet by octet; a terminal is shown it as text."""
        return cast("BinaryIO", self._octets) if self._stream.isatty() else self._stream.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Octets:
    """Octets on their way to a screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._decoder = getincrementaldecoder("utf-8")("backslashreplace")
        self._held = ""  # a CR, until it is known whether LF follows

    def write(self, octets: bytes) -> int:
        """Write them as text; what is not UTF-8 is escaped too."""
        text = (self._held + self._decoder.decode(octets)).replace("\r\n", "\n")
        self._held = "\r" * text.endswith("\r")
        self._screen.write(text.removesuffix("\r"))
        return len(octets)

    def flush(self) -> None:
        """Write what is still held."""
        self._screen.write(self._held)
        self._held = ""
        self._screen.flush()


@contextmanager
def screens() -> Iterator[None]:
    """Let nothing be printed past a Screen: by click, a logger, a warning or a traceback either."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", Screen(each)) for each in (out, err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
