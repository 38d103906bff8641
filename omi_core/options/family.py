"""What one option family is: its members, its shape, and the rules between its bits.

A family is declared once (link.py, job.py, ...); the codec, the findings, the explanations, the
command line and the reference page are all made from that declaration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from omi_core.options.shapes import OptionFlags, OptionValue
from omi_core.text import Text


class Shape(StrEnum):
    """How a number of the family is to be read."""

    FLAGS = "flags"  # every bit is an option of its own
    FIELD = "field"  # the masked low bits hold one value
    CLASS_AND_FLAGS = "class-and-flags"  # the masked low bits hold one value, the rest are flags
    ENUMERATION = "enumeration"  # the whole number is one value


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyWhen:
    """`bit` has a meaning only while all of `on` are 1 and all of `off` are 0."""

    bit: OptionFlags
    on: int = 0
    off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Redundant:
    """`bit` adds nothing where `beside` is set, which says as much and more."""

    bit: OptionFlags
    beside: OptionFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """The two bits ask for opposite things, and the guide does not say which one wins."""

    bit: OptionFlags
    against: OptionFlags


Rule = OnlyWhen | Redundant | Contradiction


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One table of the guide's appendix A.

    `section` is its number there, `header` the control header that carries it (none for families
    that only the platform sets), `mask` the bits that hold one value (all for an enumeration,
    none for flags) and `values` the type of that value; `prefix` and `suffix` are what a constant
    has around its short form (`value_prefix` where that of a value differs).
    """

    key: str
    title: str
    section: str
    about: Text
    subject: Text
    shape: Shape
    signed: bool = False
    header: str | None = None
    prefix: str
    suffix: str = ""
    value_prefix: str = ""
    flags: type[OptionFlags] | None = None
    values: type[OptionValue] | None = None
    mask: int = 0
    mask_constant: str = ""
    job_type: int | None = None
    rules: tuple[Rule, ...] = ()

    def __hash__(self) -> int:
        return hash(self.key)  # the codec looks a family up for each number

    @property
    def type(self) -> type[OptionFlags] | type[OptionValue]:
        """The Python type of the whole number."""
        return self.flags or self.values or OptionFlags

    def named(self, member: OptionFlags | OptionValue) -> str:
        """Return the short form with its number, as findings quote it: `NotTrackOpen (64)`."""
        return f"{self.short(member)} ({member})"

    def members(self) -> Iterator[OptionFlags | OptionValue]:
        """Yield the single values, then the flags, each in ascending order."""
        yield from self.values or ()
        yield from self.flags or ()

    def short(self, member: OptionFlags | OptionValue) -> str:
        """Return the guide's constant without its prefix and suffix: `NotTrackOpen`."""
        value = isinstance(member, OptionValue)
        prefix = self.value_prefix if value and self.value_prefix else self.prefix
        return member.constant.removeprefix(prefix).removesuffix(self.suffix)

    @property
    def bits(self) -> int:
        """All bits that the guide defines, as one mask."""
        return self.mask | sum(flag.value for flag in self.flags or ())
