"""How often a service may be asked, and how long it wants to be left alone."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from omi_core.errors import ObservationError
from omi_core.http_client.retry_after import seconds_of
from omi_core.text import Text

# Cloudflare's limit is 1,200 requests in five minutes for each token; some of it is left to the
# others who use the same token.
REQUESTS = 1000
WINDOW_S = 300.0
PATIENCE_S = 900.0
_WITHOUT_A_WORD_S = 60.0
_SHORTEST_PAUSE_S = 1.0  # so that a pause of no seconds, or until a date that has passed, ends too
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

    def obey(
        self, service: str, what: Text, retry_after: str | None, *, is_last: bool = False
    ) -> None:
        """Wait as long as `Retry-After` says (RFC 9110 10.2.3); a minute where it says nothing.

        Raises ObservationError if that is longer than anybody wants to wait, or was the last try.
        """
        pause = max(_SHORTEST_PAUSE_S, seconds_of(retry_after, _WITHOUT_A_WORD_S))
        shown = f"{pause:.0f}"
        if is_last or self._paused_s + pause > self.patience_s:
            raise ObservationError(
                "{service} did not accept {what}, because it was asked too often and wants {pause} "
                "s of silence; run again later",
                service=service,
                what=what,
                pause=shown,
            )
        self._paused_s += pause
        self.progress(_TOO_OFTEN.format(service=service, pause=shown))
        self.sleep(pause)
