"""What reading costs, counted instead of timed: the lines of Python that it runs.

A count is the same on every machine and on every day, so that an input over its bound stays one.
What one line costs inside C is not seen here; for that the long run has a time for each input.
A pattern that is compiled when it is first needed belongs to no input, so that `re` is not counted:
which input comes first is chance, and no pattern is made of what a stranger sends.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
_COMPILES = ("re", "re._compiler", "re._parser")


class TooManyStepsError(BaseException):
    """More lines were run than an input of that size may cost; no `except Exception` takes it."""


class Steps:
    """Counts the lines that a call runs, and ends it behind `most` of them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def of(self, call: Callable[[], T]) -> T:
        """Return what `call` returns; raises TooManyStepsError."""
        before = sys.gettrace()
        sys.settrace(self._entered)
        try:
            return call()
        finally:
            sys.settrace(before)

    def _entered(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return None if frame.f_globals.get("__name__") in _COMPILES else self._line

    def _line(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.taken += 1
            if self.taken > self.most:
                raise TooManyStepsError(f"more than {self.most} lines were run")
        return self._line
