"""Which records are ours to change, and what stands in their place."""

from ipaddress import ip_address

import pytest

from omi_core.dns.claim import Retired, WholeSet
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude, SpfOwn, policy_name
from omi_core.dns.record import Data, Opaque, Record, Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
RELAY = SHOP.child("smtp")
INCLUDE = Fqdn.parse("_spf.relay.example")
ADDRESS = ip_address("192.0.2.25")


def record(name: Fqdn, kind: str, data: Data | str) -> Record:
    value = Txt.of(data) if isinstance(data, str) else data
    return Record(name=name, type=kind, ttl=60, data=value)


def zone(*records: Record) -> Zone:
    soa = Record(name=SHOP, type="SOA", ttl=60, data=Opaque("ns. h. 1 2 3 4 5"))
    return Zone.of(SHOP, (soa, *records))


def test_a_whole_set_is_of_its_name_and_type_and_of_no_other() -> None:
    claim = WholeSet(name=RELAY, type=Type.A, ttl=60, values=(ADDRESS,))
    assert claim.owns(record(RELAY, "A", ADDRESS))
    assert not claim.owns(record(SHOP, "A", ADDRESS))
    assert not claim.owns(record(RELAY, "TXT", "x"))
    assert claim.wanted((), zone()) == (ADDRESS,)
    assert (claim.exclusive, claim.is_default, claim.yields_to(zone())) == (True, False, False)
    assert claim.looks_at(SHOP) == (RELAY,)


# --- A relay that is gone

GONE_SPF = "v=spf1 ip4:192.0.2.25 -all"
GONE = (record(RELAY, "A", ADDRESS), record(RELAY, "TXT", GONE_SPF))


def retired(kind: Type) -> Retired:
    return Retired(name=RELAY, type=kind)


def test_of_a_relay_that_is_gone_the_addresses_and_the_spf_record_are_ours() -> None:
    for kind, there in ((Type.A, GONE[0]), (Type.TXT, GONE[1])):
        assert retired(kind).owns(there)
        assert retired(kind).wanted((there,), zone(*GONE)) == ()
    assert not retired(Type.A).owns(GONE[1])
    assert not retired(Type.A).owns(record(SHOP, "A", ADDRESS))
    assert not retired(Type.TXT).owns(record(RELAY, "TXT", "google-site-verification=x"))
    assert not retired(Type.TXT).owns(Record(name=RELAY, type="TXT", ttl=1, data=Opaque("v=spf1")))


@pytest.mark.parametrize(
    "there",
    [
        (GONE[0],),
        (GONE[1],),
        (GONE[0], record(RELAY, "TXT", "v=spf1 ip4:192.0.2.26 -all")),
        (GONE[0], record(RELAY, "TXT", "v=spf1 ip4:192.0.2.25 mx -all")),
        (*GONE, record(RELAY, "TXT", "v=spf1 mx -all")),
        (*GONE, record(RELAY, "A", ip_address("192.0.2.26"))),
        (*GONE, record(RELAY, "AAAA", ip_address("2001:db8::1"))),
    ],
)
def test_what_does_not_say_of_itself_that_it_was_a_relay_is_kept(
    there: tuple[Record, ...],
) -> None:
    with pytest.raises(InputError) as caught:
        retired(Type.A).wanted(there[:1], zone(*there))
    assert str(caught.value) == (
        "smtp.shop.example is not a relay of ours that is gone: its SPF record does not name its"
        " own addresses and nothing else; remove it by hand"
    )
    assert retired(Type.A).wanted((), zone(*there)) == ()


def test_strings_of_others_do_not_make_it_another_relay() -> None:
    beside = record(RELAY, "TXT", "google-site-verification=x")
    mail = Record(name=RELAY, type="MX", ttl=1, data=Opaque("10 x."))
    assert retired(Type.A).wanted(GONE[:1], zone(*GONE, beside, mail)) == ()
    six = (
        record(RELAY, "AAAA", ip_address("2001:db8::1")),
        record(RELAY, "TXT", "v=spf1 ip6:2001:db8::1 -all"),
    )
    assert retired(Type.AAAA).wanted(six[:1], zone(*six)) == ()


# --- SPF


def spf(*addresses: str) -> SpfInclude:
    return SpfInclude(
        name=SHOP, ttl=60, target=INCLUDE, addresses=tuple(map(ip_address, addresses))
    )


def test_only_the_spf_record_of_the_name_is_shared_with_us() -> None:
    assert spf().owns(record(SHOP, "TXT", "v=spf1 -all"))
    assert not spf().owns(record(RELAY, "TXT", "v=spf1 -all"))
    assert not spf().owns(record(SHOP, "TXT", "verify=1"))
    assert (spf().exclusive, spf().type, spf().is_default) == (False, Type.TXT, False)


def test_a_record_that_names_all_of_our_addresses_needs_no_include() -> None:
    there = record(SHOP, "TXT", "v=spf1  ip4:192.0.2.25 foo -all")
    assert spf("192.0.2.25").wanted((there,), zone(there)) == (there.data,)
    with pytest.raises(InputError, match="foo"):
        spf("192.0.2.26").wanted((there,), zone(there))


def test_the_record_of_a_relays_own_name_is_ours_whatever_stood_there() -> None:
    own = SpfOwn(name=RELAY, ttl=60, record=GONE_SPF)
    assert own.wanted((record(RELAY, "TXT", "v=spf1 mx -all"),), zone()) == (Txt.of(GONE_SPF),)
    assert own.exclusive
    assert own.owns(record(RELAY, "TXT", "v=spf1 mx -all"))
    assert not own.owns(record(RELAY, "TXT", "verify=1"))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("v=spf1 mx foo -all",),
         ("shop.example: the SPF record stays as it is, without include:_spf.relay.example, until a"
         " term in it is corrected: foo: receivers do not know such a term; correct it and run"
         " again")),
        (('"v=spf1 mx -all"',),
         ("shop.example: '\"v=spf1 mx -all\"' was meant as SPF, and receivers cannot read it; put"
         " right what `omi dns records shop.example` says")),
        (("v=spf1 mx exp=a.example -all", "v=spf1 a exp=b.example ~all"),
         ("shop.example: of several SPF records, which no receiver accepts (RFC 7208 4.5), one"
         " record cannot hold exp=b.example -all; join them as `omi dns records shop.example`"
         " says, if that is meant")),
    ],
)  # fmt: skip
def test_where_there_is_no_sure_merge_a_person_decides(texts: tuple[str, ...], why: str) -> None:
    there = tuple(record(SHOP, "TXT", text) for text in texts)
    owned = tuple(one for one in there if spf().owns(one))
    with pytest.raises(InputError) as caught:
        spf().wanted(owned, zone(*there))
    assert str(caught.value) == why


def test_of_a_long_text_that_nobody_can_read_the_beginning_is_shown() -> None:
    there = record(SHOP, "TXT", '"v=spf1 ' + "ip4:192.0.2.1 " * 10 + '-all"')
    with pytest.raises(InputError) as caught:
        spf().wanted((), zone(there))
    assert repr('"v=spf1 ' + "ip4:192.0.2.1 " * 5 + "ip") in str(caught.value)


# --- DMARC


def dmarc(domain: Fqdn = SHOP) -> DmarcDefault:
    return DmarcDefault(domain=domain, ttl=60, record="v=DMARC1; p=none")


def test_a_default_policy_owns_nothing_and_stands_where_rfc_7489_says() -> None:
    assert dmarc().name == policy_name(SHOP) == Fqdn.parse("_dmarc.shop.example")
    assert policy_name(SHOP).text == "_dmarc.shop.example."
    assert not dmarc().owns(record(dmarc().name, "TXT", "v=DMARC1; p=none"))
    assert dmarc().wanted((), zone()) == (Txt.of("v=DMARC1; p=none"),)
    assert (dmarc().exclusive, dmarc().is_default, dmarc().type) == (True, True, Type.TXT)


@pytest.mark.parametrize(
    ("there", "yields"),
    [
        ((), False),
        ((record(policy_name(SHOP), "TXT", "v=DMARC1; p=reject"),), True),
        ((record(policy_name(SHOP), "TXT", "verify=1"),), False),
        ((record(policy_name(SHOP), "CNAME", SHOP),), True),
        ((Record(name=policy_name(SHOP), type="TXT", ttl=1, data=Txt(b"v=DMARC1; p=\xff")),), True),
        ((Record(name=SHOP, type="TXT", ttl=1, data=Txt(b"v=DMARC1; p=\xff")),), True),
        ((record(SHOP, "TXT", "v=DMARC1; p=reject"),), True),
        ((record(SHOP, "TXT", "v=spf1 -all"),), False),
        ((record(RELAY, "TXT", "v=DMARC1; p=reject"),), False),
    ],
)
def test_a_default_gives_way_to_whatever_was_meant_as_a_policy(
    there: tuple[Record, ...], *, yields: bool
) -> None:
    assert dmarc().yields_to(zone(*there)) is yields


def test_a_default_looks_at_every_name_above_it_in_the_zone_and_at_none_outside() -> None:
    below = dmarc(SHOP.child("a.news"))
    names = ("_dmarc.a.news.shop.example", "_dmarc.news.shop.example", "_dmarc.shop.example")
    assert below.looks_at(SHOP) == tuple(map(Fqdn.parse, names))
    assert dmarc().looks_at(SHOP) == (Fqdn.parse(names[-1]),)
    elsewhere = dmarc(Fqdn.parse("a.other.example"))
    assert elsewhere.looks_at(SHOP) == (Fqdn.parse("_dmarc.a.other.example"),)
