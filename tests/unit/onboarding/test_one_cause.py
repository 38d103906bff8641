"""What has one cause is told once, however many names, servers or checks it shows at."""

import json
import xml.etree.ElementTree as ET

import pytest

from omi_core.cli.dns.table import printed
from omi_core.findings.verdict import Status
from omi_core.language import EN, ZH_TW, Language
from omi_core.onboarding.report import DnsReport
from omi_core.onboarding.wait import lacking
from omi_core.reports import html, junit
from tests.unit.onboarding.conftest import Omi
from tests.unit.onboarding.test_mistakes import findings, refused
from tests.unit.onboarding.test_names import named
from tests.unit.onboarding.tree import RIGHT, TLD, Record, Tree

SELECTORS = ("omi1._domainkey.shop.example", "omi2._domainkey.shop.example")


def both(kind: str, data: str) -> list[Record]:
    """Something at both selectors in place of their CNAMEs."""
    kept = [each for each in RIGHT if "_domainkey" not in each[0]]
    return [*kept, *((f"omi{n}._domainkey", kind, data.format(n)) for n in (1, 2))]


@pytest.mark.parametrize(
    ("kind", "data", "finding"),
    [
        ("CNAME", "elsewhere.example.", "cname-wrong-target"),
        ("CNAME", "omi{}.shop.example.dkim.relay.example.shop.example.", "cname-target-relative"),
        ("TXT", "omi{}.shop.example.dkim.relay.example", "cname-entered-as-txt"),
        ("TXT", "v=DKIM1; k=rsa; p=", "key-revoked"),
        ("TXT", "v=DKIM1; k=gost; p=AAAA", "key-unusable"),
    ],
)
def test_both_selectors_are_one_finding_with_what_to_do_at_each(
    tree: Tree, kind: str, data: str, finding: str
) -> None:
    tree.publish(both(kind, data))
    report = tree.look()
    said = named(report, finding)
    [found] = report.findings
    assert found.about == SELECTORS
    for name in SELECTORS:
        assert f"at {name}" in said
        assert name in found.remedy.in_(ZH_TW)
    [result] = [each for each in report.results if each.check.id == "dkim-name"]
    assert result.verdict.status is Status.FAILED


def test_two_selectors_with_different_mistakes_are_two_findings(tree: Tree) -> None:
    records = both("CNAME", "elsewhere.example.")[:-1]
    tree.publish([*records, ("omi2._domainkey", "TXT", "v=DKIM1; k=rsa; p=")])
    assert sorted(findings(tree.look())) == ["cname-wrong-target", "key-revoked"]


def test_one_habit_of_a_panel_is_one_finding_over_all_records(tree: Tree) -> None:
    kept = [each for each in RIGHT if each[1] in {"NS", "A"}]
    rest = [each for each in RIGHT if each not in kept and "google" not in each[2]]
    twice = [(f"{name}.shop.example".removeprefix("@."), kind, data) for name, kind, data in rest]
    tree.publish([*kept, *twice])
    report = tree.look()
    said = named(report, "domain-twice")
    assert len(report.findings[0].about) == 4
    assert "_dmarc.shop.example.shop.example" in said
    failed = {each.check.id for each in report.results if each.verdict.status is Status.FAILED}
    assert failed == {"spf-record", "dkim-name", "dmarc-record"}


def test_a_domain_of_which_no_server_answers_has_one_line(tree: Tree) -> None:
    tree.ns1.odd = tree.ns2.odd = lambda _query, _transport: b""
    report = tree.look()
    assert report.exit_code == 3
    assert [each.check.id for each in report.unseen] == ["servers-answer"]
    lines = printed(report, EN, colour=False, whole=True).splitlines()
    assert len([line for line in lines if line.startswith("  ?")]) == 1
    assert len([line for line in lines if line.startswith("  -")]) == 1


def test_the_addresses_of_one_server_are_one_finding(tree: Tree) -> None:
    pair = "ns2.shop A 127.0.0.3\n"
    tree.root.hold("example", TLD.replace(pair, f"{pair}ns2.shop A 127.0.0.33\n"))
    tree.ns2.odd = lambda _query, _transport: b""
    report = tree.look()
    assert "127.0.0.3" in named(report, "server-silent")
    assert "127.0.0.33" in report.findings[0].subject


def test_two_servers_that_refuse_are_two_findings(tree: Tree) -> None:
    tree.ns1.odd = tree.ns2.odd = refused
    assert findings(tree.look()) == ["server-lame", "server-lame"]


def test_a_server_that_is_behind_at_several_names_is_one_finding(tree: Tree) -> None:
    tree.publish([each for each in tree.at["ns1"] if "omi" not in each[0]], only="ns2")
    report = tree.look()
    said = named(report, "servers-disagree", "dkim-missing")
    assert "different things about omi1._domainkey.shop.example, omi2._domainkey" in said
    assert report.findings[0].about == SELECTORS
    waiting = lacking(report, EN)
    for name in SELECTORS:
        assert f"{name} (127.0.0.3) dkim-missing" in waiting


def test_no_title_of_a_failed_check_says_that_it_is_fine(tree: Tree, omi: Omi) -> None:
    """A title says what was looked at: no title is a sentence that would be false."""
    tree.publish([each for each in RIGHT if each[1] in {"NS", "A"}])
    out = omi("verify", "shop.example")[1]
    assert "\u2718 SPF record: there is no SPF record" in out
    assert "\u2718 DMARC policy: there is no DMARC policy" in out
    for result in tree.look().results:
        assert " is " not in result.check.title.en
        assert " are " not in result.check.title.en


@pytest.mark.parametrize("language", [EN, ZH_TW])
def test_both_selectors_are_one_finding_in_every_form(tree: Tree, language: Language) -> None:
    tree.publish(both("CNAME", "elsewhere.example."))
    one = tree.look()
    [told] = one.findings
    report = DnsReport(domains=(one,))
    assert printed(one, language, colour=False, whole=True).count(told.remedy.in_(language)) == 1
    assert json.dumps(one.to_json()["findings"]).count(f'"id": "{told.id}"') == 1
    assert html.write(report, language).count(f"<h3>{html.in_all(told.text)}</h3>") == 1
    failures = list(ET.fromstring(junit.write(report, language)).iter("failure"))
    assert [each.get("type") for each in failures] == [told.id]
