from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from omi_core.dns.claim import Claim, WholeSet
from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.providers.interface import zone_of
from omi_core.dns.publication import (
    operator_claims,
    publications,
    sender_claims,
    with_stale_keys_removed,
)
from omi_core.dns.record import Opaque, Record
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.inventory.model import Policies
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.mailauth.dkim.selectors import key_name
from omi_core.names import Address, Fqdn

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
    made = plan(Publication(zone=zone, claims=claims), Zone.of(zone, []))
    made.raise_if_unsafe()
    return sorted(str(record) for change in made.changes for record in change.after)


def test_the_operators_zone_holds_addresses_spf_and_everybodys_keys() -> None:
    domain = SenderDomain(name=SHOP, keys={"omi1": KEY})
    assert published(operator_claims(OPERATOR, [domain]), ZONE) == [
        '_dmarc.itpison.com. 3600 TXT "v=DMARC1; p=none"',
        '_spf.itpison.com. 300 TXT "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1 -all"',
        "mail.itpison.com. 300 A 192.0.2.1",
        "mail.itpison.com. 300 A 192.0.2.2",
        "mail.itpison.com. 300 AAAA 2001:db8::1",
        "omi1._domainkey.itpison.com. 3600 CNAME omi1.itpison.com.dkim.itpison.com.",
        'omi1.shop.example.dkim.itpison.com. 300 TXT "v=DKIM1; k=rsa; p=a2V5"',
        "omi2._domainkey.itpison.com. 3600 CNAME omi2.itpison.com.dkim.itpison.com.",
        "smtp.itpison.com. 300 A 192.0.2.1",
        "smtp.itpison.com. 300 AAAA 2001:db8::1",
        'smtp.itpison.com. 300 TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"',
        "smtp2.itpison.com. 300 A 192.0.2.2",
        'smtp2.itpison.com. 300 TXT "v=spf1 ip4:192.0.2.2 -all"',
    ]


def test_the_operators_own_key_brings_no_sender_policy_for_his_zone() -> None:
    """The relays sign their notices by it; who sends from the zone itself is not known here."""
    own = SenderDomain(name=ZONE, keys={"omi1": KEY}, sends=False)
    [made] = publications(OPERATOR, [own], [ZONE])
    records = published(made.claims, ZONE)
    assert 'omi1.itpison.com.dkim.itpison.com. 300 TXT "v=DKIM1; k=rsa; p=a2V5"' in records
    assert not [each for each in records if each.startswith("itpison.com.")]


def test_an_operator_who_is_his_own_customer_has_both() -> None:
    own = SenderDomain(name=ZONE, keys={"omi1": KEY})
    [made] = publications(OPERATOR, [own], [ZONE])
    records = published(made.claims, ZONE)
    assert 'itpison.com. 3600 TXT "v=spf1 include:_spf.itpison.com ~all"' in records
    assert len([each for each in records if "._domainkey.itpison.com." in each]) == 2


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
        ({"keys": {"omi3": KEY}}, "'omi3' is not a slot"),
        ({"withdrawn": frozenset({"x"})}, "'x' is not a slot"),
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


def test_policies_are_published_only_where_they_are_set() -> None:
    said = Policies(
        dmarc_reports=Address.parse("dmarc@itpison.com"),
        tls_reports=Address.parse("tls@itpison.com"),
        mta_sts="20300101",
        caa=("ca.example",),
    )
    operator = replace(OPERATOR, policies=said)
    plain = published(operator_claims(OPERATOR, [SenderDomain(name=SHOP)]), ZONE)
    more = published(operator_claims(operator, [SenderDomain(name=SHOP)]), ZONE)
    assert sorted(set(more) - set(plain)) == [
        '_dmarc.itpison.com. 3600 TXT "v=DMARC1; p=none; rua=mailto:dmarc@itpison.com"',
        '_mta-sts.itpison.com. 3600 TXT "v=STSv1; id=20300101;"',
        '_smtp._tls.itpison.com. 3600 TXT "v=TLSRPTv1; rua=mailto:tls@itpison.com"',
        'mail.itpison.com. 3600 CAA 0 issue "ca.example"',
        'shop.example._report._dmarc.itpison.com. 3600 TXT "v=DMARC1"',
        'smtp.itpison.com. 3600 CAA 0 issue "ca.example"',
        'smtp2.itpison.com. 3600 CAA 0 issue "ca.example"',
    ]


def test_reports_that_go_elsewhere_are_not_ours_to_authorise() -> None:
    said = Policies(dmarc_reports=Address.parse("dmarc@reader.example"))
    names = operator_claims(replace(OPERATOR, policies=said), [SenderDomain(name=SHOP)])
    assert not any("_report" in claim.name.text for claim in names)


def test_the_spf_of_a_relays_name_leaves_other_strings_there() -> None:
    name = ZONE.child("smtp2")
    theirs, old = (
        Record(name=name, type="TXT", ttl=60, data=Txt.of(text))
        for text in ("verify=x", "v=spf1 a -all")
    )
    claims = operator_claims(OPERATOR, [])
    made = plan(Publication(zone=ZONE, claims=claims), Zone.of(ZONE, [theirs, old]))
    [change] = [c for c in made.changes if (c.name, c.type) == (name, "TXT")]
    assert change.removes == (old,)
    assert theirs in change.after


def test_keys_of_domains_that_left_are_withdrawn_and_no_others() -> None:
    def key(labels: str) -> Record:
        return Record(name=ZONE.child(labels), type="TXT", ttl=300, data=Txt.of("v=DKIM1; p=x"))

    gone = [key("omi1.left.example.dkim"), key("omi2e.left.example.dkim")]
    stay = [key("omi1.shop.example.dkim"), key("s1.left.example.dkim"), key("omi1.left.example")]
    wanted = with_stale_keys_removed(
        Publication(zone=ZONE, claims=()),
        Zone.of(ZONE, [*gone, *stay]),
        OPERATOR,
        [SenderDomain(name=SHOP)],
    )
    made = plan(wanted, Zone.of(ZONE, [*gone, *stay]))
    assert [change.before for change in made.changes] == [(record,) for record in gone]


RETIRED = ZONE.child("smtp3")
GONE = (
    Record(name=RETIRED, type="A", ttl=300, data=IPv4Address("192.0.2.3")),
    Record(name=RETIRED, type="AAAA", ttl=300, data=IPv6Address("2001:db8::3")),
    Record(
        name=RETIRED,
        type="TXT",
        ttl=300,
        data=Txt.of("v=spf1 ip4:192.0.2.3 ip6:2001:db8::3 -all"),
    ),
)


def retiring(*there: Record, policies: Policies = OPERATOR.policies) -> Plan:
    operator = replace(OPERATOR, retired=(RETIRED,), policies=policies)
    claims = tuple(c for c in operator_claims(operator, []) if c.name == RETIRED)
    return plan(Publication(zone=ZONE, claims=claims), Zone.of(ZONE, there))


def test_a_relay_that_is_gone_is_withdrawn_with_all_that_stood_at_its_name() -> None:
    made = retiring(*GONE)
    made.raise_if_unsafe()
    assert sorted(str(r) for c in made.changes for r in c.removes) == sorted(map(str, GONE))
    assert not retiring()


def test_a_relay_that_is_gone_takes_its_issuers_along() -> None:
    caa = Record(name=RETIRED, type="CAA", ttl=300, data=Opaque('0 issue "ca.example"'))
    assert len(retiring(*GONE, caa).changes) == 3
    assert len(retiring(*GONE, caa, policies=Policies(caa=("ca.example",))).changes) == 4


def test_what_others_wrote_at_the_name_of_a_former_relay_stays() -> None:
    theirs = Record(name=RETIRED, type="TXT", ttl=60, data=Txt.of("verify=x"))
    [change] = [c for c in retiring(*GONE, theirs).changes if c.type == "TXT"]
    assert change.after == (theirs,)


@pytest.mark.parametrize(
    "there",
    [
        GONE[:1],
        GONE[:2],
        (*GONE[:2], replace(GONE[2], data=Txt.of("v=spf1 ip4:192.0.2.3 mx -all"))),
        (*GONE, replace(GONE[0], data=IPv4Address("192.0.2.99"))),
    ],
    ids=["an address", "two addresses", "another policy", "an address more"],
)
def test_a_name_that_does_not_look_like_a_relay_of_ours_is_not_withdrawn(
    there: tuple[Record, ...],
) -> None:
    made = retiring(*there)
    assert made.changes == ()
    with pytest.raises(
        InputError, match=r"smtp3\.itpison\.com is not a relay of ours that is gone"
    ):
        made.raise_if_unsafe()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("smtp.itpison.com", "the inventory has it"),
        ("mail.itpison.com", "the inventory has it"),
        ("itpison.com", r"it is not a name in itpison\.com"),
        ("smtp3.elsewhere.example", r"it is not a name in itpison\.com"),
    ],
)
def test_only_a_former_name_in_the_operators_zone_can_be_retired(name: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        replace(OPERATOR, retired=(Fqdn.parse(name),))
