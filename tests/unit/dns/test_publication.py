from ipaddress import IPv4Address, IPv6Address

import pytest

from omi_core.dns.claim import Claim, WholeSet
from omi_core.dns.dkim import DkimKey
from omi_core.dns.plan import plan
from omi_core.dns.provider import zone_of
from omi_core.dns.publication import (
    Operator,
    RelayAddress,
    SenderDomain,
    key_name,
    operator_claims,
    publications,
    sender_claims,
)
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.names import Fqdn

ZONE = Fqdn.parse("itpison.com")
SHOP = Fqdn.parse("shop.example")
KEY = DkimKey(public_key=b"key")
FIRST = RelayAddress(
    name=ZONE.child("smtp"), ipv4=IPv4Address("192.0.2.1"), ipv6=IPv6Address("2001:db8::1")
)
SECOND = RelayAddress(name=ZONE.child("smtp2"), ipv4=IPv4Address("192.0.2.2"))
OPERATOR = Operator(
    zone=ZONE,
    relays=(FIRST, SECOND),
    public_names={
        ZONE.child("mail"): (FIRST, SECOND),
        Fqdn.parse("smtp.elsewhere.example"): (FIRST,),
    },
)


def published(claims: tuple[Claim, ...], zone: Fqdn) -> list[str]:
    """What an empty zone holds afterwards."""
    from omi_core.dns.plan import Publication

    made = plan(Publication(zone=zone, claims=claims), Zone.of(zone, []))
    made.raise_if_unsafe()
    return sorted(str(record) for change in made.changes for record in change.after)


def test_the_operators_zone_holds_addresses_spf_and_everybodys_keys() -> None:
    domain = SenderDomain(name=SHOP, keys={"omi1": KEY})
    assert published(operator_claims(OPERATOR, [domain]), ZONE) == [
        '_spf.itpison.com. 300 TXT "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1 -all"',
        "mail.itpison.com. 300 A 192.0.2.1",
        "mail.itpison.com. 300 A 192.0.2.2",
        "mail.itpison.com. 300 AAAA 2001:db8::1",
        'omi1.shop.example.dkim.itpison.com. 300 TXT "v=DKIM1; k=rsa; p=a2V5"',
        "smtp.itpison.com. 300 A 192.0.2.1",
        "smtp.itpison.com. 300 AAAA 2001:db8::1",
        "smtp2.itpison.com. 300 A 192.0.2.2",
    ]


def test_a_customer_has_both_cnames_whether_or_not_there_are_keys() -> None:
    assert published(sender_claims(SenderDomain(name=SHOP), OPERATOR), SHOP) == [
        '_dmarc.shop.example. 3600 TXT "v=DMARC1; p=none"',
        "omi1._domainkey.shop.example. 3600 CNAME omi1.shop.example.dkim.itpison.com.",
        "omi2._domainkey.shop.example. 3600 CNAME omi2.shop.example.dkim.itpison.com.",
        'shop.example. 3600 TXT "v=spf1 include:_spf.itpison.com ~all"',
    ]


def test_a_slot_is_withdrawn_only_when_it_is_said() -> None:
    withdrawn = SenderDomain(name=SHOP, keys={"omi2": KEY}, withdrawn=frozenset({"omi1"}))
    names = {claim.name: claim for claim in operator_claims(OPERATOR, [withdrawn])}
    gone = names[key_name(SHOP, "omi1", ZONE)]
    assert isinstance(gone, WholeSet)
    assert gone.values == ()
    unread = SenderDomain(name=SHOP, keys={"omi2": KEY})
    assert key_name(SHOP, "omi1", ZONE) not in {c.name for c in operator_claims(OPERATOR, [unread])}


@pytest.mark.parametrize(
    ("domain", "fault"),
    [
        ({"keys": {"omi3": KEY}}, "'omi3' is no slot"),
        ({"withdrawn": frozenset({"x"})}, "'x' is no slot"),
        ({"keys": {"omi1": KEY}, "withdrawn": frozenset({"omi1"})}, "'omi1' is also withdrawn"),
    ],
)
def test_slots_that_make_no_sense_are_refused(domain: dict[str, object], fault: str) -> None:
    with pytest.raises(InputError, match=rf"shop\.example: {fault}"):
        SenderDomain(name=SHOP, **domain)  # type: ignore[arg-type]


def test_each_zone_gets_what_stands_in_it_and_the_rest_is_the_customers() -> None:
    domains = [
        SenderDomain(name=SHOP),
        SenderDomain(name=Fqdn.parse("not-ours.example")),
        SenderDomain(name=ZONE),
    ]
    both = publications(OPERATOR, domains, [SHOP, ZONE, Fqdn.parse("unused.example")])
    assert [each.zone for each in both] == [ZONE, SHOP]
    assert len(both[1].claims) == 4
    assert Fqdn.parse("_dmarc.itpison.com") in both[0].looks_at()
    assert all(claim.name.within(each.zone) for each in both for claim in each.claims)


def test_an_operator_who_may_not_write_his_own_zone_is_told() -> None:
    with pytest.raises(InputError, match=r"itpison\.com may not be written"):
        publications(OPERATOR, [], [SHOP])


def test_a_name_is_in_the_innermost_zone() -> None:
    news = SHOP.child("news")
    assert zone_of(news.child("www"), [SHOP, news, ZONE]) == news
    assert zone_of(SHOP, [news]) is None
