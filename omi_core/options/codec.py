"""Numbers to names and back, for every family, without losing a bit.

The tables of a family are made once, at its first use: a number is cut into four bytes, and each
byte is looked up with its names ready, which is far faster than asking an IntFlag (see
benchmarks/codec.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from omi_core.errors import InputError
from omi_core.findings.finding import Finding
from omi_core.options.family import Family, Shape
from omi_core.options.judge import judge
from omi_core.options.registry import family as family_called
from omi_core.options.shapes import HIGHEST, OptionFlags, OptionValue

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A number and all that the guide says about it.

    `names` are short forms, `constants` the guide's, both in ascending order of value; `unknown`
    is the part of `value` that the guide does not define. `encode` of the three gives `value`.
    """

    family: Family
    value: int
    names: Names
    constants: Names
    unknown: int
    findings: tuple[Finding, ...]

    @property
    def typed(self) -> OptionFlags | OptionValue:
        """The number as the family's own Python type, for example a LinkOption."""
        return self.family.type(self.value)


def decode(family: Family | str, value: int, *, subject: str = "") -> Decoded:
    """Return what `value`, 0 .. 2^32-1, means; findings speak of `subject` (default: the title).

    Raises InputError for a number outside of the range or a family that does not exist.
    """
    codec = codec_of(family_called(family) if isinstance(family, str) else family)
    if not 0 <= value <= HIGHEST:
        raise InputError(
            "{value} is outside of 0 to {highest}, which an option number may hold",
            value=value,
            highest=HIGHEST,
        )
    unknown = codec.unknown(value)
    return Decoded(
        family=codec.family,
        value=value,
        names=codec.names(value),
        constants=codec.constants(value),
        unknown=unknown,
        findings=judge(codec.family, value, unknown, subject or codec.family.title),
    )


def encode(family: Family | str, names: Iterable[str], unknown: int = 0) -> int:
    """Return the number for `names`: constants, short forms or Python members, in any case.

    `unknown` is added as it is. Raises InputError for a name that the family does not have, and
    for two values, or none, where the family holds one.
    """
    codec = codec_of(family_called(family) if isinstance(family, str) else family)
    return codec.encode(names, unknown)


@cache
def codec_of(family: Family) -> "Codec":
    """Return the tables of `family`, made at the first call and kept."""
    return Codec(family)


class Codec:
    """The tables of one family; get it from `codec_of`."""

    __slots__ = (
        "_exact",
        "_loose",
        "_mask",
        "_singles",
        "_undefined",
        "constants",
        "family",
        "names",
    )

    names: Callable[[int], Names]
    constants: Callable[[int], Names]

    def __init__(self, family: Family) -> None:
        self.family = family
        self.names = _reader(family, family.short)
        self.constants = _reader(family, _constant)
        self._mask = family.mask
        self._undefined = HIGHEST & ~family.bits
        self._singles = frozenset(int(value) for value in family.values or ())
        self._exact = _exact_names(family)
        self._loose = _loose_names(family)

    def unknown(self, value: int) -> int:
        """Return the part of `value` that the guide does not define."""
        single = value & self._mask
        return value & self._undefined | (0 if single in self._singles else single)

    def encode(self, names: Iterable[str], unknown: int = 0) -> int:
        """Return the number for `names` with `unknown` added; see the function `encode`."""
        given = tuple(names)
        if self._mask:
            return self._with_single_value(given, unknown)
        value, exact = unknown, self._exact
        try:
            for name in given:
                value |= exact[name]
        except KeyError:
            for name in given:
                value |= self.number_of(name)
        return value

    def number_of(self, name: str) -> int:
        """Return the number of one name in any of its spellings; raises InputError for another."""
        number = self.find(name)
        if number is None:
            raise InputError(self._no_such_name(name))
        return number

    def find(self, name: str) -> int | None:
        """Return the number of one name in any of its spellings, None for another name."""
        number = self._exact.get(name)
        if number is None and name.isascii():  # lower() would make an ASCII k of a Kelvin sign
            number = self._loose.get(loose(name))
        return number

    def _with_single_value(self, names: Names, unknown: int) -> int:
        mask = self._mask
        numbers = [self.number_of(name) for name in names]
        singles = {number for number in numbers if number <= mask}
        if unknown & mask:
            singles.add(unknown & mask)
        if len(singles) > 1:
            raise InputError(
                "{key} holds one value; {names} are several",
                key=self.family.key,
                names=", ".join(names),
            )
        if not singles and self.family.shape is not Shape.CLASS_AND_FLAGS:
            raise InputError("{key} holds one value, and none is given", key=self.family.key)
        return sum(singles) | unknown | sum({number for number in numbers if number > mask})

    def _no_such_name(self, name: str) -> str:
        from difflib import get_close_matches  # slow to import, and only a mistake needs it

        shorts = [self.family.short(member) for member in self.family.members()]
        near = get_close_matches(name[:80], shorts, n=2)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        return (
            f"{name[:80]!r} is not an option of {self.family.key}; {hint}"
            f"'omi options list {self.family.key}' shows all"
        )


def loose(name: str) -> str:
    """Return the form in which spellings are compared: lower case, without underscores."""
    return name.lower().replace("_", "")


def spellings(family: Family, member: OptionFlags | OptionValue) -> Names:
    """Return how `member` may be written: constant, short form, Python member, misspellings.

    The guide itself writes some constants of the attach family with one t (cAtachShow...).
    """
    constant, name = member.constant, str(member.name)
    misspelt = constant.replace("cAttach", "cAtach")
    return constant, family.short(member), name, misspelt


def _exact_names(family: Family) -> dict[str, int]:
    return {
        spelling: int(member)
        for member in family.members()
        for spelling in spellings(family, member)
    }


def _loose_names(family: Family) -> dict[str, int]:
    return {loose(spelling): number for spelling, number in _exact_names(family).items()}


def _constant(member: OptionFlags | OptionValue) -> str:
    return member.constant


def _reader(
    family: Family, label: Callable[[OptionFlags | OptionValue], str]
) -> Callable[[int], Names]:
    singles = {int(value): (label(value),) for value in family.values or ()}
    if family.shape is Shape.ENUMERATION:
        return lambda value: singles.get(value, ())
    flags = {int(flag): label(flag) for flag in family.flags or ()}
    first, second, third, fourth = (_byte_table(flags, shift) for shift in (0, 8, 16, 24))
    if singles:
        first = [singles.get(byte & family.mask, ()) for byte in range(256)]

    def names(value: int) -> Names:
        return (
            first[value & 255]
            + second[value >> 8 & 255]
            + third[value >> 16 & 255]
            + fourth[value >> 24]
        )

    return names


def _byte_table(flags: Mapping[int, str], shift: int) -> list[Names]:
    table: list[Names] = [()]
    for byte in range(1, 256):
        name = flags.get((byte & -byte) << shift)
        higher = table[byte & (byte - 1)]
        table.append((name, *higher) if name else higher)
    return table
