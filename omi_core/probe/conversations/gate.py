"""Keeps down how many connections one address has at a time, and fewer where it asks for that."""

import asyncio
from types import TracebackType

from omi_core.smtp.reply import Reply

# Postfix lets one client have 50 connections at a time (smtpd_client_connection_count_limit), and
# other servers fewer.
AT_ONCE = 12
# Seconds until the next try, each time with half as many connections.
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
_CLOSING = 421  # RFC 5321 3.8
_LIMITS = ("4.7.0", "too many", "concurrent", "rate limit", "connection limit")


class Gate:
    """Lets so many through at once; `back_off` halves that."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.at_once = at_once
        self._inside = 0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.at_once)
            self._inside += 1

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    async def back_off(self, seconds: float) -> None:
        """Have fewer connections from now on, and wait."""
        self.at_once = max(1, self.at_once // 2)
        await asyncio.sleep(seconds)


def is_limiting(reply: Reply | None) -> bool:
    """Whether a server says that there are too many connections, or to come back later."""
    if reply is None or not reply.is_transient:
        return False
    words = str(reply).casefold()
    return reply.code == _CLOSING or any(one in words for one in _LIMITS)


def says_limit(reply: Reply) -> bool:
    """Whether the words tell that it is the number of connections, and nothing else."""
    words = str(reply).casefold()
    return reply.is_transient and any(one in words for one in _LIMITS)
