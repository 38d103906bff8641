"""What a deploy publishes breaks no customer's mail: the plan of `deploys/dns.py` says so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import pytest

from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Change
from omi_core.dns.publication import publications
from omi_core.dns.record import Record
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn
from omi_core.relay import zones as deployed
from omi_core.relay.dkim import operations as dkim

SHOP, RELAY = Fqdn.parse("shop.example"), Fqdn.parse("relay.example")
OURS = Operator(
    zone=RELAY,
    relays=(RelayAddress(name=RELAY.child("smtp"), ipv4=IPv4Address("192.0.2.25")),),
)


@dataclass
class Held:
    """A service that holds one SPF record at the shop, and takes no change."""

    text: str

    def zones(self) -> tuple[Fqdn, ...]:
        return (RELAY, SHOP)

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        del names
        spf = Record(name=SHOP, type="TXT", ttl=60, data=Txt.of(self.text))
        return Zone.of(zone, [spf] if zone == SHOP else [])

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        raise AssertionError((zone, changes))


@pytest.mark.parametrize("is_acting", [False, True])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"v=spf1 {' '.join(f'a:h{n}.example' for n in range(10))} -all", "11 look-ups"),
        ("v=spf1 mx ip4:203.0.113.7~all", "a space is missing before ~all"),
    ],
)
def test_what_would_break_a_customers_mail_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, why: str, *, is_acting: bool
) -> None:
    monkeypatch.setattr(dkim, "is_acting", lambda: is_acting)
    service, domains = Held(text), [SenderDomain(name=SHOP)]
    [_, wanted] = publications(OURS, domains, service.zones())
    made = deployed._planned(service.read(SHOP, ()), wanted, OURS, domains)
    assert SHOP not in {change.name for change in made.changes}
    assert why in "; ".join(made.refusals)
