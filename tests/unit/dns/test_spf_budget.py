"""Before a customer's SPF record is changed, its look-ups are counted; refused, not published."""

from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address

import dns.message
import dns.rcode
import dns.resolver
import pytest

from omi_core.dns import spf_budget
from omi_core.dns.client import txt_resolver
from omi_core.dns.client.txt_resolver import TxtResolver
from omi_core.dns.mail_claims import SpfInclude
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.record import Record
from omi_core.dns.spf_budget import within_budget
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.mailauth.questions import Answer, Question
from omi_core.names import Fqdn
from omi_core.text import Text
from tests.authority import Authority, free_port

SHOP, OTHER = Fqdn.parse("shop.example"), Fqdn.parse("other.shop.example")
OURS = Fqdn.parse("_spf.relay.example")
RELAYS = (ip_address("192.0.2.25"), ip_address("2001:db8::25"))


def claim(name: Fqdn) -> SpfInclude:
    return SpfInclude(name=name, ttl=60, target=OURS, addresses=RELAYS)


WANTED = Publication(zone=SHOP, claims=(claim(SHOP), claim(OTHER)))


def hosts(count: int) -> str:
    return " ".join(f"include:h{n}.hosting.example" for n in range(count))


def checked(*texts: str, other: str = "v=spf1 mx -all", ask: spf_budget.Ask | None = None) -> Plan:
    """The plan for a shop that publishes `texts`, and another that publishes `other`."""
    given = [(SHOP, text) for text in texts] + [(OTHER, other)]
    records = [Record(name=n, type="TXT", ttl=60, data=Txt.of(text)) for n, text in given]
    return within_budget(plan(WANTED, Zone.of(SHOP, records)), WANTED, ask)


def policies(question: Question) -> Answer:
    """Each host's policy is an address; nested.example includes ten of them."""
    assert question.type == "TXT"
    nested = f"v=spf1 {hosts(9)} -all"
    text = nested if question.name == "nested.example" else "v=spf1 ip4:203.0.113.1 -all"
    return Answer((text,))


def never(question: Question) -> Answer:
    raise AssertionError(question)


def test_nine_includes_and_ours_are_published() -> None:
    made = checked(f"v=spf1 {hosts(9)} -all", ask=policies)
    assert not made.refusals
    assert len(made.changes) == 2


@pytest.mark.parametrize(
    "record",
    [
        f"v=spf1 {hosts(10)} -all",
        f"v=spf1 {hosts(9)} mx -all",
        "v=spf1 include:nested.example -all",
        f"v=spf1 {hosts(9)} redirect=h.hosting.example",
        f"v=spf1 {hosts(8)} a exists:%{{i}}.e.example ~all",
    ],
)
def test_look_up_eleven_gives_way_to_our_addresses(record: str) -> None:
    made = checked(record, ask=policies)
    assert made.refusals == ()
    [shop] = [change for change in made.changes if change.name == SHOP]
    [published] = shop.after
    text = record.replace("v=spf1", "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25")
    assert published.data == Txt.of(text)
    other = "v=spf1 include:_spf.relay.example -all"
    assert not checked(text, other=other, ask=never)  # and once published, it stays


@pytest.mark.parametrize(
    ("record", "dearest"),
    [
        (f"v=spf1 {hosts(11)} -all", "include:h0.hosting.example"),
        ("v=spf1 mx include:nested.example -all", "include:nested.example"),
        (f"v=spf1 {hosts(10)} redirect=h.hosting.example", "include:h0.hosting.example"),
    ],
)
def test_more_look_ups_are_refused_by_term_and_the_others_are_published(
    record: str, dearest: str
) -> None:
    made = checked(record, ask=policies)
    assert [change.name for change in made.changes] == [OTHER]
    [refusal] = map(str, made.refusals)
    assert refusal.startswith(
        "shop.example: the SPF record would need 12 look-ups with us in it, so it stays as it is: "
        f"{dearest}: one of the terms that need 12 look-ups, where receivers make 10"
    )
    assert "RFC 7208 4.6.4" in refusal
    assert "12 shop.example" in refusal


def test_a_record_that_does_not_change_is_not_counted() -> None:
    """A deploy does not begin to fail where it would change nothing."""
    full = f"v=spf1 include:_spf.relay.example {hosts(12)} -all"
    assert not checked(full, other="v=spf1 include:_spf.relay.example -all", ask=never)


def test_our_own_include_is_not_asked_for_nor_what_costs_the_same_anyhow() -> None:
    made = checked("v=spf1 a mx:mail.example -all", ask=never)
    assert len(made.changes) == 2
    assert not checked(ask=never).refusals  # a first record


def test_what_has_no_answer_is_refused_for_that_record_alone() -> None:
    made = checked(
        "v=spf1 include:h1.hosting.example -all", ask=lambda _: Answer(failed="LifetimeTimeout")
    )
    assert [change.name for change in made.changes] == [OTHER]
    [refusal] = map(str, made.refusals)
    assert refusal == (
        "shop.example: the SPF record stays as it is: include:h1.hosting.example: its look-ups "
        "cannot be counted, as there is no answer (LifetimeTimeout); run again"
    )


def test_a_record_without_end_is_asked_about_only_so_often() -> None:
    asked: list[str] = []

    def wide(question: Question) -> Answer:
        asked.append(question.name)
        deeper = " ".join(f"include:{n}.{question.name}" for n in range(8))
        return Answer((f"v=spf1 {deeper} -all",))

    assert "look-ups" in checked("v=spf1 include:w.example -all", ask=wide).refusals[0].en
    assert len(asked) <= 60


@pytest.fixture
def server() -> Iterator[Authority]:
    zone = (
        "@ NS ns\nten TXT " + str(Txt.of(f"v=spf1 {hosts(10)} -all")) + "\n"
        'long TXT "v=spf1 ip4:203.0.113.1 " "-all"\nbare A 192.0.2.1\n'
    )
    with ExitStack() as stack:
        yield stack.enter_context(Authority("127.0.0.4", {"hosting.example": zone}, free_port()))


@pytest.fixture
def resolver(server: Authority) -> TxtResolver:
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers, stub.port = ["127.0.0.4"], server.port
    return TxtResolver(stub)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("long.hosting.example", Answer(("v=spf1 ip4:203.0.113.1 -all",))),
        ("nothing.hosting.example", Answer()),
        ("bare.hosting.example", Answer()),
        ("a..example", Answer()),
        (f"{'a' * 64}.example", Answer()),
        ("refused.example", Answer(failed=Text.plain("NoNameservers"))),
    ],
)
def test_the_resolver_says_what_stands_there_or_why_it_does_not_know(
    resolver: TxtResolver, name: str, answer: Answer
) -> None:
    assert resolver.answer(Question(name, "TXT")) == answer


def test_a_silent_resolver_is_no_answer(
    server: Authority, resolver: TxtResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.odd = lambda _query, _transport: b""
    monkeypatch.setattr(txt_resolver, "_ANSWER_S", 0.2)
    made = checked("v=spf1 include:ten.hosting.example -all", ask=resolver.answer)
    assert "(LifetimeTimeout)" in str(made.refusals[0])
    assert len(server.asked) <= 2


def test_a_dead_resolver_is_not_waited_for_again_and_again(
    server: Authority, resolver: TxtResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.odd = lambda _query, _transport: b""
    monkeypatch.setattr(txt_resolver, "_ANSWER_S", 0.2)
    monkeypatch.setattr(resolver, "_left_s", 0.1)
    first, second = (resolver.answer(Question(f"{n}.example", "TXT")) for n in "ab")
    assert str(first.failed) == "LifetimeTimeout"
    assert "did not answer before" in str(second.failed)
    assert {name for name, _, _ in server.asked} == {"a.example"}


def test_what_several_records_include_is_asked_once(
    server: Authority, resolver: TxtResolver
) -> None:
    record = "v=spf1 include:long.hosting.example -all"
    assert len(checked(record, other=record, ask=resolver.answer).changes) == 2
    assert len(server.asked) == 1
