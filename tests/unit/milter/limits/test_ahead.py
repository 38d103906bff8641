"""What workers take before the counter knows of it: little of what is left, whoever is first."""

from hypothesis import given
from hypothesis import strategies as st

from omi_core.limits.limit import COUNTED, SendLimits
from omi_core.milter.limits.ahead import Untold, may_take
from omi_core.milter.limits.tally import NOTHING, Counted, LocalSubject, charge, counted

AHEAD = 8 * 3600
TEN = 1_795_831_200  # 2026-11-28 10:00 in Taipei
NOW = TEN + AHEAD
FRESH = counted((LocalSubject(tally=NOTHING, limits=SendLimits(), others=0),), 0, 0, NOW).tallies[0]


class Fleet:
    """Workers that know what the counter said last, and a counter that is told when they like."""

    def __init__(self, workers: int, limits: SendLimits) -> None:
        self.limits = limits
        self.counter = FRESH
        self.known = [FRESH] * workers
        self.untold = [Untold() for _ in range(workers)]
        self.mails = self.recipients = 0

    def send(self, worker: int, recipients: int) -> None:
        most = self.limits.counted
        if may_take(self.known[worker], most, self.untold[worker], recipients, NOW):
            self.untold[worker].add(1, recipients)
        else:
            subject = LocalSubject(tally=self.counter, limits=self.limits, others=0)
            result = charge((subject,), recipients, TEN, AHEAD)
            if not isinstance(result, Counted):
                return
            self.counter = self.known[worker] = result.tallies[0]
        self.mails += 1
        self.recipients += recipients

    def tell(self, worker: int) -> None:
        subject = LocalSubject(tally=self.counter, limits=self.limits, others=0)
        untold = self.untold[worker]
        told = counted((subject,), untold.mails, untold.recipients, NOW)
        self.counter = self.known[worker] = told.tallies[0]
        self.untold[worker] = Untold()


@given(
    st.sampled_from(COUNTED[:6]),
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40), st.booleans()), max_size=400),
)
def test_a_limit_is_passed_by_a_hundredth_for_each_worker_at_the_most(
    limit: str, most: int, steps: list[tuple[int, int, bool]]
) -> None:
    fleet = Fleet(4, SendLimits(**{limit: most}))
    for worker, recipients, tells in steps:
        fleet.send(worker, recipients)
        if tells:
            fleet.tell(worker)
    taken = fleet.recipients if limit.startswith("recipients") else fleet.mails
    assert taken <= most + 4 * (most // 100)


def test_with_less_than_a_hundred_left_the_counter_is_asked_about_each() -> None:
    most = SendLimits(mails_per_hour=99).counted
    assert not may_take(FRESH, most, Untold(), 1, NOW)


def test_where_recipients_must_be_known_each_counts_as_a_stranger() -> None:
    most = SendLimits(new_recipients_per_day=300).counted
    assert may_take(FRESH, most, Untold(), 3, NOW)
    assert not may_take(FRESH, most, Untold(), 4, NOW)


def test_nothing_is_known_of_a_window_that_begins() -> None:
    most = SendLimits(mails_per_minute=1000).counted
    assert may_take(FRESH, most, Untold(), 1, NOW + 59)
    assert not may_take(FRESH, most, Untold(), 1, NOW + 60)
