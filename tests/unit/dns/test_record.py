from ipaddress import IPv4Address, IPv6Address

import pytest

from omi_core.dns.record import Opaque, Record, RecordSet, Type, parse_data, published_name
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn

NAME = Fqdn.parse("smtp.itpison.com")


def test_data_compares_by_meaning() -> None:
    assert parse_data("AAAA", "2001:DB8:0::1") == IPv6Address("2001:db8::1")
    assert parse_data("CNAME", "Relay.Example.") == Fqdn.parse("relay.example")
    assert parse_data("TXT", '"a" "b"') == Txt(b"ab")
    assert parse_data("MX", "10 mail.example.") == Opaque("10 mail.example.")


@pytest.mark.parametrize(("kind", "written"), [("A", "1.2.3"), ("AAAA", "1.2.3.4"), ("TXT", '"')])
def test_data_that_cannot_be_is_refused(kind: str, written: str) -> None:
    with pytest.raises(InputError, match="data"):
        parse_data(kind, written)


def test_names_that_only_a_zone_has_are_kept() -> None:
    assert published_name("*.Shop.Example") == Fqdn("*.shop.example.")
    assert published_name(r"a\.b.example.") == Fqdn(r"a\.b.example.")


def test_what_a_provider_keeps_beside_a_record_does_not_make_it_another() -> None:
    record = Record(name=NAME, type="A", ttl=60, data=IPv4Address("192.0.2.1"))
    kept = Record(name=NAME, type="A", ttl=60, data=record.data, comment="ours", handle="4f2a")
    assert record == kept
    assert "4f2a" not in repr(kept)
    assert str(record) == "smtp.itpison.com. 60 A 192.0.2.1"


def test_a_set_has_each_value_once_and_no_order() -> None:
    one, two = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    record_set = RecordSet.of(NAME, Type.A, 60, [two, one, two])
    assert record_set.values == (one, two)
    assert record_set.agrees_with([two, one])
    assert not record_set.agrees_with([one])
    assert str(record_set) == "smtp.itpison.com. A"
