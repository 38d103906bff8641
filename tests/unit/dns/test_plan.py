import json
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.claim import Claim, WholeSet
from omi_core.dns.errors import PlanRefusedError
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.plan import Action, Plan, Publication, plan
from omi_core.dns.record import Data, Opaque, Record, Type
from omi_core.dns.safety import NO_LIMITS, PlanLimits
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
OURS = Fqdn.parse("_spf.itpison.com")
SPF = SpfInclude(name=SHOP, ttl=3600, target=OURS)
DMARC = DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none")


def record(labels: str, kind: str, data: Data | str, ttl: int = 900) -> Record:
    name = SHOP.child(labels) if labels else SHOP
    value = (Txt.of(data) if kind == "TXT" else Opaque(data)) if isinstance(data, str) else data
    return Record(name=name, type=kind, ttl=ttl, data=value)


def zone(*records: Record) -> Zone:
    soa = record("", "SOA", "ns1.shop.example. h.shop.example. 1 3600 600 86400 60")
    return Zone.of(SHOP, (soa, record("", "NS", "ns1.shop.example."), *records))


def whole(labels: str, kind: Type, *values: Data, ttl: int = 300) -> WholeSet:
    name = SHOP.child(labels) if labels else SHOP
    return WholeSet(name=name, type=kind, ttl=ttl, values=values)


def wanted(*claims: Claim) -> Publication:
    return Publication(zone=SHOP, claims=claims)


def applied(made: Plan, observed: Zone) -> Zone:
    touched = {(change.name, change.type) for change in made.changes}
    kept = [r for r in observed.records if (r.name, r.type) not in touched]
    return Zone.of(observed.name, [*kept, *(r for change in made.changes for r in change.after)])


def lines(made: Plan) -> list[str]:
    return [line.replace("shop.example.", "@") for line in made.lines()]


CNAME = whole("omi1._domainkey", Type.CNAME, Fqdn.parse("omi1.shop.example.dkim.itpison.com"))


def test_an_empty_zone_gets_everything() -> None:
    made = plan(wanted(CNAME, SPF, DMARC), zone())
    assert lines(made) == [
        '+ _dmarc.@ TXT 3600 "v=DMARC1; p=none"',
        "+ omi1._domainkey.@ CNAME 300 omi1.@dkim.itpison.com.",
        '+ @ TXT 3600 "v=spf1 include:_spf.itpison.com ~all"',
    ]
    assert {change.action for change in made.changes} == {Action.CREATE}
    assert not plan(wanted(CNAME, SPF, DMARC), applied(made, zone()))


def test_a_shared_set_keeps_the_strings_and_the_ttl_of_others() -> None:
    theirs = record("", "TXT", "google-site-verification=x")
    observed = zone(theirs, record("", "TXT", "v=spf1 mx -all"))
    [change] = plan(wanted(SPF), observed).changes
    assert str(change) == (
        '~ shop.example. TXT 900 "v=spf1 mx -all" -> '
        '900 "v=spf1 mx include:_spf.itpison.com -all" (beside 1 kept)'
    )
    assert theirs in change.before
    assert theirs in change.after
    assert change.action is Action.UPDATE


def test_spf_that_has_our_include_is_kept_octet_for_octet() -> None:
    assert not plan(wanted(SPF), zone(record("", "TXT", "v=spf1  include:_spf.itpison.com  -all")))


def test_two_records_become_one_where_every_term_of_both_is_in_it() -> None:
    theirs = [record("", "TXT", text) for text in ("v=spf1 mx -all", "v=spf1 ip4:203.0.113.7 -all")]
    [change] = plan(wanted(SPF), zone(*theirs)).changes
    [published] = change.after
    text = "v=spf1 ip4:203.0.113.7 mx include:_spf.itpison.com -all"
    assert published.data == Txt.of(text)
    assert set(change.removes) == set(theirs)
    assert not plan(wanted(SPF), zone(published))


def test_a_text_that_no_receiver_sees_has_a_say_in_the_merge() -> None:
    theirs = [record("", "TXT", text) for text in ("v=spf1 mx -all", '"v=spf1 a -all"')]
    made = plan(wanted(SPF), zone(*theirs))
    assert not made.changes
    assert "'\"v=spf1 a -all\"' was meant as SPF, and receivers cannot read it" in str(
        made.refusals[0]
    )


def test_several_includes_come_together_in_one_record() -> None:
    other = SpfInclude(name=SHOP, ttl=60, target=Fqdn.parse("two.example"))
    [change] = plan(wanted(SPF, other, SPF), zone()).changes
    [published] = change.after
    assert published.data == Txt.of("v=spf1 include:_spf.itpison.com include:two.example ~all")


@pytest.mark.parametrize(
    ("where", "kind", "data"),
    [
        ("_dmarc", "TXT", "v=DMARC1; p=reject"),
        ("_dmarc", "TXT", "v=DMARC1 p=broken"),
        ("_dmarc", "TXT", "v=dmarc1; p=reject"),
        ("_dmarc", "TXT", "\u201cv=DMARC1; p=reject\u201d"),
        ("_dmarc", "TXT", "p=reject; rua=mailto:a@shop.example"),
        ("", "TXT", "v=DMARC1; p=reject"),
        ("_dmarc", "CNAME", Fqdn.parse("shop.vendor.example")),
    ],
)
def test_a_dmarc_policy_of_somebody_stays(where: str, kind: str, data: Data | str) -> None:
    assert not plan(wanted(DMARC), zone(record(where, kind, data)))


def test_a_policy_of_the_organisation_is_not_weakened_below_it() -> None:
    below = DmarcDefault(domain=SHOP.child("a.news"), ttl=60, record="v=DMARC1; p=none")
    assert below.looks_at(SHOP) == (
        Fqdn("_dmarc.a.news.shop.example."),
        Fqdn("_dmarc.news.shop.example."),
        Fqdn("_dmarc.shop.example."),
    )
    assert not plan(wanted(below), zone(record("_dmarc", "TXT", "v=DMARC1; p=reject")))
    assert plan(wanted(below), zone(record("_dmarc", "TXT", "something else")))


def test_a_set_of_ours_is_created_updated_and_deleted() -> None:
    one, two = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    observed = zone(record("a", "A", one), record("b", "A", one, 300), record("c", "A", one))
    desired = wanted(
        whole("d", Type.A, one),
        whole("b", Type.A, two, one),
        whole("c", Type.A, one),
        whole("a", Type.A),
        whole("e", Type.A),
    )
    assert lines(plan(desired, observed)) == [
        "- a.@ A 900 192.0.2.1",
        "~ b.@ A 300 192.0.2.2 (beside 1 kept)",
        "~ c.@ A 900 192.0.2.1 -> 300 192.0.2.1",
        "+ d.@ A 300 192.0.2.1",
    ]


@pytest.mark.parametrize(
    ("claim", "observed", "sentence"),
    [
        (
            CNAME,
            zone(record("omi1._domainkey", "TXT", "key")),
            (
                "omi1._domainkey.shop.example cannot become a CNAME while it has TXT; "
                "remove that first"
            ),
        ),
        (
            SpfInclude(name=SHOP.child("www"), ttl=60, target=OURS),
            zone(record("www", "CNAME", SHOP)),
            (
                "www.shop.example is a CNAME, so TXT cannot stand there; "
                "remove it, or publish at the name it points to"
            ),
        ),
        (
            whole("", Type.CNAME, OURS),
            zone(),
            "shop.example cannot become a CNAME while it has NS, SOA; remove that first",
        ),
        (
            whole("x.sub", Type.TXT, Txt.of("x")),
            zone(record("sub", "NS", "ns.example.")),
            "x.sub.shop.example belongs to another zone, which begins at sub.shop.example",
        ),
        (
            whole("sub", Type.TXT, Txt.of("x")),
            zone(record("sub", "NS", "ns.example.")),
            "sub.shop.example belongs to another zone, which begins at sub.shop.example",
        ),
        (
            whole("x.d", Type.TXT, Txt.of("x")),
            zone(record("d", "DNAME", "ns.example.")),
            "x.d.shop.example belongs to another zone, which begins at d.shop.example",
        ),
        (
            WholeSet(name=OURS, type=Type.TXT, ttl=60, values=()),
            zone(),
            "_spf.itpison.com is not in the zone shop.example",
        ),
        (
            WholeSet(name=SHOP, type="NS", ttl=60, values=()),  # type: ignore[arg-type]
            zone(),
            "shop.example NS is a type that is never written",
        ),
        (
            SPF,
            zone(record("", "TXT", "v=spf1 mx"), record("", "TXT", "v=spf1 -all")),
            (
                "shop.example: of several SPF records, which no receiver accepts (RFC 7208 4.5), "
                "one record cannot hold -all; join them as `omi dns records shop.example` says, if "
                "that is meant"
            ),
        ),
        (
            SPF,
            zone(record("", "TXT", "v=spf1 mx\u00fc")),
            (
                "shop.example: the SPF record stays as it is, without include:_spf.itpison.com, "
                "until a term in it is corrected: mx\u00fc: U+00FC LATIN SMALL LETTER U WITH"
                " DIAERESIS in it is not ASCII, whatever it looks like; correct it and run again"
            ),
        ),
        (
            SPF,
            Zone(name=SHOP, records=(), asked=frozenset()),
            "shop.example was not read from the server",
        ),
    ],
)
def test_what_may_not_be_done_is_refused_in_one_sentence(
    claim: Claim, observed: Zone, sentence: str
) -> None:
    made = plan(wanted(claim), observed)
    assert tuple(map(str, made.refusals)) == (sentence,)
    assert made
    stopped = "; nothing of this zone is applied" if made.stops else ""
    assert made.lines()[-1] == f"! {sentence}{stopped}"
    with pytest.raises(PlanRefusedError) as caught:
        made.raise_if_unsafe()
    assert str(caught.value) == f"shop.example: {sentence}"
    assert caught.value.refusals == made.refusals


def test_two_claims_on_the_whole_of_a_set_contradict_each_other() -> None:
    one, two = (whole("k", Type.TXT, Txt.of(text)) for text in "ab")
    [refusal] = plan(wanted(one, two), zone()).refusals
    assert str(refusal) == "k.shop.example TXT is claimed twice, with different content"
    assert not plan(wanted(one, one), zone()).refusals


def test_a_cname_may_replace_what_the_same_plan_removes() -> None:
    observed = zone(record("omi1._domainkey", "TXT", "key"))
    made = plan(wanted(whole("omi1._domainkey", Type.TXT), CNAME), observed)
    made.raise_if_unsafe()
    assert [change.action for change in made.changes] == [Action.DELETE, Action.CREATE]


def test_the_signers_own_records_may_stand_beside_a_cname() -> None:
    signed = (record("omi1._domainkey", kind, "x") for kind in ("NSEC", "RRSIG"))
    plan(wanted(CNAME), zone(*signed)).raise_if_unsafe()


def test_a_dname_at_the_apex_leaves_the_apex_itself() -> None:
    plan(wanted(SPF), zone(record("", "DNAME", "other.example."))).raise_if_unsafe()


def test_too_much_at_once_is_refused() -> None:
    observed = zone(*(record(f"k{n}", "TXT", "old", 300) for n in range(10)))

    def changing(count: int, *values: Data) -> Publication:
        changed = (whole(f"k{n}", Type.TXT, *values) for n in range(count))
        kept = (whole(f"k{n}", Type.TXT, Txt.of("old")) for n in range(count, 10))
        return wanted(*changed, *kept)

    new = Txt.of("new")
    plan(changing(3, new), observed).raise_if_unsafe()
    assert tuple(map(str, plan(changing(4, new), observed).refusals)) == (
        (
            "the plan would update 4 of our 10 record sets, more than 30% at once; "
            "look at it and raise the limit if it is meant"
        ),
    )
    assert "delete 4 of our 10" in str(plan(changing(4), observed).refusals[0])
    plan(changing(10), observed, NO_LIMITS).raise_if_unsafe()
    plan(changing(10), observed, PlanLimits(updates=0, deletes=0, least=11)).raise_if_unsafe()


def test_the_checksum_covers_what_the_plan_was_made_from() -> None:
    beside = zone(record("", "TXT", "somebody's"))
    first, second = plan(wanted(SPF), zone()), plan(wanted(SPF), beside)
    assert first.checksum == plan(wanted(SPF), zone()).checksum
    assert first.checksum != second.checksum
    body = json.loads(second.to_json())
    assert body["checksum"] == second.checksum
    assert body["changes"] == [
        {
            "action": "update",
            "name": "shop.example.",
            "type": "TXT",
            "before": [{"ttl": 900, "data": '"somebody\'s"'}],
            "after": [
                {"ttl": 900, "data": '"somebody\'s"'},
                {"ttl": 900, "data": '"v=spf1 include:_spf.itpison.com ~all"'},
            ],
        }
    ]
    assert second.changes[0].expected.agrees_with(r.data for r in second.changes[0].after)


LABELS = st.sampled_from(["", "www", "_dmarc", "omi1._domainkey", "a.news", "_dmarc.news", "sub"])
TEXTS = st.sampled_from(
    ["v=spf1 -all", "v=spf1 include:_spf.itpison.com ~all", "v=DMARC1; p=reject", "x", "y"]
)
RECORDS = st.builds(
    lambda labels, of: record(labels, *of),
    LABELS,
    st.tuples(st.just("TXT"), TEXTS)
    | st.tuples(st.just("CNAME"), st.just(Fqdn.parse("x.example")))
    | st.tuples(st.just("A"), st.sampled_from([IPv4Address(1), IPv4Address(2)]))
    | st.tuples(st.sampled_from(["NS", "DNAME", "MX"]), st.just("x.example.")),
)
CLAIMS = (
    st.builds(
        lambda labels, texts: whole(labels, Type.TXT, *map(Txt.of, texts)),
        LABELS.filter(bool),
        st.lists(TEXTS, max_size=2),
    )
    | st.builds(lambda labels: whole(labels, Type.CNAME, OURS), LABELS)
    | st.builds(
        lambda labels: SpfInclude(name=record(labels, "A", "").name, ttl=60, target=OURS), LABELS
    )
    | st.builds(
        lambda labels: DmarcDefault(
            domain=record(labels, "A", "").name, ttl=60, record="v=DMARC1; p=none"
        ),
        LABELS,
    )
)
ZONES = st.lists(RECORDS, max_size=12).map(lambda records: zone(*dict.fromkeys(records)))
DESIRES = st.lists(CLAIMS, max_size=5).map(lambda claims: wanted(*claims))


def test_a_default_counts_with_what_the_same_plan_takes_away() -> None:
    below = DmarcDefault(domain=SHOP.child("www"), ttl=60, record="v=DMARC1; p=none")
    observed = zone(record("_dmarc", "TXT", Txt.of("v=DMARC1; p=reject")))
    made = plan(wanted(below, whole("_dmarc", Type.TXT)), observed, NO_LIMITS)
    assert [change.name for change in made.changes] == [
        SHOP.child("_dmarc"),
        SHOP.child("_dmarc.www"),
    ]


def test_a_default_gives_way_to_a_policy_that_the_same_plan_brings() -> None:
    below = DmarcDefault(domain=SHOP.child("www"), ttl=60, record="v=DMARC1; p=none")
    above = whole("_dmarc", Type.TXT, Txt.of("v=DMARC1; p=reject"))
    assert len(plan(wanted(below, above), zone(), NO_LIMITS).changes) == 1


@given(DESIRES, ZONES)
def test_no_plan_touches_a_record_that_is_not_ours(desired: Publication, observed: Zone) -> None:
    made = plan(desired, observed, NO_LIMITS)
    after = set(applied(made, observed).records)
    for each in set(observed.records) - after:
        assert any(claim.owns(each) for claim in desired.claims)
        assert each.type not in {"NS", "SOA", "DNAME", "MX"}
        assert observed.delegated_at(each.name) is None


@given(DESIRES, ZONES)
def test_once_applied_there_is_nothing_left_to_do(desired: Publication, observed: Zone) -> None:
    made = plan(desired, observed, NO_LIMITS)
    again = plan(desired, applied(made, observed), NO_LIMITS)
    if not made.refusals:
        assert not again
    assert again.changes == ()


@given(DESIRES, ZONES)
def test_an_applied_plan_leaves_a_cname_alone_at_its_name(
    desired: Publication, observed: Zone
) -> None:
    made = plan(desired, observed, NO_LIMITS)
    if made.refusals:
        return
    after = applied(made, observed)
    for change in made.changes:
        types = {each.type for each in after.at(change.name)}
        assert "CNAME" not in types or types == {"CNAME"} or not change.after
