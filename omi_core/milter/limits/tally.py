"""What has been sent in the windows of now, and whether one mail more is within the limits: pure.

The counter does the same at one place for all workers and relays: `script.py`. This is what a
worker goes by while the counter is away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from omi_core.limits.limit import COUNTED, SendLimits

SPANS = (60, 3600, 86400)  # seconds of minute, hour and day
NEW = COUNTED.index("new_recipients_per_day")
SESSIONS = COUNTED.index("sessions")
_NUMBERS = 3 * len(SPANS) + 1
MOST_COUNTED = 1 << 53  # what a number of the counter's Lua holds exactly
LAST_MOMENT = 1 << 37  # seconds since 1970, which every clock can show
Tally = tuple[int, ...]  # as `script.py` describes it
NOTHING: Tally = (0,) * _NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Which limit of which subject the mail would pass, by their places, counted from 0.

    `until` is when it will be taken, in seconds since 1970; 0 where no clock tells.
    """

    subject: int
    limit: int
    used: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLimit:
    """A limit of which four fifths are used with this mail, and were not before it."""

    subject: int
    limit: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The mail is within the limits: the tallies with it, and what has come near."""

    tallies: tuple[Tally, ...]
    near: tuple[NearLimit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSubject:
    """What a worker knows of one whose limits hold; `others` are sessions beside the mail's own."""

    tally: Tally
    limits: SendLimits
    others: int


def charge(
    subjects: tuple[LocalSubject, ...], recipients: int, now: int, ahead: int
) -> Counted | Refused:
    """Count a mail, unless a limit refuses it; then the limit that lasts longest is told.

    `ahead` is how many seconds the platform's clock is ahead of UTC. Recipients that were never
    written to before are not known here, and are let pass.
    """
    begun = [_in_windows(each.tally, now + ahead) for each in subjects]
    refusals = [
        each
        for place, (subject, tally) in enumerate(zip(subjects, begun, strict=True))
        for each in _refusals(place, subject, tally, recipients, ahead)
    ]
    if refusals:
        return max(refusals, key=lambda each: each.until)
    return counted(subjects, 1, recipients, now + ahead)


def counted(
    subjects: tuple[LocalSubject, ...], mails: int, recipients: int, local_now: int
) -> Counted:
    """Count mails that were taken, whatever the limits are."""
    begun = [_in_windows(each.tally, local_now) for each in subjects]
    tallies = tuple(_with_mails(tally, mails, recipients) for tally in begun)
    near = (
        each
        for place, subject in enumerate(subjects)
        for each in _near(place, subject.limits, begun[place], tallies[place])
    )
    return Counted(tallies=tallies, near=tuple(near))


def read_tally(written: bytes) -> Tally:
    """Read a tally as the counter writes it; raises ValueError for anything else."""
    numbers = tuple(map(int, written.split()))
    if len(numbers) != _NUMBERS or not all(0 <= each <= MOST_COUNTED for each in numbers):
        raise ValueError("a tally that is none")
    if any(numbers[place * 3] * span > LAST_MOMENT for place, span in enumerate(SPANS)):
        raise ValueError("a tally of no day")
    return numbers


def window(limit: int) -> int:
    """Return the place of a limit's window in SPANS."""
    return min(limit // 2, len(SPANS) - 1)


def _in_windows(tally: Tally, local_now: int) -> Tally:
    """Return the tally of the windows of now: what another window had is gone."""
    found: list[int] = []
    for place, span in enumerate(SPANS):
        number, mails, recipients = tally[place * 3 : place * 3 + 3]
        is_same = number == local_now // span
        found += [local_now // span, mails * is_same, recipients * is_same]
    return (*found, tally[-1] * (tally[6] == local_now // SPANS[-1]))


def _with_mails(tally: Tally, mails: int, recipients: int) -> Tally:
    found = list(tally)
    for place in range(len(SPANS)):
        found[place * 3 + 1] += mails
        found[place * 3 + 2] += recipients
    return tuple(found)


def used(tally: Tally) -> tuple[int, ...]:
    """Return what is used of each limit before NEW, in their order."""
    return (*(tally[place * 3 + which] for place in range(len(SPANS)) for which in (1, 2)),)


def _refusals(
    place: int, subject: LocalSubject, tally: Tally, recipients: int, ahead: int
) -> Iterator[Refused]:
    most = subject.limits.counted
    for limit, count in enumerate(used(tally)):
        if most[limit] and count + (recipients if limit % 2 else 1) > most[limit]:
            number, span = tally[window(limit) * 3], SPANS[window(limit)]
            until = (number + 1) * span - ahead
            yield Refused(subject=place, limit=limit, used=count, until=until)
    if most[SESSIONS] and subject.others >= most[SESSIONS]:
        yield Refused(subject=place, limit=SESSIONS, used=subject.others, until=0)


def _near(place: int, limits: SendLimits, before: Tally, after: Tally) -> Iterator[NearLimit]:
    for limit, (was, now) in enumerate(zip(used(before), used(after), strict=True)):
        most = limits.counted[limit]
        if most and was * 5 < most * 4 <= now * 5:
            yield NearLimit(subject=place, limit=limit, used=now)
