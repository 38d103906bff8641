"""What a run remembers of the hosts between operations; gone with the run's State."""

from typing import TypeVar
from weakref import WeakKeyDictionary

from pyinfra.api.state import State
from pyinfra.context import host

V = TypeVar("V")


class RunMemory(WeakKeyDictionary[State, dict[str, V]]):
    """Values by key, for the run that the present host belongs to.

    `pyinfra.context.host` and `.state` are proxies, one object for all hosts and runs; only what
    hangs on the real State tells two runs of one process apart.
    """

    def now(self) -> dict[str, V]:
        """Return this run's values."""
        return self.setdefault(host.state, {})
