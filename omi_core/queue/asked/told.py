"""What a relay told of its queue, on the side that asked."""

from dataclasses import dataclass

from omi_core.queue.request import QueueAnswer
from omi_core.text import NOTHING, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAnswer:
    """What a relay answered; None, and why, where it did not."""

    relay: str
    answer: QueueAnswer | None = None
    problem: Text = NOTHING
