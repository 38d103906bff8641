"""Zones that a person edits, and the settings of the DNS services."""

import pytest

from omi_core.dns.plan import Change
from omi_core.dns.providers.manual import ManualProvider, to_enter
from omi_core.dns.record import Record
from omi_core.dns.txt import Txt
from omi_core.errors import InputError, ObservationError, SettingsError
from omi_core.inventory import parse_dns
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
OLD, NEW = (
    Record(name=SHOP, type="TXT", ttl=3600, data=Txt.of(text))
    for text in ("v=spf1 mx -all", "v=spf1 mx include:_spf.itpison.com -all")
)
CHANGE = Change(name=SHOP, type="TXT", before=(OLD,), after=(NEW,))


def test_what_a_person_does_is_said_record_by_record() -> None:
    assert to_enter(CHANGE) == (
        'remove shop.example. 3600 TXT "v=spf1 mx -all"',
        'enter shop.example. 3600 TXT "v=spf1 mx include:_spf.itpison.com -all"',
    )


def test_nothing_is_written_by_hand_but_said() -> None:
    by_hand = ManualProvider(writable=(SHOP,), servers=lambda _: ())
    by_hand.apply(SHOP, ())
    with pytest.raises(InputError, match=r"shop\.example is edited by hand: remove .*; enter "):
        by_hand.apply(SHOP, (CHANGE,))


def test_a_zone_without_servers_cannot_be_read() -> None:
    with pytest.raises(ObservationError, match=r"shop\.example has no name server"):
        ManualProvider(writable=(SHOP,), servers=lambda _: ()).read(SHOP, ())


@pytest.mark.parametrize(
    ("parse", "written", "fault"),
    [
        ("cloudflare", {"batch_limit": 0}, "is 200 on the free plan, 3500 on the others"),
        ("cloudflare", {"batch_limit": 3501}, "is 200 on the free plan"),
        ("cloudflare", {"token_file": ""}, "is empty; name a file"),
        ("policies", {"dmarc_reports": "nobody"}, "dmarc_reports"),
        ("policies", {"mta_sts": "two words"}, "up to 32 letters and digits"),
        ("policies", {"mta_sts": "x" * 33}, "up to 32 letters and digits"),
        ("policies", {"caa": "ca.example"}, "must be a list of texts"),
        ("rotation", {"every_days": -1}, "is not a number from 0 to 3650"),
        ("rotation", {"keep_days": True}, "is not a number from 0 to 3650"),
        ("rotation", {"every_days": 5, "keep_days": 7}, "must be greater than keep_days"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    parse: str, written: dict[str, object], fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault) as caught:
        getattr(parse_dns, f"parse_{parse}")("x.py:1", **written)
    assert str(caught.value).startswith("x.py:1: ")


def test_days_and_minutes_become_seconds() -> None:
    made = parse_dns.parse_rotation("x.py:1", every_days=180, settle_minutes=90, keep_days=7)
    assert (made.every, made.settle, made.keep) == (180 * 86400, 5400, 7 * 86400)
