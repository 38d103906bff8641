"""What a worker takes by itself, far from every limit, and tells the counter of afterwards: pure.

To ask the counter about each mail costs as much as judging it. So a worker takes up to a hundredth
of what is left of each limit, tells the counter of all of it in one go, and is told what is left
then. A limit is passed by a hundredth at the most for each worker; one with less than a hundred
mails left is asked about for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from omi_core.milter.limits.subject import Subject
from omi_core.milter.limits.tally import NEW, SPANS, Tally, used

SHARE = 100
TOLD_AFTER_S = 0.2


@dataclass(slots=True)
class Untold:
    """Mails and their recipients that the counter has not answered for yet."""

    mails: int = 0
    recipients: int = 0

    def add(self, mails: int, recipients: int) -> None:
        """Count more of them; or less, when the counter has answered."""
        self.mails += mails
        self.recipients += recipients


@dataclass(slots=True, kw_only=True)
class UntoldBatch:
    """What the counter is told of in one go: the mails of one login."""

    subjects: tuple[Subject, ...]
    sums: Untold = field(default_factory=Untold)
    written_to: set[str] = field(default_factory=set)


def may_take(
    tally: Tally, counted: Sequence[int], untold: Untold, recipients: int, local_now: int
) -> bool:
    """Whether one mail more may be taken before the counter knows of it.

    `tally` is the last that the counter told, `counted` the limits as SendLimits has them.
    """
    if any(tally[place * 3] != local_now // span for place, span in enumerate(SPANS)):
        return False  # of another minute: what is left is not known
    mails, written_to = untold.mails + 1, untold.recipients + recipients
    for limit, count in enumerate(used(tally)):
        wanted = written_to if limit % 2 else mails
        if counted[limit] and wanted * SHARE > counted[limit] - count:
            return False
    # Each may be one that was never written to before.
    return not counted[NEW] or written_to * SHARE <= counted[NEW] - tally[-1]
