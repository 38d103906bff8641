"""The two Python types that all option families are made of.

A set of flags is an IntFlag that keeps unknown bits; a single value is an IntEnum that keeps
unknown values. Each member carries what the guide (appendix A) calls it and what it does.
Both are exact: `repr` evaluates to an equal value, `str` and JSON give the number.
"""

from enum import KEEP, IntEnum, IntFlag
from typing import Any, Self

from omi_core.text import Text

HIGHEST = (1 << 32) - 1  # guide, appendix A: masks are 32 bits wide
_UNDESCRIBED = Text.plain("")


class OptionFlags(IntFlag, boundary=KEEP):
    """Bits that may be set together; bits without a name are kept.

    A value is 0 .. 2^32-1. A negative one is read as 32-bit two's complement, which is what `~`
    gives. Anything else raises ValueError.
    """

    _value_: int
    constant: str
    does: Text
    otherwise: Text | None

    def __new__(
        cls,
        value: int,
        constant: str = "",
        does: Text = _UNDESCRIBED,
        otherwise: Text | None = None,
    ) -> Self:
        """Make a member from its row: value, constant, what a 1 does, what a 0 does if stated."""
        member: Self = _numbered(cls, value)
        member.constant = constant
        member.does = does
        member.otherwise = otherwise
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self:
        # IntFlag would remember every combination it meets for ever; a relay meets hostile ones.
        made: Self = _numbered(cls, _within_32_bits(cls.__name__, value))
        made._name_ = "|".join(one._name_ or "" for one in cls if one._value_ & made._value_)
        return made

    def __reduce_ex__(self, proto: object) -> tuple[Any, ...]:
        # Python 3.11.2, which Debian 12 has, would pickle by name, and not every number has one.
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        cls = type(self)
        known = [member for member in cls if member._value_ & self._value_]
        unknown = self._value_ & ~sum(member._value_ for member in known)
        parts = [f"{cls.__name__}.{member._name_}" for member in known]
        if unknown or not parts:
            parts.append(f"{cls.__name__}({unknown})")
        return " | ".join(parts)


class OptionValue(IntEnum):
    """One value out of a list, 0 .. 2^32-1; one without a name is kept. Else ValueError."""

    _value_: int
    constant: str
    does: Text

    def __new__(cls, value: int, constant: str = "", does: Text = _UNDESCRIBED) -> Self:
        """Make a member from its row: value, the guide's constant, what it means."""
        member: Self = _numbered(cls, value)
        member.constant = constant
        member.does = does
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self:
        made: Self = _numbered(cls, _within_32_bits(cls.__name__, value))
        made._name_ = ""
        return made

    def __reduce_ex__(self, proto: object) -> tuple[Any, ...]:
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        cls = type(self).__name__
        return f"{cls}.{self._name_}" if self._name_ else f"{cls}({self._value_})"


def _numbered(cls: type, value: int) -> Any:
    member: Any = int.__new__(cls, value)
    member._value_ = value
    member.constant = ""
    member.does = _UNDESCRIBED
    member.otherwise = None
    member._inverted_ = None  # the standard library's ~ looks here first
    return member


def _within_32_bits(name: str, value: object) -> int:
    if not isinstance(value, int) or not ~HIGHEST <= value <= HIGHEST:
        raise ValueError(f"{value!r} is not of {name}: it must be a number from 0 to {HIGHEST}")
    return value & HIGHEST
