"""SPF by the letters of RFC 7208: limits, errors, macros, and the tree of a budget."""

from ipaddress import ip_address

import pytest

from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.budget import Branch, survey
from omi_core.mailauth.spf.evaluate import Evaluation, check_host
from omi_core.mailauth.spf.macro import Mail, expand, shortened
from omi_core.text import Text

Zone = dict[str, str | tuple[str, ...]]


def asked(zone: Zone, question: Question) -> Answer:
    """`"TXT shop.example"` by its text or texts; a text of `!` is a server that fails."""
    value = zone.get(f"{question.type} {question.name}", ())
    values = (value,) if isinstance(value, str) else value
    return Answer(failed=Text.plain("SERVFAIL")) if "!" in values else Answer(values)


def evaluated(zone: Zone, ip: str = "192.0.2.25", sender: str = "a@shop.example") -> Evaluation:
    mail = Mail.of(ip_address(ip), sender, "smtp.relay.example")
    return run(check_host(mail, "shop.example"), lambda question: asked(zone, question))


def surveyed(zone: Zone) -> Branch:
    return run(survey("shop.example"), lambda question: asked(zone, question))


@pytest.mark.parametrize(
    ("macro", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_macros_expand_as_in_rfc_7208_section_7_4(macro: str, expanded: str) -> None:
    mail = Mail.of(ip_address("192.0.2.3"), "strong-bad@email.example.com", "mx.example.org")
    assert expand(macro, mail, "email.example.com") == expanded


def test_an_ipv6_address_becomes_dotted_nibbles() -> None:
    mail = Mail.of(ip_address("2001:db8::cb01"), "a@b.example", "h")
    expected = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"
    assert expand("%{ir}.%{v}", mail, "x") == expected


def test_a_name_that_grew_too_long_loses_labels_on_the_left() -> None:
    assert shortened(".".join(["a" * 60] * 5)) == ".".join(["a" * 60] * 4)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1", "neutral"),
        ("v=spf1 ip4:192.0.2.0/24 foo", "permerror"),
        ("v=spf1 include:nobody.example -all", "permerror"),
        ("v=spf1 redirect=nobody.example", "permerror"),
        ("v=spf1 include:broken.example -all", "temperror"),
        ("v=spf1 exists:%{ir}.list.example -all", "pass"),
        ("v=spf1 redirect=other.example", "softfail"),
        ("v=spf1 x-new=%{d} ?all", "neutral"),
        ("v=spf10 +all", "none"),
    ],
)
def test_a_record_means_what_the_rfc_says(record: str, result: str) -> None:
    zone: Zone = {
        "TXT shop.example": record,
        "TXT broken.example": "!",
        "TXT other.example": "v=spf1 ~all",
        "A 25.2.0.192.list.example": "127.0.0.2",
    }
    assert evaluated(zone).result.value == result


def test_an_address_of_either_family_is_judged_by_its_own() -> None:
    zone: Zone = {"TXT shop.example": "v=spf1 a/24//64 -all", "AAAA shop.example": "2001:db8::1"}
    assert evaluated(zone, "2001:db8::9").result.value == "pass"
    assert evaluated(zone, "::ffff:192.0.2.25").result.value == "fail"


def test_two_records_are_a_permanent_error_and_a_silent_server_a_temporary_one() -> None:
    two: Zone = {"TXT shop.example": ("v=spf1 +all", "v=spf1 +all")}
    assert evaluated(two).result.value == "permerror"
    assert evaluated({"TXT shop.example": "!"}).result.value == "temperror"


def test_the_eleventh_lookup_is_an_error_and_the_tenth_is_none() -> None:
    def chain(length: int) -> Zone:
        zone: Zone = {f"TXT n{n}.example": f"v=spf1 include:n{n + 1}.example" for n in range(20)}
        zone[f"TXT n{length}.example"] = "v=spf1 +all"
        return zone | {"TXT shop.example": "v=spf1 include:n1.example -all"}

    assert evaluated(chain(10)).result.value == "pass"
    assert evaluated(chain(11)).result.value == "permerror"


def test_the_third_name_without_a_record_is_an_error() -> None:
    zone: Zone = {"TXT shop.example": "v=spf1 a:x.example a:y.example +all"}
    assert evaluated(zone).result.value == "pass"
    zone["TXT shop.example"] = "v=spf1 a:x.example a:y.example a:z.example +all"
    assert evaluated(zone).result.value == "permerror"


def test_a_refusal_is_explained_in_the_owners_words() -> None:
    zone: Zone = {
        "TXT shop.example": "v=spf1 exp=why.%{d} -all",
        "TXT why.shop.example": "%{i} may not send for %{d}",
    }
    assert evaluated(zone).explanation == "192.0.2.25 may not send for shop.example"


def test_a_budget_is_counted_along_the_whole_tree() -> None:
    zone: Zone = {
        "TXT shop.example": "v=spf1 mx include:big.example ip4:192.0.2.25 -all a",
        "MX shop.example": ("mail.shop.example",),
        "TXT big.example": "v=spf1 a:x.example include:gone.example redirect=rest.example",
        "TXT rest.example": "v=spf1 exists:%{i}.example ?all",
    }
    assert list(surveyed(zone).lines()) == [
        "  6  shop.example",
        "  1    mx",
        "  5    include:big.example",
        "  1      a:x.example  (nothing there)",
        "  1      include:gone.example  (nothing there; no SPF record)",
        "  2      redirect=rest.example",
        "  1        exists:%{i}.example",
    ]


def test_a_tree_that_leads_back_to_itself_ends() -> None:
    tree = surveyed({"TXT shop.example": "v=spf1 include:shop.example -all"})
    assert [str(branch.problem) for branch in tree.problems()] == ["leads back to itself"]
    assert (tree.lookups, tree.voids) == (1, 0)
