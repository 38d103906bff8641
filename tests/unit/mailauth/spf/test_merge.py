"""The one merge of SPF: no term is lost, none is revived, and what comes out is SPF."""

from collections import Counter
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.mangled import kind_of
from omi_core.mailauth.questions import Answer, Question
from omi_core.mailauth.spf.fault import Cause, SpfFault, fault_in
from omi_core.mailauth.spf.merge import (
    Merged,
    Ours,
    Unmerged,
    authorises,
    includes,
    merged,
    ours_first,
    with_addresses,
)
from omi_core.mailauth.spf.record import SpfRecord
from omi_core.names import Fqdn
from tests.unit import customers_records as cases
from tests.unit.customers_records import Written
from tests.unit.mailauth.spf.spf_world import World
from tests.unit.mailauth.spf.test_oracle import oracle

RELAYS = tuple(map(ip_address, ("192.0.2.25", "2001:db8::25")))
STRANGERS = tuple(map(ip_address, ("198.51.100.1", "203.0.113.7", "2001:db8:7::1")))
OURS = Ours(include=Fqdn.parse("_spf.relay.example"), addresses=RELAYS)


class Internet(World):
    """Every other name has a policy, an address and an exchanger, so that no term is void."""

    def ask(self, question: Question) -> Answer:
        names = {"a.hosting.example", "b.hosting.example"}
        if question.type == "TXT" and question.name in names:
            return Answer(("an explanation",))
        known = self.held.get(Question(question.name.lower(), question.type))
        values = {
            "TXT": "v=spf1 ip4:203.0.113.7 ~all",
            "A": "198.51.100.1",
            "AAAA": "2001:db8:7::1",
            "MX": "mail.hosting.example",
        }
        return Answer(known or (values[question.type],)) if question.type in values else Answer()


def pyspf(record: str, address: object) -> str:
    """What pyspf says of a mail of shop.example that publishes `record`."""
    held = {
        Question("shop.example", "TXT"): (record,),
        Question("_spf.relay.example", "TXT"): (str(SpfRecord.sending_from(RELAYS)),),
    }
    return oracle(Internet(held, frozenset(), ip_address(str(address)), "a@shop.example"))[0]


@pytest.mark.parametrize("case", cases.SPF, ids=str)
def test_a_record_is_joined_or_left_with_the_term_that_a_person_decides_on(case: Written) -> None:
    made = merged(case.texts, OURS)
    if case.fault:
        assert isinstance(made, Unmerged)
        assert made.text in case.texts
        assert case.fault in str(made.fault)
    else:
        assert isinstance(made, Merged)
        assert made.record == case.record


@pytest.mark.parametrize("case", [each for each in cases.SPF if each.record], ids=str)
def test_what_is_joined_is_spf_to_another_implementation(case: Written) -> None:
    is_elsewhere = "macro" in case.id  # what stands behind it is made up here
    for address in RELAYS:
        assert pyspf(case.record, address) == "pass" or is_elsewhere
    assert "permerror" not in {pyspf(case.record, each) for each in STRANGERS}


def test_a_second_exp_is_named_when_it_is_left_out() -> None:
    made = merged(("v=spf1 mx exp=a.example.org -all", "v=spf1 a exp=b.example.org -all"), OURS)
    assert isinstance(made, Merged)
    assert made.left_out == ("exp=b.example.org",)


def test_terms_behind_all_have_no_effect_before_or_after() -> None:
    """RFC 7208 5.1: `-all ip4:198.51.100.1` refuses that address, and goes on refusing it."""
    text = "v=spf1 -all ip4:198.51.100.1"
    made = merged((text,), OURS)
    assert isinstance(made, Merged)
    assert pyspf(text, "198.51.100.1") == pyspf(made.record, "198.51.100.1") == "fail"


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("v=spf1 include:_spf.relay.example ip4:203.0.113.7~all", True),
        ("v=spf1 -all include:_spf.relay.example", False),
        ("v=spf1 ?include:_spf.relay.example -all", False),
        ("v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all", True),
        ("v=spf1 ip4:192.0.2.25 -all ip6:2001:db8::25", False),
        ("v=spf1 ip4:192.0.2.25 -ip6:2001:db8::/32 ip6:2001:db8::25 -all", False),
        ("v=spf1 ip4:192.0.2.25 ip6:2001:db8::2x -all", False),
        ("v=spf1 ip4=192.0.2.25 ip6:2001:db8::25 -all", False),
        ("no SPF", False),
    ],
)
def test_a_record_authorises_us_by_the_include_or_by_all_addresses(
    text: str, *, is_ours: bool
) -> None:
    assert authorises(text, OURS) == is_ours
    assert not authorises("v=spf1 -all", Ours(include=OURS.include))


def test_our_include_can_be_put_first() -> None:
    text = "v=spf1 include:%{i}.void.example include:_spf.relay.example -all"
    assert (
        ours_first(text, OURS) == "v=spf1 include:_spf.relay.example include:%{i}.void.example -all"
    )


def test_every_cause_has_its_sentence() -> None:
    for cause in Cause:
        assert SpfFault(cause=cause, term="a:b", part="b").sentence.en.startswith("a:b: ")


GOOD = st.sampled_from(
    ("a", "mx", "ip4:198.51.100.0/24", "-ip4:203.0.113.7", "?include:_spf.hosting.example",
     "ip6:2001:db8:7::/48", "a:h.hosting.example/24//64", "~MX", "include:_spf.relay.example",
     "?include:_spf.relay.example", "tag=1", "exp=a.hosting.example", "exp=b.hosting.example",
     "redirect=_spf.hosting.example", "redirect=_spf.other.example", "-all", "~all", "?all")
)  # fmt: skip
DAMAGED = st.sampled_from(
    ("ip4:203.0.113.7~all", "ipv4:203.0.113.7", "ip4:", "203.0.113.9", "include=x.example", "mx,a",
     "include.x.example", "include:x.exampleinclude:y.example", "nonsense", "all:x",
     "ip4:300.1.1.1", "a:h.example-all", "\u00fc", "%")
)  # fmt: skip
SPACE = st.sampled_from((" ", "  ", "\t", "\u00a0"))
AROUND = st.sampled_from(("{}", '"{}"', "\u201c{}\u201d", "\u200b{}"))


@st.composite
def written(draw: st.DrawFn) -> str:
    terms = draw(st.lists(GOOD | GOOD | GOOD | DAMAGED, max_size=5))
    return draw(AROUND).format(
        draw(SPACE).join((draw(st.sampled_from(("v=spf1", "V=SPF1"))), *terms))
    )


def terms_of(text: str) -> Counter[str]:
    """The terms that are not ours, without regard to how they are parted."""
    bare = text.strip('"\u201c\u201d\u200b').split()[1:]
    return Counter(each for each in bare if "include:_spf.relay.example" not in each)


@given(st.lists(written(), max_size=3).map(tuple))
def test_no_term_is_ever_lost_and_the_result_is_spf(texts: tuple[str, ...]) -> None:
    assert all(kind_of(text) == "spf" for text in texts)
    made = merged(texts, OURS)
    if isinstance(made, Unmerged):
        assert made.text in texts
        return
    handed_out = terms_of(made.record)
    for text in texts:
        for term in terms_of(text):
            is_end = term.lower() in {"-all", "~all", "?all"} and len(texts) > 1
            names = {term, term.replace("redirect=", "include:")}
            assert names & {*handed_out, *made.left_out} or is_end
    assert fault_in(made.record) is None
    # RFC 7208 6: unknown modifiers are ignored however often they appear; pyspf takes one.
    if made.record.count("tag=1") < 2:
        assert {pyspf(made.record, address) for address in RELAYS} == {"pass"}


@given(st.lists(GOOD, max_size=5))
def test_nobody_else_is_judged_differently_by_a_record_that_was_right(terms: list[str]) -> None:
    text = " ".join(("v=spf1", *terms))
    made = merged((text,), OURS)
    if isinstance(made, Unmerged):
        return
    assert terms_of(made.record) == terms_of(text) or len(set(terms)) < len(terms)
    for address in STRANGERS:
        if (before := pyspf(text, address)) != "permerror":
            assert pyspf(made.record, address) == before


@given(st.lists(written(), min_size=1, max_size=2).map(tuple))
def test_a_merge_of_a_merge_changes_nothing(texts: tuple[str, ...]) -> None:
    made = merged(texts, OURS)
    if isinstance(made, Merged):
        assert merged((made.record,), OURS) == Merged(record=made.record)


def test_a_macro_with_a_number_without_end_is_kept_as_it_is() -> None:
    term = f"a:%{{d{'9' * 5000}}}.example.com"
    made = merged((f"v=spf1 {term} -all",), OURS)
    assert made == Merged(record=f"v=spf1 {term} {OURS.term} -all")


@given(st.text().map(lambda junk: f"v=spf1 {junk}"))
def test_any_text_is_joined_or_left(text: str) -> None:
    made = merged((text,), OURS)
    assert isinstance(made, Merged) or made.text == text


@pytest.mark.parametrize(
    ("texts", "record", "left_out"),
    [
        # RFC 7208 6.1: beside `all` a redirect is ignored, and must stay so.
        (
            ("v=spf1 redirect=x.example -all", "v=spf1 mx -all"),
            "v=spf1 redirect=x.example mx include:_spf.relay.example -all",
            (),
        ),
        (
            ("v=spf1 mx redirect=x.example", "v=spf1 a redirect=y.example"),
            "v=spf1 mx include:x.example a include:y.example include:_spf.relay.example",
            ("redirect=x.example", "redirect=y.example"),
        ),
        (
            ("v=spf1 mx redirect=x.example", "v=spf1 a ?all mx/24"),
            "v=spf1 mx include:x.example a include:_spf.relay.example ?all mx/24",
            ("redirect=x.example",),
        ),
        (
            ("v=spf1 mx exp=A.example -all", "v=spf1 a exp=a.Example -all"),
            "v=spf1 mx exp=A.example a include:_spf.relay.example -all",
            (),
        ),
    ],
)
def test_what_one_record_cannot_hold_is_named_and_nothing_else(
    texts: tuple[str, ...], record: str, left_out: tuple[str, ...]
) -> None:
    assert merged(texts, OURS) == Merged(record=record, left_out=left_out)


def test_our_addresses_can_stand_in_place_of_our_include() -> None:
    text = "v=spf1 mx ?include:_spf.relay.example ip4:192.0.2.25 -all"
    assert with_addresses(text, OURS) == "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 mx -all"
    assert ours_first("v=spf1 mx ?include:_spf.relay.example", OURS) == (
        "v=spf1 include:_spf.relay.example mx"
    )


def test_our_include_is_seen_with_any_qualifier() -> None:
    assert includes("v=spf1 -all ?include:_SPF.relay.example", OURS)
    assert not includes("v=spf1 include:x_spf.relay.example", OURS)
