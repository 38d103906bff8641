"""How often a service may be asked, and how long it wants to be left alone."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from omi_core.errors import ObservationError
from omi_core.text import Text

# Cloudflare's limit is 1,200 requests in five minutes for each token; some of it is left to the
# others who use the same token.
REQUESTS = 1000
WINDOW_S = 300.0
PATIENCE_S = 900.0
_WITHOUT_A_WORD_S = 60.0
_SPENT = Text("the request budget is spent; going on in {pause} s")
_TOO_OFTEN = Text("{service} was asked too often and wants a pause of {pause} s")


def ignore(line: Text) -> None:
    """Say nothing."""
    del line


@dataclass(kw_only=True)
class Budget:
    """At most `requests` in `window_s` seconds, and none while the service asks for a pause.

    `patience_s` bounds all pauses that the service asked for together; all times in seconds.
    """

    requests: int = REQUESTS
    window_s: float = WINDOW_S
    patience_s: float = PATIENCE_S
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[Text], None] = ignore
    _spent: deque[float] = field(default_factory=deque, init=False, repr=False)
    _paused_s: float = field(default=0.0, init=False, repr=False)

    def spend(self) -> None:
        """Return when one more request may be sent."""
        while self._spent and self.clock() - self._spent[0] >= self.window_s:
            self._spent.popleft()
        if len(self._spent) >= self.requests:
            pause = self.window_s - (self.clock() - self._spent[0])
            self.progress(_SPENT.format(pause=f"{pause:.0f}"))
            self.sleep(pause)
            self._spent.popleft()
        self._spent.append(self.clock())

    def obey(self, service: str, retry_after: str | None) -> None:
        """Wait as long as `Retry-After` says (RFC 9110 10.2.3); a minute where it says nothing.

        Raises ObservationError if that is longer than anybody wants to wait.
        """
        pause = seconds_of(retry_after)
        if self._paused_s + pause > self.patience_s:
            raise ObservationError(
                "{service} answers that it was asked too often and wants {pause:.0f} s "
                "of silence; run again later",
                service=service,
                pause=pause,
            )
        self._paused_s += pause
        self.progress(_TOO_OFTEN.format(service=service, pause=f"{pause:.0f}"))
        self.sleep(pause)


def seconds_of(retry_after: str | None, now: datetime | None = None) -> float:
    """Return the seconds that a `Retry-After` means: a number or a date; a minute for nonsense."""
    written = (retry_after or "").strip()
    if written.isascii() and written.isdigit():
        return float(written)
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return _WITHOUT_A_WORD_S
    zoned = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (zoned - (now or datetime.now(UTC))).total_seconds())
