"""How far a run over many domains is: one line on stderr, where that is a terminal.

It is gone before anything else is written, and when the run ends however it ends.
"""

import asyncio
import os
import sys
import time
from contextlib import suppress
from shutil import get_terminal_size
from types import TracebackType
from typing import Self

from omi_core.cli.reader import is_quiet, tell
from omi_core.cli.screen import ERASED, drawn
from omi_core.cli.terminal import width_of
from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS
from omi_core.language import Language
from omi_core.text import Text

_OF = Text("{done} of {total} domains")
_SO_FAR = Text("{done} domains")
_STATE = Text("{count}: {wrong} with mistakes, {unseen} not seen, {rate} a second")
_PAUSE_S = 0.2


class Progress:
    """Counts domains, and shows the count; use it as an asynchronous context."""

    def __init__(self, total: int | None, language: Language) -> None:
        self._total = total
        self._language = language
        self._done = self._wrong = self._unseen = 0
        self._began = time.monotonic()
        can_erase = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._is_shown = can_erase and not is_quiet()
        self._is_there = False
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._is_shown:
            self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ticking:
            self._ticking.cancel()
        self.hide()

    def count(self, exit_code: int) -> None:
        """Count a domain, and make room for what is said of it."""
        self._done += 1
        self._wrong += exit_code == FINDINGS
        self._unseen += exit_code == COULD_NOT_LOOK
        self.hide()

    def show(self) -> None:
        """Write the line, in place of an older one."""
        if self._is_shown:
            self._write(drawn(ERASED, _cut(self._words(), get_terminal_size().columns - 1)))
            self._is_there = True

    def hide(self) -> None:
        """Erase the line; it comes again."""
        if self._is_there:
            self._write(ERASED)
        self._is_there = False

    async def _tick(self) -> None:
        while True:
            self.show()
            await asyncio.sleep(_PAUSE_S)

    def _words(self) -> str:
        count = _SO_FAR if self._total is None else _OF
        rate = self._done / max(time.monotonic() - self._began, _PAUSE_S)
        words = _STATE.format(
            count=count.format(done=self._done, total=self._total or 0),
            wrong=self._wrong,
            unseen=self._unseen,
            rate=f"{rate:.0f}",
        )
        return words.in_(self._language)

    def _write(self, words: str) -> None:
        with suppress(OSError):
            tell(words, end="")


def _cut(words: str, columns: int) -> str:
    """Return what fits into the terminal: a line that wraps could not be erased."""
    while words and width_of(words) > columns:
        words = words[:-1]
    return words
