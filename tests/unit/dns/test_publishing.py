"""What a deploy or `omi dns apply` publishes breaks no customer's mail: one orchestration."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import pytest

from omi_core.dns.errors import PlanRefusedError
from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Action, Change
from omi_core.dns.publishing import fault_of, plans, raise_if_any_refused
from omi_core.dns.record import Record
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError
from omi_core.names import Fqdn

SHOP, RELAY = Fqdn.parse("shop.example"), Fqdn.parse("relay.example")
DEPARTED = RELAY.child("omi1.gone.example.dkim")
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
        key = Record(name=DEPARTED, type="TXT", ttl=60, data=Txt.of("v=DKIM1; k=rsa; p="))
        return Zone.of(zone, [spf] if zone == SHOP else [key])

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        raise AssertionError((zone, changes))


@pytest.mark.parametrize("is_rotating", [False, True])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"v=spf1 {' '.join(f'a:h{n}.example' for n in range(11))} -all", "12 look-ups"),
        ("v=spf1 mx ip4:203.0.113.7~all", "a space is missing before ~all"),
    ],
)
def test_what_would_break_a_customers_mail_is_refused(
    text: str, why: str, *, is_rotating: bool
) -> None:
    made = plans(Held(text), OURS, [SenderDomain(name=SHOP)], is_rotating=is_rotating)[1]
    assert SHOP not in {change.name for change in made.changes}
    assert why in "; ".join(map(str, made.refusals))
    with pytest.raises(PlanRefusedError, match=SHOP.relative):
        raise_if_any_refused((made,))
    with pytest.raises(InputError, match=f"{why}.*; shop.example: .*{why}"):
        raise_if_any_refused((made, made))


@pytest.mark.parametrize("is_rotating", [False, True])
def test_the_keys_of_a_departed_domain_go_where_keys_are_rotated(*, is_rotating: bool) -> None:
    made = plans(Held("v=spf1 -all"), OURS, [SenderDomain(name=SHOP)], is_rotating=is_rotating)[0]
    gone = [each for each in made.changes if each.action is Action.DELETE]
    assert [each.name for each in gone] == ([DEPARTED] if is_rotating else [])


@dataclass
class Faulty(Held):
    """One in which looking at a zone ends in an error."""

    broken: Fqdn = SHOP
    error: Exception = KeyError("a password")  # noqa: RUF009 - never changed

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        if zone == self.broken:
            raise self.error
        return Held.read(self, zone, names)


@pytest.mark.parametrize(
    ("error", "why", "raised"),
    [
        (KeyError("a password"), "a fault of omi itself; please report it: KeyError", OSError),
        (RecursionError("deep"), "RecursionError", OSError),
        (ObservationError("no answer"), "no answer", OSError),
        (InputError("no such zone"), "no such zone", ValueError),
    ],
)
def test_any_fault_in_a_customers_zone_leaves_the_others_their_plans(
    error: Exception, why: str, raised: type[Exception]
) -> None:
    provider = Faulty("v=spf1 -all", broken=SHOP, error=error)
    operators, shops = plans(provider, OURS, [SenderDomain(name=SHOP)])
    assert operators.appliable
    assert shops.appliable == ()
    assert why in str(shops.refusals[0])
    assert "a password" not in str(shops.refusals[0])
    with pytest.raises(raised, match=SHOP.relative):
        raise_if_any_refused((operators, shops))


def test_a_fault_in_the_operators_zone_ends_the_run() -> None:
    """All others lead into it."""
    with pytest.raises(KeyError):
        plans(Faulty("v=spf1 -all", broken=RELAY), OURS, [SenderDomain(name=SHOP)])


def test_a_zone_that_a_fault_of_ours_left_unpublished_is_named_without_the_errors_words() -> None:
    made = plans(Held("v=spf1 -all"), OURS, [SenderDomain(name=SHOP)])[1]
    said = str(fault_of(made, KeyError("a password")))
    assert said.startswith("shop.example: perhaps not published, by a fault of omi itself")
    assert "KeyError" in said
    assert "a password" not in said
