"""Nothing that a customer had is gone from what we hand out, say or publish; all of it agrees."""

import json
import re
from collections.abc import Callable, Iterator

import pytest

from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.plan import Publication, plan
from omi_core.dns.record import Record as Published
from omi_core.dns.spf_budget import within_budget
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.language import EN, ZH_TW, languages
from omi_core.mailauth.mangled import repaired
from omi_core.mailauth.questions import Answer
from omi_core.names import Fqdn
from omi_core.onboarding.entries import Entry, Onboarding, RecordAction
from omi_core.onboarding.formats import as_json, cloudflare_import, table, zone_file
from omi_core.onboarding.report import DomainReport
from tests.unit import customers_records as cases
from tests.unit.customers_records import OURS, Written
from tests.unit.mailauth.spf.test_merge import pyspf
from tests.unit.onboarding.test_commands import validate
from tests.unit.onboarding.test_mistakes import at_apex, at_policy, findings, mistaken
from tests.unit.onboarding.tree import OURS as OPERATOR
from tests.unit.onboarding.tree import Tree

SHOP = Fqdn.parse("shop.example")
REPLACED = re.compile(r"replace (TXT .*) by: (?:TXT )?(.*)$", re.DOTALL)
SPF = (*cases.SPF, cases.SPF_PASSES_ALL)
Omi = Callable[..., tuple[int, str, str]]


def pieces(text: str) -> set[str]:
    """The terms or tags of a text, without its version, ours, and how they are parted."""
    words = re.split(r"[;,\s]+", repaired(text).replace('"', ""))
    return {
        word
        for word in words
        if word
        and not re.fullmatch(r"v=spf1|v|=|v=dmarc1|dmarc1", word, re.IGNORECASE)
        and "_spf.relay.example" not in word.lower()
    }


REPORTS: dict[Written, DomainReport] = {}


def published(tree: Tree, case: Written) -> DomainReport:
    """What is said of a zone with these texts; looked at once."""
    if case not in REPORTS:
        REPORTS[case] = looked_at(tree, case)
    return REPORTS[case]


def looked_at(tree: Tree, case: Written) -> DomainReport:
    at = at_policy if case in cases.DMARC else at_apex
    tree.publish(mistaken(at("", *case.texts)))
    return tree.look()


def entry_of(made: Onboarding, case: Written) -> Entry:
    name = "_dmarc.shop.example" if case in cases.DMARC else "shop.example"
    [entry] = [each for each in made.entries if each.name == name]
    return entry


def is_kept(piece: str, entry: Entry) -> bool:
    """Whether it is in the record that is handed out, or named beside it."""
    said = f"{entry.value} {entry.note.en if entry.note else ''}".lower()
    ways = {piece, piece.replace("redirect=", "include:"), piece.partition("=")[2] or piece}
    ways |= {f"mailto:{piece}"}
    return any(way.lower() in said for way in ways)


def outputs(made: Onboarding) -> Iterator[str]:
    for language in languages():
        yield table(made, language)
        yield zone_file(made, language)
        yield cloudflare_import(made, language)
    yield json.dumps(as_json(made), ensure_ascii=False)


@pytest.mark.parametrize("case", [*SPF, *cases.DMARC], ids=str)
def test_what_is_handed_out_holds_everything_or_leaves_the_record_alone(
    tree: Tree, case: Written
) -> None:
    made = published(tree, case).onboarding
    assert made is not None
    entry = entry_of(made, case)
    if case.fault:
        assert entry.action is RecordAction.CORRECT
        assert entry.value in case.texts
        assert entry.note is not None
        assert case.fault in entry.note.en
        assert entry in made.to_do
        for text in outputs(made):
            assert entry.note.en in text or entry.note.in_(ZH_TW) in text
            assert not re.search(rf"^{entry.name}\. \d+ IN TXT", text, re.MULTILINE)
        return
    # A server's answer has no order, and that of joined records follows it.
    assert entry.value == case.record or len(case.texts) > 1
    ends = {"-all", "~all"} if len(case.texts) > 1 else ()
    weaker = {"p=none", "p=qarantine"} if len(case.texts) > 1 or case.id == "p= twice" else ()
    for text in case.texts:
        lost = [one for one in pieces(text) - {*ends, *weaker} if not is_kept(one, entry)]
        assert lost == []
    if case in SPF and "macro" not in case.id:
        assert {pyspf(entry.value, one) for one in OPERATOR.addresses} == {"pass"}


@pytest.mark.parametrize("case", [*SPF, *cases.DMARC], ids=str)
def test_a_remedy_never_has_a_record_replaced_by_the_same_or_by_less(
    tree: Tree, case: Written
) -> None:
    report = published(tree, case)
    assert report.onboarding is not None
    entry = entry_of(report.onboarding, case)
    about = [each for each in report.findings if each.subject == entry.name]
    if entry.action is not RecordAction.KEEP:
        assert about
    for each in about:
        if found := REPLACED.search(each.remedy.en):
            old, new = found.groups()
            assert case.fault == ""
            assert old.removeprefix("TXT ") != new
            assert "p=none" not in new or "p=none" in case.record
            assert new == entry.value or pieces(entry.value) == pieces(new)
        elif case.fault:
            assert case.fault in each.remedy.en
            assert "replace nothing" in each.remedy.en


def planned(case: Written) -> tuple[dict[Fqdn, list[str]], tuple[str, ...]]:
    name = SHOP.child("_dmarc") if case in cases.DMARC else SHOP
    records = [Published(name=name, type="TXT", ttl=60, data=Txt.of(text)) for text in case.texts]
    spf = SpfInclude(name=SHOP, ttl=60, target=OPERATOR.spf_name, addresses=OPERATOR.addresses)
    policy = DmarcDefault(domain=SHOP, ttl=60, record="v=DMARC1; p=none")
    wanted = Publication(zone=SHOP, claims=(spf, policy))
    made = within_budget(plan(wanted, Zone.of(SHOP, records)), wanted, lambda _: Answer())
    after = {
        each.name: [one.data.text for one in each.after if isinstance(one.data, Txt)]
        for each in made.changes
    }
    return after, tuple(map(str, made.refusals))


@pytest.mark.parametrize("case", cases.SPF, ids=str)
def test_a_plan_publishes_the_same_record_or_refuses_by_name_and_term(case: Written) -> None:
    after, refusals = planned(case)
    texts = after.get(SHOP)
    if texts is not None:
        assert case.fault == ""
        assert texts == [case.record]
    for refusal in refusals:
        assert refusal.startswith("shop.example")
        assert case.fault in refusal or "and receivers cannot" in refusal
    is_there = case.texts == (case.record,) or f" {OURS} " in f" {case.texts[0]} "
    assert texts or refusals or is_there


@pytest.mark.parametrize("case", cases.DMARC, ids=str)
def test_a_plan_never_writes_a_policy_where_one_was_meant(case: Written) -> None:
    after, _ = planned(case)
    assert set(after) == {SHOP}


def test_a_record_with_our_include_is_not_refused_for_another_term() -> None:
    """A deploy does not begin to fail for a record that it would not touch."""
    assert planned(Written("", (f"v=spf1 {OURS} mx ip4:203.0.113.7~all",)))[1] == ()


def test_the_whole_world_is_left_to_its_owner_by_a_plan_and_said_by_the_advice(tree: Tree) -> None:
    after, refusals = planned(cases.SPF_PASSES_ALL)
    assert (after.get(SHOP), refusals) == (None, ())
    without = Written("", ("v=spf1 mx +all",))
    assert planned(without)[0][SHOP] == [f"v=spf1 mx {OURS} +all"]
    for case in (cases.SPF_PASSES_ALL, without):
        report = published(tree, case)
        assert findings(report) == ["spf-passes-all"]
        assert report.onboarding is not None
        entry = entry_of(report.onboarding, case)
        assert entry.value == cases.SPF_PASSES_ALL.record
        assert entry.note is not None
        assert "+all" in entry.note.en
        remedy = report.findings[0].remedy
        assert remedy.en.endswith(f"nobody else passes with: TXT v=spf1 mx {OURS} ~all")
        assert f"v=spf1 mx {OURS} ~all" in remedy.in_(ZH_TW)
    tree.publish(mistaken(at_apex("", f"v=spf1 mx {OURS} ~all")))
    assert findings(tree.look()) == []


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((f"v=spf1 mx -all {OURS}",), f"{OURS} stands behind all"),
        ((f"v=spf1 ?{OURS} ~all",), f"a match of ?{OURS} is not a pass"),
    ],
)
def test_where_our_include_does_not_help_the_finding_says_why(
    tree: Tree, texts: tuple[str, ...], said: str
) -> None:
    report = published(tree, Written("", texts))
    assert findings(report) == ["spf-not-included"]
    assert said in report.findings[0].text.en


@pytest.mark.parametrize(
    "before", ["include:%{ir}.void.services.example", "-ip4:192.0.2.0/24 -ip6:2001:db8::/32"]
)
def test_a_term_before_our_include_that_decides_has_ours_put_first(tree: Tree, before: str) -> None:
    report = published(tree, Written("", (f"v=spf1 {before} {OURS} -all",)))
    [found] = report.findings
    first = f"v=spf1 {OURS} {before} -all"
    assert found.remedy.en.endswith(f"by: TXT {first}")
    assert "移到最前面" in found.remedy.in_(ZH_TW)
    tree.publish(mistaken(at_apex("", first)))
    assert findings(tree.look()) == []


@pytest.mark.parametrize(
    ("where", "kind", "text", "value"),
    [
        ("shop.example", "TXT", "v=spf1 mx ip4:203.0.113.7 -all",
         f"v=spf1 mx ip4:203.0.113.7 {OURS} -all"),
        ("@", "SPF", "v=spf1 mx -all ip4:203.0.113.7", f"v=spf1 mx {OURS} -all ip4:203.0.113.7"),
        ("shop.example", "TXT", "v=spf1 ipv4:203.0.113.7 -all", "the mechanism is called ip4"),
        ("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject; rua=mailto:d@shop.example",
         "v=DMARC1; p=reject; rua=mailto:d@shop.example"),
        ("@", "TXT", "v=DMARC1; p=reject; rua=d@shop.example",
         "v=DMARC1; p=reject; rua=mailto:d@shop.example"),
    ],
)  # fmt: skip
def test_what_was_entered_in_a_wrong_place_is_taken_along(
    tree: Tree, where: str, kind: str, text: str, value: str
) -> None:
    mistake = at_policy("", *()) if "DMARC" in text else at_apex("", *())
    tree.publish([*mistaken(mistake), (where, kind, text)])
    [found] = tree.look().findings
    assert value in found.remedy.en
    assert value in found.expected.en


def test_ten_includes_are_answered_with_our_addresses(tree: Tree) -> None:
    """A plan publishes the same: tests/unit/dns/test_spf_budget.py."""
    hosts = " ".join(f"a:h{n}.services.example" for n in range(1, 10))
    record = f"v=spf1 {hosts} a:g1.services.example ~all"
    for text in (record, "v=spf1 include:ten.services.example a:h9.services.example ~all"):
        made = published(tree, Written("", (text,))).onboarding
        assert made is not None
        [entry] = [each for each in made.entries if each.name == "shop.example"]
        assert entry.value == text.replace("v=spf1", "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25")
        assert made.by_address
        assert planned(Written("", (entry.value,)))[0].get(SHOP) is None


def test_what_has_to_be_corrected_is_said_on_the_command_line_and_in_json(
    tree: Tree, omi: Omi
) -> None:
    tree.publish(mistaken(at_apex("", "v=spf1 mx ip4:203.0.113.7~all")))
    said = "ip4:203.0.113.7~all: a space is missing before ~all"
    table_ = omi("records", "shop.example", "--no-panels")[1]
    assert "[correct it by hand]" in table_
    assert "Stands there: v=spf1 mx ip4:203.0.113.7~all" in table_
    assert f"have {OURS} stand before all" in table_
    assert "前面少了一個空格" in omi("records", "shop.example", "--lang", "zh-TW")[1]
    [line] = omi("records", "shop.example", "--format", "zone")[1].splitlines()
    assert line == (
        f'; correct by hand: shop.example. TXT "v=spf1 mx ip4:203.0.113.7~all": {said}; correct'
        f" this term, leave all others as they are, and have {OURS} stand before all"
    )
    document = json.loads(omi("records", "shop.example", "--format", "json")[1])
    validate("dns-records", document)
    assert document["entries"][0]["action"] == "correct"
    code, out, _ = omi("verify", "shop.example", "--json")
    validate("dns-verify", json.loads(out))
    assert code == 1


def test_a_line_break_in_a_record_begins_no_line_of_a_zone_file(tree: Tree) -> None:
    made = published(tree, Written("", ("v=spf1 mx\n-all", "v=spf1 a\nevil TXT x ~all"))).onboarding
    assert made is not None
    lines = zone_file(made, EN).splitlines()
    assert all(line.startswith((";", "shop.example. ")) for line in lines)
