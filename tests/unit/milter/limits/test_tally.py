"""What a worker counts by itself: the windows of the platform's clock, refused whole or counted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.limits.limit import COUNTED, SendLimits
from omi_core.milter.limits.tally import (
    NOTHING,
    Counted,
    LocalSubject,
    Refused,
    Tally,
    charge,
    read_tally,
)

AHEAD = 8 * 3600
TEN = 1_795_831_200  # 2026-11-28 10:00 in Taipei
MIDNIGHT = TEN + 14 * 3600


def subject(limits: SendLimits, tally: Tally = NOTHING, others: int = 0) -> LocalSubject:
    return LocalSubject(tally=tally, limits=limits, others=others)


def sent(limits: SendLimits, mails: list[tuple[int, int]]) -> list[Counted | Refused]:
    """What becomes of mails, each with its moment and the number of its recipients."""
    tally, results = NOTHING, []
    for now, recipients in mails:
        result = charge((subject(limits, tally),), recipients, now, AHEAD)
        tally = result.tallies[0] if isinstance(result, Counted) else tally
        results.append(result)
    return results


@pytest.mark.parametrize(
    ("limit", "until"),
    [
        ("mails_per_minute", TEN + 60),
        ("mails_per_hour", TEN + 3600),
        ("mails_per_day", MIDNIGHT),
        ("recipients_per_minute", TEN + 60),
        ("recipients_per_hour", TEN + 3600),
        ("recipients_per_day", MIDNIGHT),
    ],
)
def test_a_window_ends_by_the_platforms_clock_and_the_next_begins_at_nothing(
    limit: str, until: int
) -> None:
    *fine, refused, _, again = sent(
        SendLimits(**{limit: 2}), [(TEN, 1), (TEN, 1), (TEN + 1, 1), (until - 1, 1), (until, 1)]
    )
    assert all(isinstance(each, Counted) for each in fine)
    assert refused == Refused(subject=0, limit=COUNTED.index(limit), used=2, until=until)
    assert isinstance(again, Counted)


def test_a_mail_that_would_pass_the_limit_is_refused_whole_and_a_smaller_one_is_taken() -> None:
    first, large, small = sent(SendLimits(recipients_per_hour=10), [(TEN, 8), (TEN, 3), (TEN, 2)])
    assert isinstance(first, Counted)
    assert large == Refused(
        subject=0, limit=COUNTED.index("recipients_per_hour"), used=8, until=TEN + 3600
    )
    assert isinstance(small, Counted)


def test_of_several_limits_the_one_that_lasts_longest_is_told() -> None:
    *_, refused = sent(SendLimits(mails_per_minute=1, mails_per_day=1), [(TEN, 1), (TEN, 1)])
    assert refused == Refused(
        subject=0, limit=COUNTED.index("mails_per_day"), used=1, until=MIDNIGHT
    )


def test_nothing_is_counted_for_one_where_the_other_refuses() -> None:
    full = charge((subject(SendLimits(mails_per_day=1)),), 1, TEN, AHEAD)
    assert isinstance(full, Counted)
    account = subject(SendLimits(mails_per_day=5))
    customer = subject(SendLimits(mails_per_day=1), full.tallies[0])
    assert charge((account, customer), 1, TEN, AHEAD) == Refused(
        subject=1, limit=COUNTED.index("mails_per_day"), used=1, until=MIDNIGHT
    )


@pytest.mark.parametrize(("most", "nears"), [(1, [1]), (4, [4]), (5, [4]), (10, [8]), (500, [400])])
def test_four_fifths_are_said_once_in_a_window(most: int, nears: list[int]) -> None:
    results = sent(SendLimits(mails_per_day=most), [(TEN, 1)] * (most + 2))
    found = [near.used for each in results if isinstance(each, Counted) for near in each.near]
    assert found == nears


def test_a_session_that_is_one_too_many_waits_for_another_to_end() -> None:
    limits = SendLimits(sessions=2)
    assert isinstance(charge((subject(limits, others=1),), 1, TEN, AHEAD), Counted)
    assert charge((subject(limits, others=2),), 1, TEN, AHEAD) == Refused(
        subject=0, limit=COUNTED.index("sessions"), used=2, until=0
    )


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(TEN, TEN + 300), st.integers(1, 3)), max_size=40),
)
def test_no_minute_has_more_than_its_limit(most: int, mails: list[tuple[int, int]]) -> None:
    mails.sort()
    taken: Counter[int] = Counter()
    for (now, recipients), result in zip(
        mails, sent(SendLimits(recipients_per_minute=most), mails), strict=True
    ):
        fits = taken[now // 60] + recipients <= most
        assert isinstance(result, Counted) == fits
        taken[now // 60] += recipients * fits
    assert all(count <= most for count in taken.values())


def test_a_clock_that_was_wrong_leaves_nobody_refused() -> None:
    *_, later = sent(SendLimits(mails_per_day=1), [(TEN + 86400 * 365, 1), (TEN, 1)])
    assert isinstance(later, Counted)


@pytest.mark.parametrize("written", [b"", b"1 2 3", b"x " * 10, b"1 " * 11])
def test_what_is_no_tally_is_not_read(written: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - int()'s own words, too
        read_tally(written)
