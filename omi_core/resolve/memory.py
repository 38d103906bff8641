"""What was found out, for as long as there is room: the oldest goes first."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from omi_core.errors import ObservationError, OmiError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class NotSharedError(OmiError):
    """A fault of who looks, and not of what is looked up: whoever else wants it looks himself."""


class _GivenUpError(ObservationError):
    """Who looked it up was cancelled, as when a domain takes too long; others want it still."""


class Memory(Generic[K, V]):
    """A dict of at most `size` entries; of several who want one at a time, one looks it up."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[K, V] = OrderedDict()
        self._coming: dict[K, asyncio.Future[V]] = {}

    def get(self, key: K) -> V | None:
        """Return what is held, or None."""
        return self._held.get(key)

    def keep(self, key: K, value: V) -> V:
        """Hold a value, and return it."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._size:
            self._held.popitem(last=False)
        return value

    def drop(self, key: K) -> None:
        """Forget one."""
        self._held.pop(key, None)

    async def once(self, key: K, look_up: Callable[[], Awaitable[V]]) -> V:
        """Return what is held, or look it up; whoever asks meanwhile waits for the same."""
        while key not in self._held and key in self._coming:
            with suppress(_GivenUpError):
                return await asyncio.shield(self._coming[key])
        if key in self._held:
            return self._held[key]
        coming = self._coming[key] = asyncio.get_running_loop().create_future()
        try:
            value = self.keep(key, await look_up())
            coming.set_result(value)
        except BaseException as error:
            # Whoever waits is not cancelled by the cancellation of another, nor pays for him.
            is_ours = isinstance(error, Exception) and not isinstance(error, NotSharedError)
            given_up = _GivenUpError("the look-up was given up")
            coming.set_exception(error if is_ours else given_up)
            coming.exception()  # nobody else may be waiting
            raise
        else:
            return value
        finally:
            del self._coming[key]
