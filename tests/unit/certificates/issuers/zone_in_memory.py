"""A DNS service whose only zone lies in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from omi_core.dns.errors import ServerRefusedError, ZoneChangedError
from omi_core.dns.plan import Change
from omi_core.dns.record import Opaque, Record
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

ZONE = Fqdn.parse("itpison.com")


def soa() -> Record:
    text = "ns.itpison.com. h.itpison.com. 1 3600 600 86400 60"
    return Record(name=ZONE, type="SOA", ttl=60, data=Opaque(text))


@dataclass
class Memory:
    records: list[Record] = field(default_factory=lambda: [soa()])
    refuses: bool = False
    moves: int = 0
    written: list[str] = field(default_factory=list)

    def zones(self) -> tuple[Fqdn, ...]:
        return (ZONE,)

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        del names
        return Zone.of(zone, tuple(self.records))

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        if self.refuses:
            raise ServerRefusedError("the server refuses the update (REFUSED)")
        if self.moves:
            self.moves -= 1
            raise ZoneChangedError(zone, ["x"])
        for change in changes:
            self.written.append(str(change))
            kept = [r for r in self.records if (r.name, r.type) != (change.name, change.type)]
            self.records = [*kept, *change.after]

    def texts(self, name: str) -> list[str]:
        at = Fqdn.parse(name)
        return sorted(str(r.data) for r in self.records if r.name == at and r.type == "TXT")

    def put(self, name: str, text: str) -> None:
        data = Txt.of(text)
        self.records.append(Record(name=Fqdn.parse(name), type="TXT", ttl=60, data=data))
