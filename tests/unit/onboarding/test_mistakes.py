"""Each mistake that people make: exactly its finding, and a remedy that helps when followed."""

from collections.abc import Callable
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from omi_core.findings.finding import Severity
from omi_core.language import ZH_TW
from omi_core.onboarding.entries import RecordAction
from omi_core.onboarding.report import DomainReport
from tests.unit.onboarding.tree import RIGHT, TLD, Record, Tree, real_key

SPF = "v=spf1 include:_spf.relay.example ~all"
DMARC = "v=DMARC1; p=none"
ALIAS = "omi1.shop.example.dkim.relay.example."


@dataclass(frozen=True)
class Mistake:
    """What stands in place of what is right; `misplaced` names go when the remedy is followed."""

    finding: str
    name: str
    instead: tuple[Record, ...]
    misplaced: tuple[str, ...] = ()


def at_apex(finding: str, *texts: str) -> Mistake:
    return Mistake(finding, "@", tuple(("@", "TXT", text) for text in texts))


def at_policy(finding: str, *texts: str) -> Mistake:
    return Mistake(finding, "_dmarc", tuple(("_dmarc", "TXT", text) for text in texts))


def at_selector(finding: str, *records: tuple[str, str], misplaced: str = "") -> Mistake:
    made = tuple((misplaced or "omi1._domainkey", kind, data) for kind, data in records)
    return Mistake(finding, "omi1._domainkey", made, (misplaced,) if misplaced else ())


OLD_KEY = real_key()
MISTAKES = (
    at_selector("domain-twice", ("CNAME", ALIAS), misplaced="omi1._domainkey.shop.example"),
    Mistake("domain-twice", "@", (("shop.example", "TXT", SPF),), ("shop.example",)),
    Mistake(
        "domain-twice", "_dmarc", (("_dmarc.shop.example", "TXT", DMARC),), ("_dmarc.shop.example",)
    ),
    at_apex("quotes-doubled", f'"{SPF}"'),
    at_policy("quotes-missing", "v=DMARC1"),
    at_selector("strings-joined-with-space", ("TXT", OLD_KEY[:200] + " " + OLD_KEY[200:])),
    at_apex("strings-joined-with-space", 'v=spf1 include:_spf.relay.ex" "ample ~all'),
    at_policy("semicolon-dropped", "v=DMARC1 p=none"),
    at_policy("semicolon-escaped", "v=DMARC1\\; p=none"),
    at_selector("key-cut", ("TXT", OLD_KEY[:255])),
    at_selector("cname-wrong-target", ("CNAME", "omi2.shop.example.dkim.relay.example.")),
    at_selector("cname-proxied", ("A", "104.16.1.1"), ("AAAA", "2606:4700::1")),
    at_apex("spf-two-records", SPF, "v=spf1 mx -all"),
    at_apex("spf-not-included", "v=spf1 mx -all"),
    Mistake("spf-type-99", "@", (("@", "SPF", SPF),)),
    at_apex("spf-missing"),
    at_policy("dmarc-two-records", DMARC, "v=DMARC1; p=reject"),
    Mistake("dmarc-at-apex", "_dmarc", (("@", "TXT", DMARC), ("@", "TXT", SPF))),
    at_policy("dmarc-missing"),
    at_selector("selector-wrong", ("CNAME", ALIAS), misplaced="omi1"),
    at_selector("selector-wrong", ("CNAME", ALIAS), misplaced="omi1.domainkey"),
    at_selector("key-old", ("TXT", OLD_KEY)),
    at_selector("key-revoked", ("TXT", "v=DKIM1; k=rsa; p=")),
    at_selector("dkim-missing"),
    at_policy("smart-quotes", "\u201cv=DMARC1; p=none\u201d"),
    at_apex("invisible-characters", f"\u200b{SPF}"),
    at_apex("invisible-characters", SPF.replace(" ", "\u00a0", 1)),
)


# What a remedy could only guess at: the term is named, and a person corrects it.
BY_HAND = (
    (
        at_apex("quotes-missing", "v=spf1include:_spf.relay.example~all"),
        "a space is missing before ~all",
        "v=spf1 include:_spf.relay.example ~all",
    ),
    (
        at_apex("spf-syntax", f"v=spf1 ipv4:192.0.2.1 {SPF[7:]}"),
        "ipv4:192.0.2.1: the mechanism is called ip4",
        f"v=spf1 ip4:192.0.2.1 {SPF[7:]}",
    ),
    (at_policy("dmarc-unreadable", "v=DMARC1; p=nothing"), "p=nothing cannot be read", DMARC),
)


def findings(report: DomainReport) -> list[str]:
    return [finding.id for finding in report.findings]


def mistaken(mistake: Mistake) -> list[Record]:
    kept = [each for each in RIGHT if each[0] != mistake.name or each[1] == "NS"]
    if mistake.name == "@":
        kept.append(("@", "TXT", "google-site-verification=abc"))
    if mistake.finding == "dmarc-at-apex":
        kept = [each for each in kept if "spf1" not in each[2]]
    return [*kept, *mistake.instead]


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=lambda mistake: f"{mistake.finding} {mistake.name}"
)
def test_a_mistake_is_named_and_its_remedy_helps(tree: Tree, mistake: Mistake) -> None:
    tree.publish(mistaken(mistake))

    report = tree.look()

    assert findings(report) == [mistake.finding]
    [found] = report.findings
    made = report.onboarding
    assert made is not None
    [entry] = made.to_do
    assert entry.value in found.remedy.en
    assert entry.value in found.remedy.in_(ZH_TW)
    assert entry.name in found.remedy.en
    if mistake.finding == "cname-proxied":
        tree.forget("omi1._domainkey")  # the switch takes the panel's own addresses away
    tree.follow(made)
    tree.forget(*mistake.misplaced)
    after = tree.look()
    assert (after.exit_code, findings(after)) == (0, [])


@pytest.mark.parametrize(
    ("mistake", "cause", "corrected"), BY_HAND, ids=lambda each: str(each)[:40]
)
def test_what_a_remedy_could_only_guess_is_named_and_nothing_is_replaced(
    tree: Tree, mistake: Mistake, cause: str, corrected: str
) -> None:
    tree.publish(mistaken(mistake))
    report = tree.look()
    assert findings(report) == [mistake.finding]
    [found] = report.findings
    assert cause in found.remedy.en
    assert "replace nothing" in found.remedy.en
    assert "請不要整筆取代" in found.remedy.in_(ZH_TW)
    assert report.onboarding is not None
    [entry] = report.onboarding.to_do
    assert (entry.action, entry.value, entry.removes) == (
        RecordAction.CORRECT,
        mistake.instead[0][2],
        (),
    )
    tree.publish([*mistaken(mistake)[: -len(mistake.instead)], (mistake.name, "TXT", corrected)])
    assert findings(tree.look()) == []


def test_a_zone_in_which_all_is_right_is_fine(tree: Tree) -> None:
    report = tree.look()
    assert (report.exit_code, findings(report)) == (0, [])
    assert report.onboarding is not None
    assert report.onboarding.to_do == ()


def test_a_foreign_key_in_our_slot_is_the_operators_to_mend(tree: Tree) -> None:
    report = tree.look(omi1=OLD_KEY)
    assert findings(report) == ["key-not-the-relays"]
    assert "deploys/dns.py" in report.findings[0].remedy.en
    assert findings(tree.look(omi1=tree.key)) == []


def test_a_copied_key_is_a_warning_and_the_cname_mends_it(tree: Tree) -> None:
    tree.publish(mistaken(at_selector("key-copied", ("TXT", tree.key))))
    report = tree.look()
    assert findings(report) == ["key-copied"]
    assert report.exit_code == 0
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []


def beside(query: dns.message.Message, _transport: str) -> bytes | None:
    """A server that lets a TXT stand beside a CNAME."""
    asked = query.question[0]
    if not asked.name.to_text().startswith("omi1._domainkey.shop"):
        return None
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    for kind, data in (("CNAME", ALIAS), ("TXT", '"v=verify"')):
        made.answer.append(dns.rrset.from_text(asked.name, 300, "IN", kind, data))
    return made.to_wire()


def test_a_cname_beside_other_records_is_named(tree: Tree) -> None:
    tree.ns1.odd = tree.ns2.odd = beside
    report = tree.look()
    assert findings(report) == ["cname-beside-others"]
    assert "remove TXT v=verify" in report.findings[0].remedy.en
    tree.ns1.odd = tree.ns2.odd = None
    assert findings(tree.look()) == []


def over_budget(record: str) -> list[Record]:
    return mistaken(at_apex("", record))


def test_a_record_over_its_budget_is_shown_as_a_tree(tree: Tree) -> None:
    includes = "include:big.services.example include:more.services.example"
    tree.publish(over_budget(f"v=spf1 include:_spf.relay.example {includes} ~all"))
    report = tree.look()
    assert findings(report) == ["spf-over-budget"]
    remedy = report.findings[0].remedy.en
    assert "4 include:more.services.example" in remedy
    tree.publish(over_budget("v=spf1 include:_spf.relay.example include:big.services.example ~all"))
    assert findings(tree.look()) == []


def test_where_an_include_is_one_too_many_our_addresses_stand_themselves(tree: Tree) -> None:
    tree.publish(over_budget("v=spf1 include:ten.services.example a:h9.services.example ~all"))
    made = tree.look().onboarding
    assert made is not None
    assert made.by_address
    assert made.tree.lookups == 10
    tree.follow(made)
    assert findings(tree.look()) == []


def test_names_that_are_gone_are_counted(tree: Tree) -> None:
    tree.publish(
        over_budget("v=spf1 include:_spf.relay.example include:void.services.example ~all")
    )
    assert findings(tree.look()) == ["spf-void-lookups"]


def test_servers_that_disagree_are_named_with_what_they_say(tree: Tree) -> None:
    old = [each for each in RIGHT if each[0] != "_dmarc"] + [
        ("_dmarc", "TXT", "v=DMARC1; p=reject")
    ]
    tree.publish(old, only="ns2")
    report = tree.look()
    assert findings(report) == ["servers-disagree"]
    assert "ns2.shop.example (127.0.0.3" in report.findings[0].observed.en
    tree.publish(RIGHT, only="ns2")
    assert findings(tree.look()) == []


def refused(query: dns.message.Message, _transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.set_rcode(dns.rcode.REFUSED)
    return made.to_wire()


def test_a_lame_server_is_named(tree: Tree) -> None:
    tree.ns2.odd = refused
    report = tree.look()
    assert findings(report) == ["server-lame"]
    assert report.exit_code == 1
    tree.ns2.odd = None
    assert findings(tree.look()) == []


def test_records_at_servers_without_delegation_are_in_the_wrong_zone(tree: Tree) -> None:
    """The registrar names ns1 alone; its zone, and the panel that was used, name ns2 as well."""
    alone = TLD.replace("shop NS ns2.shop\n", "")
    tree.root.hold("example", alone)
    tree.publish([each for each in RIGHT if each[0] != "_dmarc"], only="ns1")
    report = tree.look()
    assert findings(report) == ["delegation-differs", "record-in-wrong-zone"]
    wrong = report.findings[1]
    assert "ns2.shop.example" in wrong.text.en
    assert "_dmarc.shop.example, TXT v=DMARC1; p=none" in wrong.remedy.en
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    tree.root.hold("example", TLD)
    assert findings(tree.look()) == []


def test_a_policy_that_somebody_else_manages_by_cname_is_left_alone(tree: Tree) -> None:
    tree.publish(
        [
            *(each for each in RIGHT if each[0] != "_dmarc"),
            ("_dmarc", "CNAME", "policies.services.example."),
        ]
    )
    report = tree.look()
    assert findings(report) == []
    assert report.onboarding is not None
    assert [entry.type for entry in report.onboarding.entries] == ["TXT", "CNAME", "CNAME"]


def test_reports_to_somebody_who_does_not_take_them_are_a_warning(tree: Tree) -> None:
    policy = "v=DMARC1; p=none; rua=mailto:d@reports.services.example"
    tree.publish(mistaken(at_policy("", policy)))
    report = tree.look()
    assert [(each.id, each.severity) for each in report.findings] == [
        ("dmarc-reports-unwelcome", Severity.WARNING)
    ]
    assert "shop.example._report._dmarc.reports.services.example" in report.findings[0].remedy.en


def test_waiting_ends_as_soon_as_it_is_right(tree: Tree) -> None:
    tree.publish(mistaken(at_policy("dmarc-missing")))
    said: list[str] = []

    def mend(line: str) -> None:
        said.append(line)
        tree.publish(RIGHT)

    lines = _Saying(mend)
    report = tree.wait(30, lines)
    assert report.exit_code == 0
    assert len(said) == 1
    assert "_dmarc.shop.example (127.0.0.2, 127.0.0.3) dmarc-missing" in said[0]


class _Saying(list[str]):
    def __init__(self, then: Callable[[str], None]) -> None:
        super().__init__()
        self.append = then  # type: ignore[method-assign]
