"""What the counter answers to a charge, read strictly: it may be another program by now."""

from collections.abc import Sequence

from omi_core.limits.limit import COUNTED
from omi_core.milter.limits import tally
from omi_core.milter.limits.tally import Counted, NearLimit, Refused

_CHARGED = 2  # words of an answer before the tallies
_NEAR = 3  # words of a warning

_Limits = Sequence[tuple[int, ...]]  # for each subject what SendLimits.counted has


def read_answer(limits: _Limits, said: object) -> Counted | Refused:
    """Read what `script.CHARGE` answers for these limits; raises ValueError for nonsense."""
    if not isinstance(said, list) or not said or said[0] not in (0, 1):
        raise ValueError("an answer that is none")
    words = said[_CHARGED:]
    return _read_counted(limits, words) if said[0] else _read_refused(limits, words)


def _read_refused(limits: _Limits, words: list[object]) -> Refused:
    match words:
        case [int(subject), int(limit), int(used), int(until)]:
            if _is_used(limits, subject, limit, used) and 0 <= until <= tally.LAST_MOMENT:
                return Refused(subject=subject - 1, limit=limit - 1, used=used, until=until)
    raise ValueError("a refusal of nothing that was asked")


def _read_counted(limits: _Limits, words: list[object]) -> Counted:
    subjects = len(limits)
    written = [each for each in words[:subjects] if isinstance(each, bytes)]
    if len(written) != subjects:
        raise ValueError("tallies that are none")
    rest = words[subjects:]
    near = [_read_near(limits, rest[at : at + _NEAR]) for at in range(0, len(rest), _NEAR)]
    return Counted(tallies=tuple(map(tally.read_tally, written)), near=tuple(near))


def _read_near(limits: _Limits, words: list[object]) -> NearLimit:
    match words:
        case [int(subject), int(limit), int(used)]:
            if _is_used(limits, subject, limit, used):
                return NearLimit(subject=subject - 1, limit=limit - 1, used=used)
    raise ValueError("a warning of nothing that was asked")


def _is_used(limits: _Limits, subject: int, limit: int, used: int) -> bool:
    """Whether there is such a limit, and so much may be used of it; both count from 1."""
    is_place = 0 < subject <= len(limits) and 0 < limit <= len(COUNTED)
    return is_place and limits[subject - 1][limit - 1] > 0 and 0 <= used <= tally.MOST_COUNTED
