"""What is wrong with a number of a family, though it could be read."""

from collections.abc import Iterator
from functools import cache

from omi_core.findings.finding import Finding
from omi_core.options import catalogue
from omi_core.options.family import Contradiction, Family, OnlyWhen, Redundant, Rule
from omi_core.text import Text


def judge(family: Family, value: int, unknown: int, subject: str) -> tuple[Finding, ...]:
    """Return the findings about `value`, of which the guide does not define `unknown`."""
    broken = [
        rule for rule, bit, care, want in _needs(family) if value & bit and value & care != want
    ]
    if not unknown and not broken:
        return ()
    return (
        *_undefined(family, value, unknown, subject),
        *(_finding(rule, family, value, subject) for rule in broken),
    )


@cache
def _needs(family: Family) -> tuple[tuple[Rule, int, int, int], ...]:
    """Return each rule as plain numbers: where `bit` is set, the bits of `care` must be `want`.

    Asking the enum's members at each number takes ten times as long.
    """
    return tuple((rule, int(rule.bit), *_need(rule)) for rule in family.rules)


def _need(rule: Rule) -> tuple[int, int]:
    if isinstance(rule, OnlyWhen):
        return int(rule.on | rule.off), int(rule.on)
    return int(rule.beside if isinstance(rule, Redundant) else rule.against), 0


def _undefined(family: Family, value: int, unknown: int, subject: str) -> Iterator[Finding]:
    single, bits = unknown & family.mask, unknown & ~family.mask
    if single:
        yield catalogue.UNDEFINED_VALUE.of(
            subject,
            title=family.title,
            single=single,
            value=value,
            defined=", ".join(str(int(one)) for one in family.values or ()),
        )
    if bits:
        yield catalogue.UNDEFINED_BIT.of(
            subject,
            title=family.title,
            bits=" + ".join(str(bit) for bit in each_bit(bits)),
            value=value,
            known=value & ~bits,
        )


def each_bit(mask: int) -> Iterator[int]:
    """Yield the bits of `mask` as numbers, lowest first."""
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _finding(rule: Rule, family: Family, value: int, subject: str) -> Finding:
    if isinstance(rule, OnlyWhen):
        return _dependency(rule, family, value, subject)
    if isinstance(rule, Redundant):
        return _redundant(rule, family, value, subject)
    return _contradiction(rule, family, value, subject)


def _dependency(rule: OnlyWhen, family: Family, value: int, subject: str) -> Finding:
    on, off = _listed(family, rule.on), _listed(family, rule.off)
    return catalogue.DEPENDENCY.of(
        subject,
        bit=family.named(rule.bit),
        value=value,
        needs=_both(
            on and Text("{bits} set").format(bits=on), off and Text("{bits} clear").format(bits=off)
        ),
        mend=_both(
            on and Text("set {bits}").format(bits=on), off and Text("clear {bits}").format(bits=off)
        ),
    )


def _listed(family: Family, mask: int) -> str:
    return ", ".join(family.named(flag) for flag in family.flags or () if flag.value & mask)


def _both(first: "Text | str", second: "Text | str") -> Text:
    parts = [part for part in (first, second) if isinstance(part, Text)]
    return Text.joined(parts, Text(" and "))


def _redundant(rule: Redundant, family: Family, value: int, subject: str) -> Finding:
    return catalogue.REDUNDANT.of(
        subject,
        bit=family.named(rule.bit),
        other=family.named(rule.beside),
        value=value,
        without=value & ~rule.bit.value,
    )


def _contradiction(rule: Contradiction, family: Family, value: int, subject: str) -> Finding:
    return catalogue.CONTRADICTION.of(
        subject,
        bit=family.named(rule.bit),
        other=family.named(rule.against),
        value=value,
        without_bit=value & ~rule.bit.value,
        without_other=value & ~rule.against.value,
    )
