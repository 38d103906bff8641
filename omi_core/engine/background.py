"""What a run looks at beside its operations, from the beginning of the deploy."""

from collections.abc import Callable
from typing import Any

import gevent
from gevent import Greenlet

from omi_core.engine.memory import RunMemory, this_look

_begun: "RunMemory[Greenlet[..., Any]]" = RunMemory()


def begin(subject: str, look: Callable[[], Any]) -> None:
    """Let `look` run in the background; it does not raise what a user could have caused."""
    _begun.now()[f"{this_look()} {subject}"] = gevent.spawn(look)


def result(subject: str) -> Any:
    """Return what `begin` found, when it is there; None if nothing was begun for this look."""
    job = _begun.now().get(f"{this_look()} {subject}")
    return None if job is None else job.get()
