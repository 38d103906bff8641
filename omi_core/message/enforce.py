"""What the messages of an account may say to the send engine, and what lies underneath. Pure.

The relay enforces it while the client waits; `omi message check` says the same beforehand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from omi_core.findings.finding import Finding, Severity
from omi_core.message import catalogue
from omi_core.message.check import Read, check
from omi_core.message.control import ControlHeader, ControlHeaders, Value
from omi_core.message.fields import Field
from omi_core.options.family import Family
from omi_core.options.judge import each_bit


class ControlMode(StrEnum):
    """What is done about a message with a control header at fault."""

    REFUSE = "refuse"
    WARN = "warn"  # it is taken, and says so in a header
    PASS = "pass"  # noqa: S105 - no password: it is taken, and nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPolicy:
    """What is done about the control headers of an account's messages.

    `launch` are the account's defaults. `may_set` has the headers that are not free, by name: the
    bits that a message may set; of a header that is no set of flags, 0 forbids it altogether.
    """

    mode: ControlMode = ControlMode.REFUSE
    launch: ControlHeaders = field(default_factory=ControlHeaders)
    may_set: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What a message says with its account's defaults underneath, and what is to be said of it."""

    headers: ControlHeaders
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which a message is refused."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)


def enforce(
    fields: Iterable[Field],
    policy: ControlPolicy,
    *,
    zone: tzinfo,
    now: datetime,
    longest_hold: timedelta | None = None,
) -> Enforced:
    """Judge the control headers among `fields` as `check` does, and by what the account may set."""
    checked = check(fields, zone=zone, now=now, longest_hold=longest_hold)
    forbidden = (one for each in checked.read for one in _forbidden(each, policy))
    return Enforced(
        headers=_within(checked.headers, policy).over(policy.launch),
        findings=(*checked.findings, *forbidden),
    )


def _within(headers: ControlHeaders, policy: ControlPolicy) -> ControlHeaders:
    """Return the headers without what the account may not set, whatever is done about that."""
    changed: dict[str, Value | None] = {}
    for header, value in headers.said():
        mask = policy.may_set.get(header.name)
        if mask is None or not _over(header, value, mask):
            continue
        changed[header.attribute] = value & mask if isinstance(value, int) and mask else None
    return replace(headers, **changed) if changed else headers  # type: ignore[arg-type]


def _over(header: ControlHeader, value: Value, mask: int) -> int:
    """Return the bits that are more than the mask allows; 1 for a header that it forbids."""
    if header.family is None or header.family.flags is None or not isinstance(value, int):
        return int(not mask)
    return value & ~mask


def _forbidden(read: Read, policy: ControlPolicy) -> Iterator[Finding]:
    header, mask = read.header, policy.may_set.get(read.header.name)
    if mask is None or read.value is None:
        return
    over = _over(header, read.value, mask)
    if over and header.family and header.family.flags and isinstance(read.value, int):
        yield _forbidden_bits(header, header.family, read.value, over)
    elif over:
        yield catalogue.FORBIDDEN.of(header.name, read=read.written)


def _forbidden_bits(header: ControlHeader, family: Family, value: int, over: int) -> Finding:
    bits = ", ".join(family.named(flag) for flag in family.flags or () if flag.value & over)
    return catalogue.FORBIDDEN_BIT.of(
        header.name,
        bits=bits or " ".join(str(bit) for bit in each_bit(over)),
        value=value,
        without=value & ~over,
    )
