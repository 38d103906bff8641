"""Our include in other people's SPF records: nothing of theirs is lost, nothing is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.evaluate import Result, check_host
from omi_core.mailauth.spf.macro import Mail
from omi_core.names import Fqdn
from omi_core.onboarding.merge import Merge, merged
from omi_core.onboarding.target import target_of
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
