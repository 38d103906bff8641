"""A backup goes back into relays of its own inventory, and over no other key."""

import pytest

from omi_core.backup.fitting import lacking, require_fitting
from omi_core.errors import InputError
from omi_core.names import Fqdn
from tests.unit.backup.made import backup, key
from tests.unit.inventory.test_model import customer, environment

PLACE = environment(customers=(customer("shop.example"),))
ZONE = PLACE.operator_zone
OPERATOR, SHOP, NEXT = key(ZONE.relative), key("shop.example"), key("shop.example", "omi2")
WHOLE = backup(OPERATOR, SHOP, zone=ZONE)
RELAYS = WHOLE.relays


def test_one_of_the_same_inventory_fits_a_relay_more_or_less() -> None:
    require_fitting(WHOLE, PLACE, RELAYS, is_partial_fine=False)
    require_fitting(WHOLE, PLACE, RELAYS[:1], is_partial_fine=False)
    require_fitting(WHOLE, PLACE, (*RELAYS, "smtp3.relay.example"), is_partial_fine=False)


@pytest.mark.parametrize(
    ("zone", "relays"), [(Fqdn.parse("other.example"), RELAYS), (ZONE, ("a.example",))]
)
def test_one_of_another_inventory_is_refused(zone: Fqdn, relays: tuple[str, ...]) -> None:
    theirs = backup(OPERATOR, SHOP, zone=zone, relays=relays)
    with pytest.raises(InputError, match="of another inventory"):
        require_fitting(theirs, PLACE, RELAYS, is_partial_fine=True)


def test_one_without_the_key_of_a_domain_is_refused_unless_that_is_said_to_be_fine() -> None:
    partial = backup(OPERATOR, zone=ZONE)
    with pytest.raises(InputError, match=r"no key of shop\.example"):
        require_fitting(partial, PLACE, RELAYS, is_partial_fine=False)
    require_fitting(partial, PLACE, RELAYS, is_partial_fine=True)


def test_a_bare_relay_gets_every_key_and_one_that_has_them_none() -> None:
    assert lacking(WHOLE, {}, "a", replace=False) == [OPERATOR, SHOP]
    here = {each.stem: each.digest for each in WHOLE.keys}
    assert lacking(WHOLE, here, "a", replace=False) == []


def test_a_run_that_was_killed_goes_on() -> None:
    assert lacking(WHOLE, {SHOP.stem: SHOP.digest}, "a", replace=False) == [OPERATOR]


@pytest.mark.parametrize("here", [{SHOP.stem: "0"}, {NEXT.stem: NEXT.digest}])
def test_a_relay_with_other_keys_of_these_domains_is_left_alone(here: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"other keys than the backup: shop\.example\.omi"):
        lacking(WHOLE, here, "a", replace=False)
    assert lacking(WHOLE, here, "a", replace=True) == [OPERATOR, SHOP]


def test_keys_of_domains_that_the_backup_does_not_know_are_nobodys_business() -> None:
    assert lacking(WHOLE, {"late.example.omi1": "1"}, "a", replace=False) == [OPERATOR, SHOP]
