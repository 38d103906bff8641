"""What a run remembers of the hosts between operations; gone with the run's State."""

from typing import TypeVar
from weakref import WeakKeyDictionary

from pyinfra.api.state import State
from pyinfra.context import host, state

V = TypeVar("V")


class RunMemory(WeakKeyDictionary[State, dict[str, V]]):
    """Values by key, for the run that the present host belongs to.

    `pyinfra.context.host` and `.state` are proxies, one object for all hosts and runs; only what
    hangs on the real State tells two runs of one process apart.
    """

    def now(self) -> dict[str, V]:
        """Return this run's values."""
        return self.setdefault(host.state, {})


def this_look() -> str:
    """Return a key for what the run sees now; what it saw under another one counts no more.

    A person may think for minutes between preparing and executing; with `-y` nobody does.
    """
    return state.current_stage.name if state.should_check_for_changes() else "whole run"
