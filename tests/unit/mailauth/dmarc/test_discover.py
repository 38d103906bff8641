"""Which DMARC policy applies, by RFC 7489 and by RFC 9989."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from omi_core.mailauth.dmarc.discover import (
    Discovery,
    discover,
    is_public_suffix,
    organisational_domain,
    read_policy,
    suffixes,
    unwelcome_reports,
)
from omi_core.mailauth.dmarc.record import Policy
from omi_core.mailauth.questions import Answer, Question, run
from omi_core.text import Text

Zone = dict[str, tuple[str, ...] | str]


def found(domain: str, zone: Zone) -> Discovery:
    def ask(question: Question) -> Answer:
        value = zone.get(question.name, ())
        return Answer(failed=Text.plain(value[1:])) if isinstance(value, str) else Answer(value)

    return run(discover(domain), ask)


def test_every_rule_of_the_list_holds_as_its_package_reads_it() -> None:
    whole, ours = PublicSuffixList(), suffixes()
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    rules = [line.split()[0] for line in lines if line.strip() and not line.startswith("//")]
    names = [rule.strip("!").replace("*", "any") for rule in rules]
    asked = [f"{host}{name}" for name in names for host in ("", "shop.", "www.shop.")]
    asked += [each.encode("idna").decode() for each in asked if not each.isascii()]

    assert len(rules) > 5000
    assert [each for each in asked if ours.privatesuffix(each) != whole.privatesuffix(each)] == []


def test_a_policy_of_its_own_comes_first() -> None:
    zone: Zone = {"_dmarc.a.shop.com.tw": ("v=DMARC1; p=reject",), "_dmarc.shop.com.tw": ("x",)}
    discovery = found("a.shop.com.tw", zone)
    assert (discovery.at, discovery.applied) == ("a.shop.com.tw", Policy.REJECT)


def test_the_organisations_policy_is_inherited_with_sp() -> None:
    zone: Zone = {"_dmarc.shop.com.tw": ("v=DMARC1; p=none; sp=quarantine",)}
    discovery = found("a.b.shop.com.tw", zone)
    assert (discovery.at, discovery.applied) == ("shop.com.tw", Policy.QUARANTINE)
    assert discovery.organisational == discovery.by_suffix_list == "shop.com.tw"


def test_psd_n_makes_an_organisation_of_its_own() -> None:
    zone: Zone = {
        "_dmarc.team.shop.com": ("v=DMARC1; p=none; psd=n",),
        "_dmarc.shop.com": ("v=DMARC1; p=reject",),
    }
    discovery = found("a.team.shop.com", zone)
    assert (discovery.organisational, discovery.by_suffix_list) == ("team.shop.com", "shop.com")


def test_psd_y_ends_the_walk_one_label_below() -> None:
    zone: Zone = {"_dmarc.bank": ("v=DMARC1; p=reject; psd=y",)}
    assert found("a.shop.bank", zone).organisational == "shop.bank"


def test_a_long_name_goes_on_with_its_last_seven_labels() -> None:
    asked: list[str] = []

    def ask(question: Question) -> Answer:
        asked.append(question.name)
        return Answer()

    run(discover("a.b.c.d.e.f.g.h.i.shop.com"), ask)
    assert asked[:2] == ["_dmarc.a.b.c.d.e.f.g.h.i.shop.com", "_dmarc.e.f.g.h.i.shop.com"]
    assert asked[-1] == "_dmarc.com"
    assert len(asked) == 8


def test_an_error_of_dns_is_no_absence() -> None:
    assert found("shop.com", {"_dmarc.shop.com": "!SERVFAIL"}).failed == Text.plain("SERVFAIL")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=DMARC1; p=none", ""),
        ("v=DMARC1;p=REJECT;", ""),
        ("v=DMARC1; rua=mailto:a@b.example", ""),
        ("v=DMARC1; p=no; rua=mailto:a@b.example", ""),
        ("v=DMARC1", "there is no p="),
        ("v=DMARC1; p=no", "must be none"),
        ("p=none; v=DMARC1", "begin with v=DMARC1"),
        ("v=DMARC1; p=none; p=none", "twice"),
        ("v=DMARC1; p", "is not a tag"),
    ],
)
def test_a_record_is_read_as_both_rfcs_say(text: str, problem: str) -> None:
    found_problem = read_policy(text).problem
    assert problem in str(found_problem)
    assert bool(problem) == bool(found_problem)


def test_reports_outside_need_the_others_consent() -> None:
    record = "v=DMARC1; p=none; rua=mailto:a@shop.com,mailto:b@x.net!10m; ruf=mailto:c@y.net"
    zone: Zone = {
        "_dmarc.shop.com": (record,),
        "shop.com._report._dmarc.x.net": ("v=DMARC1",),
    }
    discovery = found("shop.com", zone)

    def ask(question: Question) -> Answer:
        value = zone.get(question.name, ())
        return Answer(value if isinstance(value, tuple) else ())

    assert run(unwelcome_reports(discovery), ask) == ("c@y.net",)


@pytest.mark.parametrize("suffix", ["tw", "com.tw", "co.uk", "example", "github.io"])
def test_a_public_suffix_is_nobodys_domain(suffix: str) -> None:
    assert is_public_suffix(suffix)
    assert not is_public_suffix(f"shop.{suffix}")
    assert organisational_domain(f"a.shop.{suffix}") == f"shop.{suffix}"


@given(st.text(max_size=120))
def test_junk_is_read_and_never_raises(text: str) -> None:
    read_policy(text)
