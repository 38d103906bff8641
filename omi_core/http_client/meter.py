"""How long an answer may take and how long it may be, measured at the socket."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from omi_core.errors import ObservationError


class AnswerError(ObservationError):
    """What a server answers is nothing that can be taken."""


class AnswerTooSlowError(AnswerError, TimeoutError):
    """The answer was not whole when its time was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """Bounds of one answer, from the first octet of its request: all of its octets and seconds."""

    octets: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Meter:
    """What one answer has used of its `limits`."""

    limits: AnswerLimits
    clock: Callable[[], float] = time.monotonic
    octets: int = 0
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = self.clock() + self.limits.seconds

    def seconds_left(self) -> float:
        """Return the seconds that are left; raises AnswerTooSlowError where there are none."""
        left = self.ends - self.clock()
        if left <= 0:
            raise self.too_slow()
        return left

    def count(self, octets: int) -> None:
        """Count what has arrived; raises AnswerError where it is too much."""
        self.octets += octets
        if self.octets > self.limits.octets:
            raise self.too_long()

    def too_slow(self) -> AnswerTooSlowError:
        """Return the error of an answer that takes too long."""
        seconds = f"{self.limits.seconds:g}"
        return AnswerTooSlowError("it does not answer within {seconds} s", seconds=seconds)

    def too_long(self) -> AnswerError:
        """Return the error of an answer that is too long."""
        return AnswerError("it answers more than {octets} octets", octets=self.limits.octets)
