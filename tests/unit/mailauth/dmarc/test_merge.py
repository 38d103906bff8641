"""The one merge of DMARC: never a weaker policy, never a report less."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.dmarc.discover import read_policy
from omi_core.mailauth.dmarc.merge import Joined, Undecided, cleaned, joined
from omi_core.mailauth.dmarc.record import DmarcRecord, Policy
from tests.unit import customers_records as cases
from tests.unit.customers_records import Written

ADDRESS = re.compile(r"[a-z]+@shop\.example")
STRICTNESS = list(Policy)
# RFC 7489 6.4 as far as a regular expression says it, written apart from our own reading
GRAMMAR = re.compile(
    r"v\s*=\s*DMARC1(\s*;\s*(p|sp|np)\s*=\s*(none|quarantine|reject)"
    r"|\s*;\s*(rua|ruf)\s*=\s*mailto:[^;,\s]+@[^;,\s]+(,mailto:[^;,\s]+@[^;,\s]+)*"
    r"|\s*;\s*(adkim|aspf)=[rs]|\s*;\s*fo=[01ds]|\s*;\s*pct=\d+)*",
    re.IGNORECASE,
)


@pytest.mark.parametrize("case", cases.DMARC, ids=str)
def test_a_policy_is_joined_or_left_with_what_a_person_decides_on(case: Written) -> None:
    made = joined(case.texts)
    if case.fault:
        assert isinstance(made, Undecided)
        assert made.text in case.texts
        assert case.fault.startswith(made.term)
    else:
        assert isinstance(made, Joined)
        assert made.record == case.record


@pytest.mark.parametrize("case", [each for each in cases.DMARC if each.record], ids=str)
def test_what_is_joined_is_never_weaker_and_loses_no_report(case: Written) -> None:
    made = read_policy(case.record)
    assert not made.problem
    for text in case.texts:
        before = read_policy(text)
        if not before.problem:
            assert STRICTNESS.index(made.policy) >= STRICTNESS.index(before.policy)
            assert STRICTNESS.index(made.subdomains) >= STRICTNESS.index(before.subdomains)
        assert set(ADDRESS.findall(text)) <= set(ADDRESS.findall(case.record))


@pytest.mark.parametrize("case", [each for each in cases.DMARC if each.record], ids=str)
def test_what_is_joined_is_grammatical_or_left_as_it_was(case: Written) -> None:
    assert GRAMMAR.fullmatch(case.record) or case.texts == (case.record,)


def test_what_is_left_out_is_named() -> None:
    made = joined(("v=DMARC1; p=none; pct=5; fo=1", "v=DMARC1; p=reject; fo=d; sp:none"))
    assert made == Joined(record="v=DMARC1; p=reject; fo=d", left_out=("sp:none", "pct=5", "fo=1"))


def test_a_discarded_record_is_named_and_its_policy_stays_without_effect() -> None:
    old = "v=dmarc1; p=reject; rua=mailto:old@shop.example"
    made = joined((old, "v=DMARC1; p=none"))
    assert made == Joined(record="v=DMARC1; p=none; rua=mailto:old@shop.example", left_out=(old,))


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=DMARC1; p=quarantine; fo:0; rua=mailto:d@shop.example",
         "v=DMARC1; p=quarantine; rua=mailto:d@shop.example"),
        ("v=DMARC1; p=reject; rua=mailto:d@shop.example &lt;d@shop.example&gt;",
         "v=DMARC1; p=reject; rua=mailto:d@shop.example"),
        ("v=DMARC1; rua=mailto:d@shop.example; x", "v=DMARC1; rua=mailto:d@shop.example; x"),
    ],
)  # fmt: skip
def test_a_record_can_be_shown_without_what_receivers_pass_over(text: str, record: str) -> None:
    assert cleaned(text) == record


@pytest.mark.parametrize(
    ("texts", "record", "left_out"),
    [
        (("v=DMARC1; p=none; sp=none", "v=DMARC1; p=reject"),
         "v=DMARC1; p=reject; sp=reject", ()),
        (("v=DMARC1; p=none; sp=reject; np=none", "v=DMARC1; p=quarantine"),
         "v=DMARC1; p=quarantine; sp=reject; np=quarantine", ()),
        (("v=DMARC1; p=rejct", "v=DMARC1; p=reject"), "v=DMARC1; p=reject", ("p=rejct",)),
        (("v=DMARC1; p=none; rua=mailto:a=b@shop.example", "v=dmarc1; rua=mailto:c@shop.example"),
         "v=DMARC1; p=none; rua=mailto:a=b@shop.example,mailto:c@shop.example",
         ("v=dmarc1; rua=mailto:c@shop.example",)),
        (("v=DMARC1; p=none; ", "v=dmarc1;ruf=mailto:x@shop.example"),
         "v=DMARC1; p=none; ruf=mailto:x@shop.example", ("v=dmarc1;ruf=mailto:x@shop.example",)),
        (("v=DMARC1; p=none; pct=5; t=y", "v=DMARC1; p=none; sp=bogus; ADKIM=s"),
         "v=DMARC1; p=none; pct=5; t=y; adkim=s", ("sp=bogus",)),
        (("v=DMARC1, p=reject",), "v=DMARC1; p=reject", ("v=DMARC1,",)),
        (("v=DMARC1 p=reject rua=mailto:a@shop.example",),
         "v=DMARC1; p=reject; rua=mailto:a@shop.example", ()),
    ],
)  # fmt: skip
def test_the_one_policy_is_the_strictest_of_each_kind(
    texts: tuple[str, ...], record: str, left_out: tuple[str, ...]
) -> None:
    assert joined(texts) == Joined(record=record, left_out=left_out)


def test_a_tag_that_may_have_been_meant_as_a_policy_is_left_to_a_person() -> None:
    text = "v=DMARC1; px=reject"
    assert joined((text,)) == Undecided(term="px=reject", text=text)


def test_nothing_asks_for_nothing() -> None:
    assert joined(()) == joined(("v=DMARC1",)) == Joined(record="")


TAG = st.sampled_from(
    ("p=none", "p=quarantine", "p=reject", "P=Reject", "sp=none", "sp=reject", "np=reject", "pct=5",
     "rua=mailto:a@shop.example", "rua=b@shop.example", "ruf=mailto:c@shop.example,d@shop.example",
     "fo:0", "adkim=s", "aspf=r", "junk", "p=rejct", "&lt")
)  # fmt: skip
VERSION = st.sampled_from(("v=DMARC1", "v=dmarc1", "V=DMARC1", "DMARC1"))
PARTED = st.sampled_from(("; ", ";", " ; ", "\\; "))


@st.composite
def policies(draw: st.DrawFn) -> str:
    return draw(PARTED).join((draw(VERSION), *draw(st.lists(TAG, max_size=6))))


@given(st.lists(policies(), min_size=1, max_size=3).map(tuple))
def test_whatever_stands_there_is_not_weakened_and_no_address_is_lost(
    texts: tuple[str, ...],
) -> None:
    made = joined(texts)
    if isinstance(made, Undecided):
        assert made.text in texts
        return
    if made.record:
        reading = read_policy(made.record)
        assert not reading.problem
        heard = [each for each in map(read_policy, texts) if not each.problem]
        for before in heard:
            assert STRICTNESS.index(reading.policy) >= STRICTNESS.index(before.policy)
    for text in texts:
        assert set(ADDRESS.findall(text)) <= set(ADDRESS.findall(made.record))
        for tag in text.replace("\\;", ";").split(";")[1:]:
            name = tag.strip().partition("=")[0]
            is_kept = tag.strip() in (*made.left_out, *made.record.split("; "))
            is_joined = name.lower() in {"p", "sp", "np", "rua", "ruf"}
            is_discarded = any(tag.strip() in each for each in made.left_out)
            assert is_kept or is_joined or is_discarded or tag.strip() in made.record, tag


@given(st.lists(st.text(), max_size=2).map(tuple))
def test_any_text_is_joined_or_left(texts: tuple[str, ...]) -> None:
    made = joined(texts)
    assert isinstance(made, Joined) or made.text in texts


def test_a_joined_record_is_what_the_publishing_side_reads() -> None:
    made = joined(("v=DMARC1; p=none; rua=a@shop.example", "v=DMARC1; p=reject"))
    assert isinstance(made, Joined)
    assert DmarcRecord.parse(made.record).policy is Policy.REJECT


def test_an_address_that_cannot_be_read_beside_one_that_can_makes_no_second_tag() -> None:
    """Receivers discard a record with a tag twice, and the policy with it (RFC 6376 3.2)."""
    base = "v=DMARC1; p=reject; rua=mailto:\u00e9@shop.example; rua=mailto:a@shop.example"
    made = joined(("v=dmarc1; p=none; rua=mailto:b@shop.example", base))
    assert isinstance(made, Joined)
    reading = read_policy(made.record)
    assert reading.policy is Policy.REJECT
    assert {*reading.reports} == {"a@shop.example", "b@shop.example"}


def test_an_address_that_receivers_cannot_read_takes_no_report_from_the_others() -> None:
    made = joined(("v=DMARC1; p=none; rua=mailto:a@shop.example;mailto:\ufffd@shop.example",))
    assert isinstance(made, Joined)
    assert read_policy(made.record).reports == ("a@shop.example",)


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1;mailto: p=none; p=reject; rua=mailto:a@shop.example",
        "v=DMARC1; mailto:x@shop.example; p=reject; rua=mailto:a@shop.example",
        "v=DMARC1; p=reject; adkim=r;mailto:x@shop.example; rua=mailto:a@shop.example",
    ],
)
def test_an_address_behind_another_tag_than_a_reports_takes_nothing_from_that_tag(
    text: str,
) -> None:
    made = joined((text, "v=dmarc1; p=none; rua=mailto:b@shop.example"))
    assert isinstance(made, Joined)
    reading = read_policy(made.record)
    assert not reading.problem
    assert reading.policy is Policy.REJECT
    assert reading.reports == ("a@shop.example", "b@shop.example")
