"""Which names lead where while a relay leaves."""

import pytest

from omi_core.dns.operator import Operator
from omi_core.names import Fqdn
from omi_core.relay.retire.leaving import Leaving, RetireMarks
from omi_core.relay.retire.zones import without_customers, without_relay
from tests.unit.inventory.test_model import environment, relay

PLACE = environment()
STAYS = relay(environment=PLACE)
TYPED = relay(name="smtp2.itpison.com", ipv4="192.0.2.26", ipv6="2001:db8::26", environment=PLACE)
OWN = relay(name="mx3.itpison.com", ipv4="192.0.2.27", ipv6="2001:db8::27", environment=PLACE)
EVERYBODY = (STAYS, TYPED, OWN)


def behind(operator: Operator, name: str) -> tuple[str, ...]:
    known = {each.name: (each,) for each in operator.relays} | dict(operator.public_names)
    return tuple(each.name.relative for each in known.get(Fqdn.parse(name), ()))


@pytest.mark.parametrize("gone", [TYPED, OWN])
def test_until_its_queue_is_empty_spf_names_it_and_customers_meet_the_others(gone: object) -> None:
    leaving = Leaving(relay=gone, everybody=EVERYBODY)  # type: ignore[arg-type]
    operator = without_customers(leaving)
    assert set(operator.addresses) == {a for each in EVERYBODY for a in each.addresses}
    for name in ("smtp.itpison.com", "smtp2.itpison.com"):
        assert leaving.name not in behind(operator, name)
        assert behind(operator, name)


@pytest.mark.parametrize("gone", [TYPED, OWN])
def test_afterwards_no_address_of_it_is_left(gone: object) -> None:
    leaving = Leaving(relay=gone, everybody=EVERYBODY)  # type: ignore[arg-type]
    operator = without_relay(leaving)
    assert not set(leaving.relay.addresses) & set(operator.addresses)
    assert leaving.name not in behind(operator, "smtp2.itpison.com")


def test_a_name_that_nobody_types_goes_and_one_that_customers_type_stays() -> None:
    assert without_relay(Leaving(relay=OWN, everybody=EVERYBODY)).retired == (OWN.name,)
    assert without_relay(Leaving(relay=TYPED, everybody=EVERYBODY)).retired == ()


def test_what_a_login_shell_says_is_no_step() -> None:
    said = ["Welcome", "led-away 17", "x y", "emptied 18", "a b c"]
    assert RetireMarks().process(said) == {"led-away": 17, "emptied": 18}
