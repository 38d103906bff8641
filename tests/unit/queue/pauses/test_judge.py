"""When a receiver is paused, for how long, and whom it leaves alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from omi_core.queue.pauses import judge
from omi_core.queue.pauses.log_line import Delivery
from omi_core.queue.pauses.memory import PauseMemory, read_memory, written_memory
from omi_core.queue.pauses.rules import PauseRule, PauseRules, read_rules, written_rules

SLOW = PauseRule(
    name="slow.example",
    pattern=r"@(slow\.example)$",
    mx=("*.slow.example", "mx.hosted.example"),
    after=3,
    first=300,
    longest=3600,
)
OTHER = PauseRule(
    name="other", pattern=r"@(other\.example)$", mx=(), after=3, first=300, longest=3600
)
RULES = PauseRules(zone="Asia/Taipei", receivers=(SLOW, OTHER))
NOW = int(datetime(2026, 11, 20, 4, 0, tzinfo=UTC).timestamp())  # noon in Taipei
PLAN = PauseRules(
    zone="Asia/Taipei",
    receivers=(SLOW, OTHER),
    since=date(2026, 11, 20),
    mails_per_day=(2, 4),
)
TAKEN = Delivery(id="1", domain="slow.example", host="mx.slow.example", is_sent=True)
PUT_OFF = Delivery(
    id="1", domain="slow.example", host="mx.slow.example", is_sent=False, put_off="421 4.7.0"
)


def seen(
    memory: PauseMemory, *deliveries: Delivery, at: int = NOW, rules: PauseRules = RULES
) -> PauseMemory:
    for number, one in enumerate(deliveries):
        mail = replace(one, id=f"{at}-{number}")
        judge.taken_in(memory, rules, SLOW, mail, at)
    judge.settled(memory, rules, at)
    return memory


def paused(memory: PauseMemory, now: int, rules: PauseRules = RULES) -> dict[str, int]:
    """For how many seconds more, by receiver."""
    return {each.rule.name: each.until - now for each in judge.pauses(memory, rules, now)}


def test_a_receiver_that_puts_three_mails_off_within_a_minute_is_left_alone_for_a_while() -> None:
    memory = seen(PauseMemory(), PUT_OFF, PUT_OFF)
    assert paused(memory, NOW) == {}
    seen(memory, PUT_OFF, at=NOW + 59)
    assert paused(memory, NOW + 59) == {"slow.example": 300}
    assert paused(memory, NOW + 59 + 300) == {}


def test_a_mail_to_many_recipients_that_is_put_off_is_one() -> None:
    memory = PauseMemory()
    for _ in range(50):
        judge.taken_in(memory, RULES, SLOW, PUT_OFF, NOW)
    assert paused(memory, NOW) == {}


def test_three_that_are_more_than_a_minute_apart_are_no_reason() -> None:
    memory = PauseMemory()
    for at in (NOW, NOW + 40, NOW + 80):
        seen(memory, PUT_OFF, at=at)
    assert paused(memory, NOW + 80) == {}


def test_a_receiver_that_takes_more_than_it_puts_off_is_not_paused() -> None:
    memory = seen(PauseMemory(), *[TAKEN] * 10, *[PUT_OFF] * 9)
    assert paused(memory, NOW) == {}
    assert paused(seen(memory, PUT_OFF), NOW) == {"slow.example": 300}


def test_a_pause_doubles_while_it_goes_on_and_begins_anew_afterwards() -> None:
    memory, at, lengths = PauseMemory(), NOW, []
    for _ in range(6):
        seen(memory, *[PUT_OFF] * 3, at=at)
        lengths.append(paused(memory, at)["slow.example"])
        at += lengths[-1] + 1
    assert lengths == [300, 600, 1200, 2400, 3600, 3600]
    at += 3600
    seen(memory, TAKEN, *[PUT_OFF] * 3, at=at)
    assert paused(memory, at) == {"slow.example": 300}


def test_what_was_under_way_when_a_pause_began_does_not_lengthen_it() -> None:
    memory = seen(PauseMemory(), *[PUT_OFF] * 3)
    seen(memory, *[PUT_OFF] * 50, at=NOW + 20)
    assert paused(memory, NOW + 20) == {"slow.example": 280}


def test_a_receiver_without_pauses_has_none() -> None:
    never = PauseRule(name="n", pattern="@n$", mx=(), after=0, first=300, longest=3600)
    rules, memory = PauseRules(receivers=(never,)), PauseMemory()
    for _ in range(100):
        judge.taken_in(memory, rules, never, PUT_OFF, NOW)
    assert paused(memory, NOW, rules) == {}


@pytest.mark.parametrize("step", [-400 * 86400, -7200, 7200, 400 * 86400])
def test_a_clock_that_steps_lengthens_no_pause_beyond_the_longest(step: int) -> None:
    memory = seen(PauseMemory(), *[PUT_OFF] * 3)
    now = NOW + step
    judge.settled(memory, RULES, now)
    assert paused(memory, now).get("slow.example", 0) <= SLOW.longest
    assert paused(memory, now + SLOW.longest) == {}


def test_on_a_day_of_the_plan_a_receiver_gets_its_share_and_the_next_days_after_midnight() -> None:
    memory = seen(PauseMemory(), TAKEN, rules=PLAN)
    assert paused(memory, NOW, PLAN) == {}
    seen(memory, TAKEN, rules=PLAN)
    assert paused(memory, NOW, PLAN) == {"slow.example": 12 * 3600}
    tomorrow = NOW + 12 * 3600  # midnight in Taipei
    assert paused(memory, tomorrow, PLAN) == {}
    seen(memory, *[TAKEN] * 4, at=tomorrow, rules=PLAN)
    assert paused(memory, tomorrow, PLAN) == {"slow.example": 24 * 3600}


def test_a_plan_that_has_ended_or_not_begun_bounds_and_counts_nothing() -> None:
    for at in (NOW - 86400, NOW + 2 * 86400):
        memory = seen(PauseMemory(), *[TAKEN] * 10, at=at, rules=PLAN)
        assert paused(memory, at, PLAN) == {}
        assert memory.of("slow.example").days == {}


def test_the_sentence_says_who_waits_why_and_until_when() -> None:
    memory = seen(PauseMemory(), TAKEN, TAKEN, rules=PLAN)
    lines = judge.table(memory, PLAN, judge.pauses(memory, PLAN, NOW))
    assert lines == (
        "=slow.example retry:4.7.0 slow.example has had the 2 mails that this relay, being new,"
        " sends it on 2026-11-20; more at 2026-11-21 00:00+08:00\n"
    )
    memory = seen(PauseMemory(), *[PUT_OFF] * 3)
    lines = judge.table(memory, RULES, judge.pauses(memory, RULES, NOW))
    assert lines == (
        "=slow.example retry:4.7.0 slow.example slows this relay down (421 4.7.0); next try at"
        " 2026-11-20 12:05+08:00\n"
    )


def learned(*hosts: str, rules: PauseRules = RULES, now: int = NOW) -> str:
    """The table after deliveries of a company's mail to these hosts, one after the other."""
    memory = PauseMemory()
    for host in hosts:
        one = Delivery(id="1", domain="company.example", host=host, is_sent=True)
        judge.taken_in(memory, rules, None, one, NOW)
    judge.settled(memory, rules, now)
    return judge.table(memory, rules, ())


def test_a_domain_is_a_receivers_when_its_mx_hosts_are_and_as_long() -> None:
    assert learned("a.slow.example") == "company.example to-slow.example:\n"
    assert learned("mx.hosted.example") == "company.example to-slow.example:\n"
    for host in ("slow.example", "x.mx.hosted.example", "notslow.example"):
        assert learned(host) == ""
    assert learned("a.slow.example", "mx.else.example") == ""
    assert learned("a.slow.example", now=NOW + 8 * 86400) == ""


def test_a_host_that_takes_mail_for_everybody_tells_of_no_domain() -> None:
    rules = PauseRules(receivers=(SLOW,), next_hosts=("out.slow.example",))
    assert learned("out.slow.example", rules=rules) == ""


def test_a_domain_that_was_learned_waits_with_its_receiver() -> None:
    memory = PauseMemory()
    one = Delivery(id="1", domain="company.example", host="a.slow.example", is_sent=True)
    judge.taken_in(memory, RULES, None, one, NOW)
    seen(memory, *[PUT_OFF] * 3)
    keys = [line.split()[:2] for line in judge.table(
        memory, RULES, judge.pauses(memory, RULES, NOW)
    ).splitlines()]  # fmt: skip
    assert keys == [["=slow.example", "retry:4.7.0"], ["company.example", "retry:4.7.0"]]


def test_no_more_domains_are_learned_than_there_is_room_for() -> None:
    memory = PauseMemory()
    for number in range(judge.MOST_LEARNED + 10):
        one = Delivery(id="1", domain=f"c{number}.example", host="a.slow.example", is_sent=True)
        judge.taken_in(memory, RULES, None, one, NOW)
    assert len(memory.learned) == judge.MOST_LEARNED


def test_what_is_remembered_is_found_again_and_nonsense_is_nothing() -> None:
    memory = seen(PauseMemory(cursor="s=1"), TAKEN, *[PUT_OFF] * 3, TAKEN, rules=PLAN)
    judge.taken_in(
        memory,
        PLAN,
        None,
        Delivery(id="1", domain="c.example", host="a.slow.example", is_sent=True),
        NOW,
    )
    assert read_memory(written_memory(memory)) == memory
    for nonsense in ("", "{}", "[]", "[" * 100_000, '{"cursor": 1, "receivers": [], "learned": 0}'):
        assert read_memory(nonsense) == PauseMemory()


def test_rules_are_read_as_they_were_written() -> None:
    assert read_rules(written_rules(PLAN)) == PLAN
    assert read_rules(written_rules(RULES)) == RULES
