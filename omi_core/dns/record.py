"""Records and record sets in one canonical form (RFC 1034 3.6, RFC 2181 5).

Two records are equal when a resolver could not tell them apart: names in canonical form,
addresses by value, TXT by its octets, however it was cut into strings.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Self

from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn


class Type(StrEnum):
    """The record types that may be published; every other type is read and never written."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    TXT = "TXT"
    CAA = "CAA"


@dataclass(frozen=True, slots=True, order=True)
class Opaque:
    """Data of a type that is none of our business, in master-file form."""

    text: str

    def __str__(self) -> str:
        return self.text


Data = IPv4Address | IPv6Address | Fqdn | Txt | Opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: what a zone says about `name` in one value.

    `type` is upper case and may be any type; `ttl` is in seconds. `comment` and `handle` are the
    provider's own: a note kept beside the record, and what it needs to find the record again
    (the exact RDATA in master-file form for RFC 2136, an identifier for an API).
    """

    name: Fqdn
    type: str
    ttl: int
    data: Data
    comment: str = field(default="", compare=False)
    handle: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.name} {self.ttl} {self.type} {self.data}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """All values of one name and type; an empty set says that there is none."""

    name: Fqdn
    type: str
    ttl: int
    values: tuple[Data, ...]

    @classmethod
    def of(cls, name: Fqdn, kind: str, ttl: int, values: Iterable[Data]) -> Self:
        """Return the set in canonical order, each value once (RFC 2181 5)."""
        return cls(name=name, type=kind, ttl=ttl, values=canonical(values))

    def agrees_with(self, values: Iterable[Data]) -> bool:
        """Whether a server that gave `values` says the same; TTLs run down and are not asked."""
        return self.values == canonical(values)

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


def canonical(values: Iterable[Data]) -> tuple[Data, ...]:
    """Return each value once, in the order of its text."""
    once = set(values)
    # Most sets have one value, and the text of a key is long.
    return tuple(sorted(once, key=str) if len(once) > 1 else once)


def parse_data(kind: str, written: str) -> Data:
    """Read RDATA in master-file form, names absolute.

    Raises InputError when `written` cannot be data of that type.
    """
    try:
        return _READERS.get(kind, Opaque)(written)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(
            "{written!r} cannot be the data of {kind}: {error}",
            written=written[:60],
            kind=kind,
            error=error,
        ) from error


def published_name(written: str) -> Fqdn:
    """Return a name as a zone really has it, wildcard or not, in canonical form.

    `Fqdn.parse` judges what people write; what is published may be stranger and is kept.
    """
    return Fqdn(written.lower() if written.endswith(".") else written.lower() + ".")


_READERS: dict[str, Callable[[str], Data]] = {
    Type.A: IPv4Address,
    Type.AAAA: IPv6Address,
    Type.CNAME: published_name,
    Type.TXT: Txt.parse,
}
