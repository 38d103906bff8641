"""SPF by the letters of RFC 7208: limits, errors, macros, and the tree of a budget."""

from ipaddress import ip_address

import pytest

from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.budget import Branch, survey
from omi_core.mailauth.spf.evaluate import Evaluation, Result, check_host, is_domain
from omi_core.mailauth.spf.macro import Mail, shortened
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


def exchangers(count: int) -> Zone:
    """A name with so many exchangers, of which the last one has the client's address."""
    hosts = [f"mx{number}.shop.example" for number in range(1, count + 1)]
    addresses = {f"A {host}": "198.51.100.1" for host in hosts}
    return {
        "TXT shop.example": "v=spf1 mx -all",
        "MX shop.example": tuple(hosts),
        **addresses,
        f"A {hosts[-1]}": "192.0.2.25",
    }


def test_ten_exchangers_are_looked_at_and_eleven_are_an_error() -> None:
    """RFC 7208 4.6.4."""
    assert evaluated(exchangers(10)).result.value == "pass"
    eleven = evaluated(exchangers(11))
    assert eleven.result.value == "permerror"
    assert eleven.problem.en == "shop.example has 11 MX records"


def pointers(count: int) -> Zone:
    """A client with so many names, of which the last one leads back to it."""
    names = tuple(f"h{number}.shop.example" for number in range(1, count + 1))
    return {
        "TXT shop.example": "v=spf1 ptr -all",
        "PTR 25.2.0.192.in-addr.arpa": names,
        **{f"A {name}": "198.51.100.1" for name in names},
        f"A {names[-1]}": "192.0.2.25",
    }


def test_of_a_clients_names_ten_are_looked_at() -> None:
    """RFC 7208 5.5, and 4.6.4: the others are ignored."""
    assert evaluated(pointers(10)).result.value == "pass"
    assert evaluated(pointers(11)).result.value == "fail"


@pytest.mark.parametrize(
    ("target", "name", "result"),
    [
        ("", "shop.example", "pass"),
        ("", "SHOP.example", "pass"),
        ("", "a.b.Shop.example", "pass"),
        ("", "workshop.example", "fail"),
        (":Host.example", "mail.host.example", "pass"),
        (":host.example", "mail.shop.example", "fail"),
        ("", "example", "fail"),
    ],
)
def test_a_clients_name_matches_the_domain_and_what_is_below_it(
    target: str, name: str, result: str
) -> None:
    zone: Zone = {
        "TXT shop.example": f"v=spf1 ptr{target} -all",
        "PTR 25.2.0.192.in-addr.arpa": name,
        f"A {name}": "192.0.2.25",
    }
    assert evaluated(zone).result.value == result


@pytest.mark.parametrize(
    ("names", "validated"),
    [
        (("a.example", "x.shop.example", "shop.example"), "shop.example"),
        (("a.example", "Y.Shop.example", "x.shop.example"), "y.shop.example"),
        (("workshop.example", "a.example"), "workshop.example"),
        (("forged.example",), "unknown"),
        ((), "unknown"),
    ],
)
@pytest.mark.parametrize("macro", ["%{p}", "%{P}"])
def test_the_validated_name_is_the_domain_then_one_below_it_then_any(
    names: tuple[str, ...], validated: str, macro: str
) -> None:
    """RFC 7208 7.3."""
    zone: Zone = {
        "TXT shop.example": f"v=spf1 exists:{macro}.seen.example -all",
        "PTR 25.2.0.192.in-addr.arpa": names,
        **{f"A {name}": "192.0.2.25" for name in names if name != "forged.example"},
        f"A {validated}.seen.example": "127.0.0.2",
    }
    assert evaluated(zone).result.value == "pass"


def test_a_refusal_is_explained_in_the_owners_words() -> None:
    zone: Zone = {
        "TXT shop.example": "v=spf1 exp=why.%{d} -all",
        "TXT why.shop.example": "%{i} may not send for %{d}",
    }
    assert evaluated(zone).explanation == "192.0.2.25 may not send for shop.example"


@pytest.mark.parametrize("end", ["~all", "?all", "+all", "redirect=other.example"])
def test_only_a_refusal_is_explained(end: str) -> None:
    zone: Zone = {
        "TXT shop.example": f"v=spf1 exp=why.shop.example {end}",
        "TXT why.shop.example": "because",
        "TXT other.example": "v=spf1 -all",
    }
    assert evaluated(zone).explanation == ""


def test_the_explanation_is_of_the_record_that_refuses() -> None:
    """RFC 7208 6.2: an include explains nothing, a redirect brings its own."""
    zone: Zone = {
        "TXT shop.example": "v=spf1 include:other.example exp=why.%{d} -all",
        "TXT other.example": "v=spf1 exp=their.%{d} -all",
        "TXT why.shop.example": "%{h} by %{d}",
        "TXT their.other.example": "theirs, %{d}",
    }
    assert evaluated(zone).explanation == "smtp.relay.example by shop.example"
    zone["TXT shop.example"] = "v=spf1 exp=why.%{d} redirect=other.example"
    assert evaluated(zone).explanation == "theirs, other.example"


@pytest.mark.parametrize("texts", [(), ("one", "two"), ("naïve",), ("100%",), ("%{d0}",), ("!",)])
def test_an_explanation_that_cannot_be_had_costs_nothing_else(texts: tuple[str, ...]) -> None:
    zone: Zone = {"TXT shop.example": "v=spf1 exp=why.%{d} -all", "TXT why.shop.example": texts}
    evaluation = evaluated(zone)
    assert (evaluation.result.value, evaluation.explanation) == ("fail", "")


def test_what_decided_is_told_with_the_lookups_until_then() -> None:
    zone: Zone = {
        "TXT shop.example": "v=spf1 a:gone.example a:x.example ~include:y.example -all",
        "A x.example": "198.51.100.1",
        "TXT y.example": "v=spf1 ip4:192.0.2.0/24",
    }
    evaluation = evaluated(zone)
    assert (evaluation.result.value, evaluation.term) == ("softfail", "~include:y.example")
    assert (evaluation.lookups, evaluation.void_lookups) == (3, 1)
    assert evaluated({}) == Evaluation(result=Result.NONE)
    neutral = evaluated({"TXT shop.example": "v=spf1"})
    assert (neutral.term, neutral.explanation, neutral.problem.en) == ("", "", "")


@pytest.mark.parametrize(
    ("zone", "result", "problem", "spent"),
    [
        ({"TXT shop.example": ("v=spf1 +all", "V=SPF1")}, "permerror",
         "shop.example has 2 SPF records", (0, 0)),
        ({"TXT shop.example": "!"}, "temperror", "shop.example TXT: SERVFAIL", (0, 0)),
        ({"TXT shop.example": "v=spf1 a:gone.example mx:x.example", "MX x.example": "!"},
         "temperror", "x.example MX: SERVFAIL", (2, 1)),
        ({"TXT shop.example": "v=spf1 foo"}, "permerror",
         "shop.example: 'foo' is not a mechanism that SPF knows", (0, 0)),
        ({"TXT shop.example": "v=spf1 include:gone.example"}, "permerror",
         "shop.example: include:gone.example has no SPF record", (1, 0)),
        ({"TXT shop.example": "v=spf1 redirect=gone.example"}, "permerror",
         "shop.example: redirect=gone.example has no SPF record", (1, 0)),
        ({"TXT shop.example": "v=spf1 a:x.example a:y.example a:z.example"}, "permerror",
         "z.example is the third name without a record", (3, 3)),
        ({"TXT shop.example": "v=spf1 redirect=shop.example"}, "permerror",
         "redirect=shop.example is look-up 11 of 10", (11, 0)),
        ({"TXT shop.example": "v=spf1 include:shop.example"}, "permerror",
         "include:shop.example is look-up 11 of 10", (11, 0)),
    ],
)  # fmt: skip
def test_an_error_says_where_it_is(
    zone: Zone, result: str, problem: str, spent: tuple[int, int]
) -> None:
    evaluation = evaluated(zone)
    assert (evaluation.result.value, evaluation.problem.en) == (result, problem)
    assert (evaluation.lookups, evaluation.void_lookups) == spent


def test_names_of_a_client_that_lead_nowhere_count_as_void() -> None:
    names = ("a.example", "b.example", "c.example")
    zone: Zone = {"TXT shop.example": "v=spf1 ptr ?all", "PTR 25.2.0.192.in-addr.arpa": names}
    assert evaluated(zone).problem.en == "c.example is the third name without a record"
    zone["PTR 25.2.0.192.in-addr.arpa"] = ("a.example", "no-domain", "b.example")
    assert evaluated(zone).void_lookups == 2
    assert evaluated({"TXT shop.example": "v=spf1 ptr ?all"}).void_lookups == 1


def long_name(octets: int) -> str:
    """A name of so many octets, without the last dot."""
    head = ".".join(["a" * 63] * 3)
    return f"{head}.{'b' * (octets - len(head) - len('..example'))}.example"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (long_name(253), True),
        (long_name(253) + ".", True),
        (long_name(254), False),
        (long_name(254) + ".", False),
        ("a" * 63 + ".example", True),
        ("a" * 64 + ".example", False),
        ("example", False),
        ("example.", False),
        ("a..example", False),
        (".example", False),
        ("", False),
        (".", False),
    ],
)
def test_a_domain_is_what_dns_can_hold(name: str, *, is_one: bool) -> None:
    """RFC 1035 2.3.4, RFC 7208 4.3: 253 octets, labels of 63, and more than one of them."""
    assert is_domain(name) is is_one
    asked_of: list[Question] = []

    def ask(question: Question) -> Answer:
        asked_of.append(question)
        return Answer(("v=spf1 +all",))

    mail = Mail.of(ip_address("192.0.2.25"), "a@shop.example", "h")
    result = run(check_host(mail, name), ask).result
    assert (result, len(asked_of)) == ((Result.PASS, 1) if is_one else (Result.NONE, 0))


def test_a_name_is_shortened_to_253_octets_and_no_further() -> None:
    assert shortened(long_name(253)) == long_name(253)
    assert shortened(long_name(253) + ".") == long_name(253)
    assert shortened(long_name(254)) == long_name(254).partition(".")[2]
    assert shortened("a" * 300) == "a" * 300


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
