"""DMARC as people write it: what receivers pass over is named, and what holds is kept."""

import pytest

from omi_core.findings.finding import Severity
from omi_core.language import ZH_TW
from omi_core.mailauth.dmarc.record import Policy
from omi_core.onboarding.report import DomainReport
from tests.unit.onboarding.test_mistakes import at_policy, findings, mistaken
from tests.unit.onboarding.test_names import KEYS, SPF, is_chinese, named
from tests.unit.onboarding.tree import TLD, Tree


def policy(tree: Tree, *texts: str) -> DomainReport:
    tree.publish(mistaken(at_policy("", *texts)))
    return tree.look(timeout_s=1)


def warned(report: DomainReport, *ids: str) -> str:
    """What is said of a policy that holds: warnings alone."""
    assert {each.severity for each in report.findings} == {Severity.WARNING}
    assert report.exit_code == 0
    assert is_chinese(report)
    return named(report, *ids)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("rua=d@shop.example", "rua=mailto:d@shop.example"),
        ("ruf=d@shop.example", "ruf=mailto:d@shop.example"),
        ("rua=mailto:a@shop.example,d@shop.example",
         "rua=mailto:a@shop.example,mailto:d@shop.example"),
        ("rua=mailto: d@shop.example", "rua=mailto:d@shop.example"),
        ("rua=<mailto:d@shop.example>", "rua=mailto:d@shop.example"),
    ],
)  # fmt: skip
def test_an_address_without_mailto_gets_no_report(tree: Tree, written: str, right: str) -> None:
    report = policy(tree, f"v=DMARC1; p=quarantine; {written}")
    said = warned(report, "dmarc-reports-unaddressed")
    assert "no report is ever sent to d@shop.example" in said
    assert said.endswith(f"by: TXT v=DMARC1; p=quarantine; {right}")
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []


@pytest.mark.parametrize(
    ("domain", "term", "kept"),
    [
        ("colon.example", "fo:0", "rua=mailto:d@colon.example"),
        ("entity.example", "&lt", "rua=mailto:d@entity.example"),
    ],
)
def test_a_bad_tag_is_ignored_and_the_policy_holds(
    tree: Tree, domain: str, term: str, kept: str
) -> None:
    report = tree.look_at(tree.grow(domain))
    said = warned(report, "dmarc-tag-ignored")
    assert term in said
    assert kept in said.partition("without it: ")[2]
    assert report.seen.views[0].dmarc.applied in {Policy.QUARANTINE, Policy.REJECT}
    assert report.onboarding is not None
    assert report.onboarding.to_do == ()


@pytest.mark.parametrize(
    "tag", ["adkim:s", "strict", "sp=rejct", "100%", "p:none", "rua mailto:x@shop.example", "=5"]
)
def test_other_tags_that_cannot_be_read_are_passed_over_too(tree: Tree, tag: str) -> None:
    text = f"v=DMARC1; p=reject; {tag}; rua=mailto:d@shop.example"
    report = policy(tree, text)
    said = warned(report, "dmarc-tag-ignored")
    assert said.endswith("TXT v=DMARC1; p=reject; rua=mailto:d@shop.example")
    assert report.seen.views[0].dmarc.applied is Policy.REJECT


@pytest.mark.parametrize(
    "discarded", ["v=dmarc1; p=none", "v=Dmarc1; p=none", "V=dmarc1; p=reject; sp=none"]
)
def test_a_version_in_small_letters_beside_a_policy_is_discarded(
    tree: Tree, discarded: str
) -> None:
    report = policy(tree, "v=DMARC1; p=quarantine", discarded)
    assert "discard a record beside the policy" in warned(report, "dmarc-record-discarded")
    assert report.seen.views[0].dmarc.applied is Policy.QUARANTINE
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []


@pytest.mark.parametrize(
    "written", ["V=DMARC1; p=none", "v=DMARC1;P=NONE", "v = DMARC1 ; p = reject"]
)
def test_names_of_tags_may_be_in_capitals(tree: Tree, written: str) -> None:
    assert findings(policy(tree, written)) == []


def test_two_that_both_hold_are_an_error(tree: Tree) -> None:
    report = policy(tree, "v=DMARC1; p=none", "V=DMARC1; p=reject")
    assert report.exit_code == 1
    assert "p=reject" in named(report, "dmarc-two-records")


# --- The policy of a public suffix (RFC 9989 4.10)


def under_suffix(tree: Tree, record: str, domain: str = "", own: str = "") -> DomainReport:
    """The TLD says something about everybody below it."""
    target = tree.grow("made.example", f"{SPF}{KEYS}{own}")
    text = TLD + "".join(tree.grown.values()) + f'_dmarc TXT "{record}"\n'
    tree.root.hold("example", text)
    return tree.look_at(tree.sender(domain) if domain else target)


@pytest.mark.parametrize(
    ("record", "applied"),
    [
        ("v=DMARC1; p=reject; psd=y", Policy.REJECT),
        ("v=DMARC1; p=none; sp=quarantine; psd=y", Policy.QUARANTINE),
        ("v=DMARC1; p=reject; sp=none; np=reject; psd=Y", Policy.NONE),
    ],
)
def test_a_policy_of_a_public_suffix_is_found(tree: Tree, record: str, applied: Policy) -> None:
    report = under_suffix(tree, record)
    assert findings(report) == []
    dmarc = report.seen.views[0].dmarc
    assert (dmarc.at, dmarc.applied, dmarc.organisational) == ("example", applied, "made.example")
    assert report.onboarding is not None
    assert "_dmarc.made.example" not in {entry.name for entry in report.onboarding.entries}


def test_a_policy_of_ones_own_comes_before_that_of_the_suffix(tree: Tree) -> None:
    own = '_dmarc TXT "v=DMARC1; p=quarantine"\n'
    dmarc = under_suffix(tree, "v=DMARC1; p=reject; psd=y", own=own).seen.views[0].dmarc
    assert (dmarc.at, dmarc.applied) == ("made.example", Policy.QUARANTINE)


def test_the_organisations_policy_comes_before_that_of_the_suffix(tree: Tree) -> None:
    own = f'_dmarc TXT "v=DMARC1; p=none; sp=quarantine"\nnews {SPF[2:]}'
    report = under_suffix(tree, "v=DMARC1; p=reject; psd=y", "news.made.example", own)
    dmarc = report.seen.views[0].dmarc
    assert (dmarc.at, dmarc.applied) == ("made.example", Policy.QUARANTINE)


def test_a_policy_of_a_suffix_that_cannot_be_read_is_none(tree: Tree) -> None:
    report = under_suffix(tree, "v=DMARC1; p=nothing; psd=y")
    assert findings(report) == ["dmarc-missing"]


# --- Addresses that are none, and without number


@pytest.mark.parametrize(
    "uri",
    [
        "mailto:a@..",
        "mailto:a@" + "x" * 80 + ".services.example",
        "mailto:a@" + ".".join(["y" * 60] * 5),
        "mailto:a@shop..example",
        "mailto:a@",
        "mailto:@services.example",
        "mailto:",
        "mailto:a@-.services.example",
        "mailto:a@192.0.2.1",
        "mailto:a@localhost",
        "https://services.example/report",
        "mailto:a@..!10m",
    ],
)
def test_what_is_no_address_is_named_and_nobody_is_asked_about_it(tree: Tree, uri: str) -> None:
    policy(tree, "v=DMARC1; p=reject")
    tree.root.asked.clear()
    report = policy(tree, f"v=DMARC1; p=reject; rua={uri},mailto:d@shop.example")
    said = warned(report, "dmarc-reports-undeliverable")
    assert f"no report can be sent to {uri}"[:200] in said
    assert "_report._dmarc" not in said + " ".join(name for name, _, _ in tree.root.asked)
    assert report.seen.views[0].dmarc.applied is Policy.REJECT
    assert report.onboarding is not None
    assert report.onboarding.to_do == ()


@pytest.mark.parametrize("bad", ["", "mailto:a@..,"])
def test_two_thousand_addresses_are_a_finding_and_few_questions(tree: Tree, bad: str) -> None:
    policy(tree, "v=DMARC1; p=reject")
    tree.root.asked.clear()
    many = ",".join(f"mailto:r@{n}.services.example" for n in range(2000))
    report = policy(tree, f"v=DMARC1; p=reject; rua={bad}{many}")
    expected = [*(["dmarc-reports-undeliverable"] if bad else []), "dmarc-reports-unwelcome"]
    said = warned(report, *expected, "dmarc-reports-to-many")
    assert "2000" in said
    assert len(said) < 4000
    assert len([name for name, _, _ in tree.root.asked if "_report" in name]) == 20
    assert "2000" in report.findings[-1].text.in_(ZH_TW)
