"""What a plan of thousands of names costs: each name is looked at a bounded number of times.

Looks are counted by a zone that counts them, and by the keys of what is compared; no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.providers.interface import zone_of
from omi_core.dns.publication import publications
from omi_core.dns.record import Record
from omi_core.dns.safety import refuse_conflicts
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

ZONE = Fqdn.parse("itpison.com")
COUNT = 500


@dataclass
class Counted(Mapping[tuple[Fqdn, str], tuple[Record, ...]]):
    """A mapping that counts what is taken from it."""

    content: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
    taken: int = field(default=0)

    def __getitem__(self, key: tuple[Fqdn, str]) -> tuple[Record, ...]:
        self.taken += 1
        return self.content[key]

    def __iter__(self) -> Iterator[tuple[Fqdn, str]]:
        for key in self.content:
            self.taken += 1
            yield key

    def __len__(self) -> int:
        return len(self.content)


def keys(count: int) -> Counted:
    names = (ZONE.child(f"omi1.c{number}.dkim") for number in range(count))
    return Counted(
        {
            (name, "TXT"): (Record(name=name, type="TXT", ttl=300, data=Txt.of("v=DKIM1")),)
            for name in names
        }
    )


def test_a_plan_of_twice_as_many_names_is_looked_through_twice_as_long() -> None:
    once, twice = keys(COUNT), keys(2 * COUNT)
    for outcome in (once, twice):
        assert refuse_conflicts(Zone.of(ZONE, ()), outcome) == []
    assert twice.taken <= 2 * once.taken + 10


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("a.b.shop.example", "b.shop.example"),
        ("b.shop.example", "b.shop.example"),
        ("x.shop.example", "shop.example"),
        ("shop.example.evil.example", None),
        ("oshop.example", None),
    ],
)
def test_a_name_is_in_the_closest_zone_above_it(name: str, zone: str | None) -> None:
    zones = [Fqdn.parse(each) for each in ("shop.example", "b.shop.example", "other.example")]
    found = zone_of(Fqdn.parse(name), zones)
    assert found == (None if zone is None else Fqdn.parse(zone))


@pytest.mark.parametrize("writable", ["shop.example", "example", "_dmarc.shop.example"])
def test_a_customers_records_are_claimed_wherever_a_part_of_them_may_be_written(
    writable: str,
) -> None:
    operator = Operator(zone=ZONE, relays=(RelayAddress(name=ZONE.child("smtp")),))
    domains = [SenderDomain(name=Fqdn.parse("shop.example"))]
    zones = [ZONE, Fqdn.parse(writable)]
    found = {each.zone: each.claims for each in publications(operator, domains, zones)}
    claimed = {claim.name.relative for claim in found[Fqdn.parse(writable)]}
    assert "_dmarc.shop.example" in claimed
