"""Our include in other people's SPF records: nothing of theirs is lost, nothing is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.evaluate import Result, check_host
from omi_core.mailauth.spf.macro import Mail
from omi_core.names import Fqdn
from omi_core.onboarding.merge import Merge, behind, merged
from omi_core.onboarding.target import target_of
from omi_core.text import Text
from tests.unit.onboarding.tree import OURS

TARGET = target_of(Fqdn.parse("shop.example"), OURS, ("omi1", "omi2"))
OURS_TEXT = "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"
TERMS = st.sampled_from(
    ("a", "mx", "ip4:198.51.100.0/24", "-ip4:192.0.2.25", "include:other.example", "?all", "-all",
     "+all", "redirect=other.example", "exp=why.example", "nonsense:x", "ip4:300.1.1.1")
)  # fmt: skip


def asked(record: str) -> "dict[Question, Answer]":
    return {
        Question("shop.example", "TXT"): Answer((record,)),
        Question("_spf.relay.example", "TXT"): Answer((OURS_TEXT,)),
        Question("other.example", "TXT"): Answer(("v=spf1 ip4:203.0.113.1 ~all",)),
        Question("shop.example", "A"): Answer(("198.51.100.9",)),
        Question("shop.example", "AAAA"): Answer(("2001:db8::9",)),
        Question("shop.example", "MX"): Answer(("shop.example",)),
    }


def of(*texts: str) -> Merge:
    known = asked("")
    return run(merged(texts, TARGET), lambda question: known.get(question, Answer()))


@pytest.mark.parametrize(
    ("published", "record"),
    [
        ((), "v=spf1 include:_spf.relay.example ~all"),
        (("v=spf1 mx -all",), "v=spf1 mx include:_spf.relay.example -all"),
        (("v=spf1  include:_spf.relay.example -all",), "v=spf1  include:_spf.relay.example -all"),
        (("v=spf1 mx -all", "v=spf1 a ~all"), "v=spf1 mx a include:_spf.relay.example ~all"),
        (("v=spf1 +all",), "v=spf1 include:_spf.relay.example +all"),
        (("v=spf1 redirect=other.example",),
         "v=spf1 include:_spf.relay.example redirect=other.example"),
        (('"v=spf1 mx -all"',), "v=spf1 mx include:_spf.relay.example -all"),
        (("verify=1", "v=spf1 mx -all"), "v=spf1 mx include:_spf.relay.example -all"),
    ],
)  # fmt: skip
def test_a_merge_keeps_what_works_and_adds_us(published: tuple[str, ...], record: str) -> None:
    assert of(*published).record == record


@given(st.lists(st.lists(TERMS, max_size=5), max_size=3))
def test_whatever_was_published_our_mail_is_not_refused_by_an_error(
    records: list[list[str]],
) -> None:
    texts = tuple(" ".join(["v=spf1", *terms]) for terms in records)
    made = of(*texts)
    if made.fault:  # then a person decides, and nothing is handed out in its place
        assert made.record in texts
        deciding = {"-ip4:192.0.2.25"} if len(set(texts)) > 1 else set()
        wrong = {"nonsense:x", "ip4:300.1.1.1"} | deciding
        assert wrong & {term for terms in records for term in terms}
        return
    known = asked(made.record)
    for address in TARGET.relays:
        mail = Mail.of(address, "a@shop.example", "h")
        result = run(
            check_host(mail, "shop.example"), lambda question: known.get(question, Answer())
        )
        assert result.result is not Result.PERMERROR
        if not any("-ip4:192.0.2.25" in terms for terms in records):
            assert result.result is Result.PASS


def test_a_merge_of_a_merge_changes_nothing() -> None:
    once = of("v=spf1 mx -all").record
    assert not of(once).changes


def look_up_many(count: int) -> Merge:
    """What is handed out beside so many includes."""
    names = [f"n{number}.example" for number in range(count)]
    known = asked("") | {Question(n, "TXT"): Answer(("v=spf1 ?all",)) for n in names}
    text = f"v=spf1 {' '.join(f'include:{name}' for name in names)} -all"
    return run(merged((text,), TARGET), lambda question: known.get(question, Answer()))


def test_beside_ten_look_ups_our_addresses_stand_themselves() -> None:
    made = look_up_many(10)
    assert made.record.startswith("v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 include:n0.example ")
    assert (made.by_address, made.fault, made.tree.lookups) == (True, None, 10)
    assert made.changes
    assert not look_up_many(9).by_address


def test_a_record_that_needs_too_much_by_itself_is_left_with_the_reason() -> None:
    made = look_up_many(12)
    assert made.replaces == (made.record,)
    assert made.fault is not None
    assert "need 13 look-ups, where receivers make 10" in str(made.fault)
    assert made.needs_person


def test_what_is_not_as_it_was_is_said() -> None:
    made = of("v=spf1 mx exp=a.example -all", "v=spf1 a exp=b.example +all")
    assert [note.en for note in made.notes] == [
        "left out, because only one of its kind can stand (RFC 7208 5.1, 6): exp=b.example -all",
        "+all lets the whole world send, and stays until its owner has decided who else does",
    ]
    assert of("v=spf1 mx -all").notes == ()


def behind_an_alias(record: str, *, silent: bool = False) -> Merge:
    known = {
        Question("shop.example", "TXT"): Answer((record,)),
        Question("_spf.relay.example", "TXT"): (
            Answer(failed=Text.plain("SERVFAIL")) if silent else Answer((OURS_TEXT,))
        ),
    }
    asking = behind("x.host.example", TARGET)
    return run(asking, lambda question: known.get(question, Answer()))


@pytest.mark.parametrize(
    ("record", "silent", "is_enough"),
    [
        ("v=spf1 include:_spf.relay.example -all", False, True),
        ("v=spf1 ip4:192.0.2.25 ip6:2001:db8::/32 -all", False, True),
        ("v=spf1 ip4:192.0.2.25 -all", False, False),
        ("v=spf1 ?all", False, False),
        ("v=spf1 include:_spf.relay.example -all", True, True),
    ],
)
def test_behind_an_alias_somebody_elses_record_lets_us_send_or_not(
    record: str, *, silent: bool, is_enough: bool
) -> None:
    made = behind_an_alias(record, silent=silent)
    assert (made.record, made.alias, made.replaces) == ("x.host.example", "x.host.example", ())
    assert (made.is_enough, made.needs_person, made.changes) == (is_enough, not is_enough, False)
    assert made.tree.term == "shop.example"
    [note] = made.notes
    assert note.en.startswith("shop.example is a CNAME to x.host.example, ")
    assert ("include:_spf.relay.example" in note.en) is not is_enough
