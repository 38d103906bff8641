"""What a server says that a zone holds, at one moment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from omi_core.dns.record import Record
from omi_core.names import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The records of `name`, everybody's.

    `asked` is None when all of the zone was read; otherwise only these names were, and nothing
    may be concluded about the others.
    """

    name: Fqdn
    records: tuple[Record, ...]
    asked: frozenset[Fqdn] | None = None
    _at: dict[Fqdn, tuple[Record, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        gathered: dict[Fqdn, list[Record]] = {}
        for record in self.records:
            gathered.setdefault(record.name, []).append(record)
        at = {name: tuple(records) for name, records in gathered.items()}
        object.__setattr__(self, "_at", at)

    def at(self, name: Fqdn) -> tuple[Record, ...]:
        """Return all records of a name, of every type."""
        return self._at.get(name, ())

    def set(self, name: Fqdn, kind: str) -> tuple[Record, ...]:
        """Return the records of one name and type; none is an empty tuple."""
        return tuple(record for record in self.at(name) if record.type == kind)

    def knows(self, name: Fqdn) -> bool:
        """Whether the absence of records at `name` means that there are none."""
        return self.asked is None or name in self.asked

    def delegated_at(self, name: Fqdn) -> Fqdn | None:
        """Return the name at which another zone takes over from this one, if one does.

        A delegation covers its own name and all below it (RFC 1034 4.2.1), a DNAME all below
        it (RFC 6672 2.3).
        """
        for ancestor in self.path_to(name):
            types = {record.type for record in self.at(ancestor)}
            if ancestor != self.name and "NS" in types:
                return ancestor
            if ancestor != name and "DNAME" in types:
                return ancestor
        return None

    def path_to(self, name: Fqdn) -> Iterator[Fqdn]:
        """Yield `name` and every name above it within the zone, the lowest first."""
        while name != self.name and name.within(self.name):
            yield name
            name = name.parent
        if name == self.name:
            yield name

    @classmethod
    def of(cls, name: Fqdn, records: Iterable[Record]) -> "Zone":
        """Return a zone that was read in full."""
        return cls(name=name, records=tuple(records))
