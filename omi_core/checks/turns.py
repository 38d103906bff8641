"""Who comes first among the conversations with one address.

Dovecot lets an address wait for seconds after a wrong password, and the right ones with it. So all
right ones are tried first, and then all wrong ones in the same instant.
"""

import asyncio
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address

_HEAD_START_S = 0.1
PATIENCE_S = 0.7  # for the slowest of those who are to speak together


class Turns:
    """Counts the cells of each address as they come along; nobody waits for ever."""

    def __init__(self) -> None:
        self._logging_in: dict[Address, int] = {}
        self._coming: dict[Address, int] = {}
        self._changed = asyncio.Condition()

    def expect(self, address: Address) -> None:
        """One more cell of `address` will log in, and then try a wrong password."""
        self._logging_in[address] = self._logging_in.get(address, 0) + 1
        self._coming[address] = self._coming.get(address, 0) + 1

    async def logged_in(self, address: Address) -> None:
        """One cell of `address` is through with logging in, whether it could or not."""
        await self._less(self._logging_in, address)

    async def not_coming(self, address: Address) -> None:
        """One cell of `address` will try no wrong password."""
        await self._less(self._coming, address)

    async def after_logins(self, address: Address) -> None:
        """Return when all cells of `address` are through with logging in."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._logging_in.get(address, 0) <= 0)

    async def together(self, address: Address) -> None:
        """Return when all cells of `address` that are coming are here, or have kept us waiting."""
        await self._less(self._coming, address)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: self._coming.get(address, 0) <= 0)

    async def after_wrong(self, address: Address) -> None:
        """Return when the wrong passwords of `address` are on their way."""
        await self.after_logins(address)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: self._coming.get(address, 0) <= 0)
        await asyncio.sleep(_HEAD_START_S)

    async def _less(self, counts: dict[Address, int], address: Address) -> None:
        async with self._changed:
            counts[address] = counts.get(address, 0) - 1
            self._changed.notify_all()
