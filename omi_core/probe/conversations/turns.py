"""Who comes first among the conversations with one address.

Dovecot lets an address wait for seconds after a wrong password, and the right ones with it. So all
right ones are tried first, and then all wrong ones in the same instant.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

from omi_core.probe.cell import Cell

Address = IPv4Address | IPv6Address

_HEAD_START_S = 0.1
PATIENCE_S = 0.7  # for the slowest of those who are to speak together


class Turns:
    """Counts the cells of each address as they come along; nobody waits for ever."""

    def __init__(self) -> None:
        self._logging_in: dict[Address, set[Cell]] = defaultdict(set)
        self._coming: dict[Address, set[Cell]] = defaultdict(set)
        self._changed = asyncio.Condition()

    def expect(self, cell: Cell) -> None:
        """One more cell of its address will log in, and then try a wrong password."""
        self._logging_in[cell.address].add(cell)
        self._coming[cell.address].add(cell)

    async def logged_in(self, cell: Cell) -> None:
        """A cell is through with logging in, whether it could or not."""
        await self._less(self._logging_in, cell)

    async def not_coming(self, cell: Cell) -> None:
        """A cell will try no wrong password."""
        await self._less(self._coming, cell)

    async def leaves(self, cell: Cell) -> None:
        """A cell is not looked at any further; nobody must wait for it."""
        await self.logged_in(cell)
        await self.not_coming(cell)

    async def after_logins(self, address: Address) -> None:
        """Return when all cells of `address` are through with logging in."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._logging_in[address])

    async def together(self, cell: Cell) -> None:
        """Return when all cells of its address that are coming are here, or keep us waiting."""
        await self._less(self._coming, cell)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: not self._coming[cell.address])

    async def after_wrong(self, address: Address) -> None:
        """Return when the wrong passwords of `address` are on their way."""
        await self.after_logins(address)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: not self._coming[address])
        await asyncio.sleep(_HEAD_START_S)

    async def _less(self, cells: dict[Address, set[Cell]], cell: Cell) -> None:
        async with self._changed:
            cells[cell.address].discard(cell)
            self._changed.notify_all()
