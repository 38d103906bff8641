"""Control headers that bring each finding, and messages of them at random.

The same seed makes the same messages. What each must bring comes from who asks: the offline check
on one side, a relay on the other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from omi_core.message import CONTROL_HEADERS, ControlHeader, Kind
from omi_core.options.family import Family, OnlyWhen, Redundant, Rule

HOUR = timedelta(hours=1)
Lines = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCase:
    """Header lines, folded or not, without their ends, that bring the finding `id`."""

    id: str
    lines: Lines

    def __str__(self) -> str:
        return f"{self.id}: {self.lines[0][:40].decode('latin-1')}"


def cases(now: datetime) -> Iterator[ControlCase]:
    """Yield a case at least for every finding that a message can bring by itself."""
    for name, lines in _WRITTEN:
        yield ControlCase(id=name, lines=lines)
    for name, header, moment in _moments(now):
        yield ControlCase(id=name, lines=(_line(header, moment.isoformat(timespec="seconds")),))
    yield ControlCase(
        id="time-expires-before-launch",
        lines=(
            _line("X-NextLaunchTime", (now + 9 * HOUR).isoformat(timespec="seconds")),
            _line("X-LaunchExpireTime", (now + 8 * HOUR).isoformat(timespec="seconds")),
        ),
    )
    for header in CONTROL_HEADERS:
        for rule in header.family.rules if header.family else ():
            yield _broken_rule(header, rule)


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode()


_WRITTEN: tuple[tuple[str, Lines], ...] = (
    ("header-duplicate", (b"X-LinkOption: 64", b"x-linkoption: 128")),
    ("header-duplicate", (b"X-JobName: one", b"X-JOBNAME: two")),
    ("header-duplicate-equal", (b"X-LinkOption: 64", b"X-LINKOPTION:\r\n 64")),
    ("header-misspelt", (b"X-ListOptions: 1",)),
    ("header-misspelt", (b"LinkOption: 64",)),
    ("header-control-character", (b"X-JobName: =?utf-8?q?news=0D=0ABcc:_a=40b.example?=",)),
    ("header-control-character", (b"X-LinkOption: 6\x014",)),
    ("text-empty", (b"X-JobName: ",)),
    ("text-empty", (b"X-RefNumber: =?utf-8?q?_?=",)),
    ("text-too-long", (b"X-RefNumber:" + b"\r\n 0123456789" * 100,)),
    ("text-undecodable", (b"X-JobName: \xa4\xa4\xa4\xe5",)),
    ("text-undecodable", (b"X-JobName: =?x-none-such?b?YWJj?=",)),
    ("text-raw-utf-8", ("X-JobName: 電子報".encode(),)),
    ("time-unreadable", (b"X-NextLaunchTime: tomorrow",)),
    ("time-impossible", (b"X-NextLaunchTime: 2027-02-30 09:00",)),
    ("time-no-time-of-day", (b"X-NextLaunchTime: 2027-02-28",)),
    ("time-ambiguous", (b"X-NextLaunchTime: 03/04/2027 09:00",)),
    ("time-roc-year", (b"X-LaunchExpireTime: 116/02/28 09:00",)),
    ("time-zone-name", (b"X-NextLaunchTime: Tue, 24 Nov 2026 09:30:00 CST",)),
    ("time-weekday", (b"X-NextLaunchTime: Mon, 24 Nov 2026 09:30:00 +0800",)),
    ("time-clock-change", (b"X-NextLaunchTime: 1979-07-01 00:30",)),
    ("option-undefined-bit", (b"X-LinkOption: 32832",)),
    ("option-undefined-bit", (b"X-JobOption: 4096",)),
    ("option-undefined-value", (b"X-SendOption: 5",)),
    ("number-negative", (b"X-JobOption: -2147483648",)),
    ("number-leading-zero", (b"X-LinkOption: 064",)),
    ("number-empty", (b"X-LinkOption:",)),
    ("number-too-large", (b"X-LinkOption: 4294967296",)),
    ("number-several-values", (b"X-SendOption: 1,2",)),
    ("number-fraction", (b"X-LinkOption: 64.0",)),
    ("number-foreign-digits", ("X-LinkOption: \uff11\uff19\uff12".encode(),)),
    ("number-hex", (b"X-LinkOption: 0x40",)),
    ("number-several", (b"X-LinkOption: 64,128",)),
    ("number-names", (b"X-LinkOption: NotTrackOpen",)),
    ("number-trailing", (b"X-LinkOption: 64;",)),
    ("number-malformed", (b"X-LinkOption: abc123",)),
)


def _moments(now: datetime) -> Iterator[tuple[str, str, datetime]]:
    yield "time-past", "X-NextLaunchTime", now - HOUR
    yield "time-expired", "X-LaunchExpireTime", now - HOUR
    yield "time-far", "X-LaunchExpireTime", now + timedelta(days=400)


def _broken_rule(header: ControlHeader, rule: Rule) -> ControlCase:
    assert not isinstance(rule, OnlyWhen)  # AttachOption alone has such, and no header
    if isinstance(rule, Redundant):
        return _both("option-redundant", header, rule.bit | rule.beside)
    return _both("option-contradiction", header, rule.bit | rule.against)


def _both(kind: str, header: ControlHeader, bits: int) -> ControlCase:
    return ControlCase(id=kind, lines=(_line(header.name, str(int(bits))),))


def random_headers(count: int, now: datetime, seed: int) -> Iterator[Lines]:
    """Yield the control headers of `count` messages: right ones, wrong ones, and others."""
    chance = random.Random(seed)
    wrong = [line for case in cases(now) for line in case.lines]
    for _ in range(count):
        lines = [_any_line(chance, wrong, now) for _ in range(chance.randint(0, 4))]
        yield tuple(_respelt(chance, line) for line in lines)


def _any_line(chance: random.Random, wrong: list[bytes], now: datetime) -> bytes:
    if chance.random() < 0.3:
        return chance.choice(wrong)
    header = chance.choice(CONTROL_HEADERS)
    return _line(header.name, _any_value(chance, header, now))


def _any_value(chance: random.Random, header: ControlHeader, now: datetime) -> str:
    if header.kind is Kind.TEXT:
        return chance.choice(
            ("news", "A-1", "=?utf-8?b?6Zu75a2Q5aCx?=", "電子報", "=?big5?q?=A4?=", "")
        )
    if header.kind is Kind.TIME:
        # Not near now: the two who are asked do not ask at the same second.
        moment = now + chance.choice((-48, -2, 2, 5, 30)) * HOUR
        return chance.choice((moment.isoformat(timespec="seconds"), f"{moment:%Y/%m/%d %H:%M}"))
    return str(_any_number(chance, header.family))


def _any_number(chance: random.Random, family: Family | None) -> int:
    if family is None or chance.random() < 0.1:
        return chance.choice((0, 1, 7, 1 << 31, (1 << 32) - 1, 1 << 32, -1))
    flags = [int(each) for each in family.members()]
    return sum({chance.choice(flags) for _ in range(chance.randint(1, 3))})


def _respelt(chance: random.Random, line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    name = chance.choice((name, name, name.upper(), name.lower()))
    return name + colon + chance.choice((value, value, value + b" ", b"\r\n" + value or b" "))
