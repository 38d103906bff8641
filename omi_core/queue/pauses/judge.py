"""Who is paused, why and until when: from what was remembered, and what the log has said. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from omi_core.queue.pauses.log_line import Delivery
from omi_core.queue.pauses.memory import Learned, PauseMemory, ReceiverMemory
from omi_core.queue.pauses.rules import PauseRule, PauseRules

MINUTE = 60
_MOST_SECONDS = 2 * MINUTE  # that are remembered; a log goes on in order, but a clock may not
_DAYS = 3  # that are remembered: a clock that was set back finds its day again
_MOST_IDS = 20  # recipients of so many mails at a time are told apart: connections of a receiver
MOST_LEARNED = 5000  # domains
_LEARNED_FOR = 7 * 86400  # since a domain's MX host was last seen
_SEEN_AGAIN = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Until then, in seconds since the epoch, mail to a receiver waits; `why` is a sentence."""

    rule: PauseRule
    until: int
    why: str


def taken_in(
    memory: PauseMemory, rules: PauseRules, rule: PauseRule | None, delivery: Delivery, at: int
) -> None:
    """Remember what happened at that moment; `rule` is of the service, None of the general one."""
    if rule is None or delivery.domain in memory.learned:
        _learn(memory, rules, delivery, at)
    if rule is None:
        return
    one = memory.of(rule.name)
    if delivery.is_sent:
        _add(one.taken, at)
        day = datetime.fromtimestamp(at, zone_of(rules)).date()
        if rules.share(day) is not None:
            _count(one, day.isoformat())
    elif delivery.put_off and rule.after and at >= one.until and delivery.id not in one.ids:
        one.ids = [*one.ids, delivery.id][-_MOST_IDS:]
        _add(one.put_off, at)
        # A receiver that takes most and puts off some has something against those.
        if _recently(one.put_off, at) >= max(rule.after, _recently(one.taken, at)):
            _pause(one, rule, delivery.put_off, at)


def settled(memory: PauseMemory, rules: PauseRules, now: int) -> None:
    """Forget what is over, and what a clock that was set back has made to lie too far ahead."""
    known = {each.name: each for each in rules.receivers}
    for name in [each for each in memory.receivers if each not in known]:
        del memory.receivers[name]
    for name, one in memory.receivers.items():
        one.until = min(one.until, now + known[name].longest)
        one.put_off, one.taken = _recent(one.put_off, now), _recent(one.taken, now)
    memory.learned = {
        domain: one
        for domain, one in memory.learned.items()
        if one.name in known and abs(now - one.seen) < _LEARNED_FOR
    }


def pauses(memory: PauseMemory, rules: PauseRules, now: int) -> Iterator[Pause]:
    """Yield who is paused now."""
    zone = zone_of(rules)
    today = datetime.fromtimestamp(now, zone).date()
    share = rules.share(today)
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    for rule in rules.receivers:
        one = memory.receivers.get(rule.name)
        if one is None:
            continue
        if share is not None and one.days.get(today.isoformat(), 0) >= share:
            why = (
                f"{rule.name} has had the {share} mails that this relay, being new, sends it on"
                f" {today.isoformat()}; more at {_clock(midnight)}"
            )
            yield Pause(rule=rule, until=int(midnight.timestamp()), why=why)
        elif now < one.until:
            until = datetime.fromtimestamp(one.until, zone)
            why = f"{rule.name} slows this relay down ({one.said}); next try at {_clock(until)}"
            yield Pause(rule=rule, until=one.until, why=why)


def table(memory: PauseMemory, rules: PauseRules, paused: Iterable[Pause]) -> str:
    """Return the lines of transport(5): who is paused, and the domains that were learned."""
    retry = {each.rule.name: f"retry:4.7.0 {each.why}" for each in paused}
    keys = {each.name: each.key for each in rules.receivers}
    lines = [f"{keys[name]} {what}\n" for name, what in retry.items()]
    lines += [
        f"{domain} {retry.get(one.name) or f'to-{one.name}:'}\n"
        for domain, one in sorted(memory.learned.items())
    ]
    return "".join(lines)


def zone_of(rules: PauseRules) -> tzinfo:
    """Return the zone whose days are counted; UTC where the host does not know it."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(rules.zone)
    except (OSError, ValueError, LookupError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def _learn(memory: PauseMemory, rules: PauseRules, delivery: Delivery, at: int) -> None:
    """Note of which receiver the domain's MX host is; or that it is of none any more."""
    domain, known = delivery.domain, memory.learned.get(delivery.domain)
    rule = next((each for each in rules.receivers if each.has_host(delivery.host)), None)
    if delivery.host in rules.next_hosts:
        return
    if rule is None or any(each.has_domain(domain) for each in rules.receivers):
        memory.learned.pop(domain, None)
    elif known is None and len(memory.learned) >= MOST_LEARNED:
        return
    elif known is None or known.name != rule.name or at - known.seen > _SEEN_AGAIN:
        memory.learned[domain] = Learned(name=rule.name, seen=at)


def _pause(one: ReceiverMemory, rule: PauseRule, said: str, at: int) -> None:
    """Begin a pause; twice as long where the last one has ended no longer ago than it was."""
    goes_on = one.length and at - one.until <= one.length
    one.length = min(one.length * 2, rule.longest) if goes_on else rule.first
    one.until, one.said = at + one.length, said
    one.put_off.clear()
    one.taken.clear()
    one.ids.clear()


def _add(seconds: dict[int, int], at: int) -> None:
    seconds[at] = seconds.get(at, 0) + 1
    if len(seconds) > _MOST_SECONDS:
        kept = _recent(seconds, at)
        seconds.clear()
        seconds.update(kept)


def _recent(seconds: dict[int, int], at: int) -> dict[int, int]:
    return {second: count for second, count in seconds.items() if abs(at - second) < MINUTE}


def _recently(seconds: dict[int, int], at: int) -> int:
    return sum(_recent(seconds, at).values())


def _count(one: ReceiverMemory, day: str) -> None:
    one.days[day] = one.days.get(day, 0) + 1
    for old in sorted(one.days)[:-_DAYS]:
        del one.days[old]


def _clock(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
