"""For random zones: what a plan publishes is what `omi dns records` hands out, record by record.

One exception has a name, `a person looks at it first`: a record that is sure to be SPF and not sure
to be meant. The advice hands it out with an error beside it, and what publishes alone refuses it.
"""

from dataclasses import dataclass
from functools import cached_property

from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.operator import SenderDomain
from omi_core.dns.plan import Change, Plan, Publication, plan
from omi_core.dns.publication import CUSTOMER_TTL, sender_claims
from omi_core.dns.record import Record, Type
from omi_core.dns.safety import NO_LIMITS
from omi_core.dns.spf_budget import within_budget
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.findings.finding import Finding, Severity
from omi_core.mailauth.dmarc.discover import discover
from omi_core.mailauth.dmarc.record import is_meant_as_dmarc
from omi_core.mailauth.mangled import repaired
from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.evaluate import check_host
from omi_core.mailauth.spf.macro import Mail
from omi_core.mailauth.spf.merge import Merged, authorises, merged, spf_texts
from omi_core.mailauth.spf.record import SpfRecord, is_spf
from omi_core.names import Fqdn
from omi_core.onboarding.entries import Entry, Onboarding, Published, RecordAction, onboarding
from omi_core.onboarding.judge import RULES
from omi_core.onboarding.rules.records import Judging
from omi_core.onboarding.seen import DomainSeen, View
from omi_core.onboarding.target import target_of
from tests.unit.onboarding.tree import OURS

SHOP = Fqdn.parse("shop.example")
POLICY = SHOP.child("_dmarc")
SELECTORS = ("omi1", "omi2")
TARGET = target_of(SHOP, OURS, SELECTORS)
MANY = " ".join(f"include:h{n}.hosting.example" for n in range(8))

TERMS = st.sampled_from(
    ("a", "mx", "MX", "ip4:198.51.100.0/24", "ip4:192.0.2.25", "ip6:2001:db8::25",
     "-ip4:203.0.113.7", "?include:h1.hosting.example", "include:h2.hosting.example",
     "~exists:%{i}.e.example", "+a",
     "include:_spf.relay.example", "INCLUDE:_SPF.Relay.Example.", "?include:_spf.relay.example",
     "redirect=h3.hosting.example", "redirect=h4.hosting.example", "exp=a.example.org",
     "exp=b.example.org", "tag=1", "include:nested.example", "include:silent.example", MANY,
     "include:nothing.example", "-all", "~all", "?all", "+all", "all", "ALL", "-ALL")
)  # fmt: skip
BROKEN = st.sampled_from(
    ("ip4:203.0.113.7~all", "ipv4:203.0.113.7", "ip4:", "203.0.113.9", "include=x.example", "mx,a",
     "include.x.example", "include:x.exampleinclude:y.example", "nonsense", "ip4:300.1.1.1",
     "a:h.example-all", "\u00fc", "%", 'mx" "a', 'a:h.ex" "ample')
)  # fmt: skip
AROUND = st.sampled_from(("{}",) * 6 + ('"{}"', "\u201c{}\u201d", "\u200b{}", " {}", "'{}'"))


@st.composite
def spf(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.one_of(*(TERMS,) * 7, BROKEN), max_size=5))
    version = draw(st.sampled_from(("v=spf1",) * 6 + ("V=SPF1", "v=spf", "v=spf1 v=spf1")))
    space = draw(st.sampled_from((" ",) * 6 + ("  ", "\t", "\u00a0")))
    return draw(AROUND).format(space.join((version, *words)))


# Records that are joined without a loss, and those that come to ten look-ups, or past them.
SOUND = st.lists(st.sampled_from(("a", "mx", "ip4:198.51.100.0/24", "a:h.example")), max_size=3)
FULL = st.builds(
    lambda last, end: " ".join(("v=spf1", MANY, *last, end)),
    st.sampled_from((("a",), ("a", "mx"), ("exists:e.example", "a:h.example"), ("a", "mx", "+a"))),
    st.sampled_from(("-all", "+all", "redirect=h9.hosting.example")),
)
POLICIES = st.sampled_from(
    ("v=DMARC1; p=none", "v=DMARC1; p=reject; rua=mailto:a@shop.example", "v=DMARC1; p=rejct",
     "v=DMARC1;p=quarantine;sp=reject;fo:0", "v=dmarc1; p=reject", "v=DMARC1 p=reject", "DMARC1",
     "p=reject; rua=b@shop.example", "\u201cv=DMARC1; p=none\u201d",
     "v=DMARC1; rua=mailto:a@b.example", "v=DMARC1; policy=reject", "something else", "v=spf1 -all")
)  # fmt: skip
RIGHT = {slot: ("CNAME", f"{slot}.shop.example.dkim.relay.example") for slot in SELECTORS}
AT_SELECTOR = st.sampled_from(
    ("", "right", "right", ("CNAME", "omi1.elsewhere.example"), ("TXT", "v=DKIM1; k=rsa; p="),
     ("TXT", "v=DKIM1; k=rsa; p=AAAA"), ("TXT", "not a key"))
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """A zone, its sets in the order in which one server gives them, and all that is said of it."""

    apex: tuple[str, ...]
    policies: tuple[str, ...]
    selectors: tuple[str | tuple[str, str], ...]

    @cached_property
    def at(self) -> dict[Fqdn, list[tuple[str, str]]]:
        held = {
            SHOP: [("TXT", text) for text in self.apex],
            POLICY: [("TXT", text) for text in self.policies],
        }
        for slot, there in zip(SELECTORS, self.selectors, strict=True):
            value = RIGHT[slot] if there == "right" else there
            held[SHOP.child(f"{slot}._domainkey")] = [value] if isinstance(value, tuple) else []
        return held

    def ask(self, question: Question) -> Answer:
        name, kind = question.name, question.type
        if (held := self.published.at.get(name)) is not None:
            return Answer(tuple(value for each, value in held if each == kind))
        if "silent" in name:
            return Answer(failed="LifetimeTimeout")
        if kind != "TXT":
            return Answer({"A": ("198.51.100.9",), "MX": ("mail.example",)}.get(kind, ()))
        texts = {
            "_spf.relay.example": str(SpfRecord.sending_from(OURS.addresses)),
            "nested.example": f"v=spf1 {MANY} -all",
        }
        is_host = name.endswith(".hosting.example")
        text = texts.get(name, "v=spf1 ip4:203.0.113.1 ~all" if is_host else "")
        return Answer((text,) if text else ())

    @cached_property
    def plan(self) -> Plan:
        """What a deploy makes of it: the plan, and its look-ups counted."""
        claims = sender_claims(SenderDomain(name=SHOP), OURS)
        wanted = Publication(zone=SHOP, claims=claims)
        # Another server gives a set in another order (RFC 2181 5).
        records = [
            Record(name=name, type=kind, ttl=CUSTOMER_TTL, data=data_of(kind, data))
            for name, held in self.at.items()
            for kind, data in reversed(held)
        ]
        return within_budget(plan(wanted, Zone.of(SHOP, records), NO_LIMITS), wanted, self.ask)

    @cached_property
    def published(self) -> Published:
        return Published(at={name.relative: tuple(held) for name, held in self.at.items()})

    @cached_property
    def told(self) -> Onboarding:
        """What `omi dns records` hands out."""
        return run(onboarding(TARGET, self.published, "shop.example"), self.ask)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What `omi dns verify` finds."""
        sender = "postmaster@shop.example"
        mails = [Mail.of(one, sender, TARGET.helo) for one in TARGET.relays]
        view = View(
            servers=(),
            published=self.published,
            onboarding=self.told,
            spf={each.ip: run(check_host(each, "shop.example"), self.ask) for each in mails},
            dmarc=run(discover("shop.example"), self.ask),
        )
        keys = {slot: Answer() for slot in SELECTORS}
        seen = DomainSeen(target=TARGET, began=0, seconds=0, views=(view,), keys=keys)
        return tuple(found for _, rule in RULES for found in rule(Judging(seen, view)))

    def entry(self, name: Fqdn) -> Entry | None:
        return next((each for each in self.told.entries if each.name == name.relative), None)

    def errors(self, name: Fqdn) -> list[Finding]:
        about = [each for each in self.findings if each.subject == name.relative]
        return [each for each in about if each.severity is Severity.ERROR]

    def refusal(self, name: Fqdn) -> str:
        """The sentences of the plan about a name."""
        return "; ".join(
            str(each) for each in self.plan.refusals if str(each).startswith(name.relative)
        )


def data_of(kind: str, text: str) -> Txt | Fqdn:
    return Txt.of(text) if kind == "TXT" else Fqdn(f"{text}.")


AT_APEX = st.one_of(
    st.lists(st.one_of(spf(), spf(), spf(), st.just("verify=1"), POLICIES), max_size=3),
    st.lists(SOUND.map(lambda terms: " ".join(("v=spf1", *terms, "-all"))), max_size=3),
    FULL.map(lambda text: [text]),
)
SHOPS = st.builds(
    Shop,
    apex=AT_APEX.map(dict.fromkeys).map(tuple),
    policies=st.lists(POLICIES, max_size=2, unique=True).map(tuple),
    selectors=st.tuples(AT_SELECTOR, AT_SELECTOR),
)


def texts_of(records: tuple[Record, ...]) -> list[str]:
    return [each.data.text if isinstance(each.data, Txt) else str(each.data) for each in records]


def is_published_as_told(change: Change, shop: Shop) -> None:
    entry = shop.entry(change.name)
    assert entry is not None
    assert (entry.type, entry.is_entered) == (change.type, True)
    value = entry.value if change.type == Type.TXT else f"{entry.value}."
    assert texts_of(change.adds) == [value]
    gone = {f"{change.type} {text}" for text in texts_of(change.removes)}
    assert gone == set(entry.removes)
    if change.name == SHOP:
        nothing_is_lost(texts_of(change.removes), value)


def nothing_is_lost(before: list[str], after: str) -> None:
    """Every term that its owner wrote is in the one record, and no end is another one."""
    kept = after.lower().split()
    for text in before:
        for word in repaired(text).lower().split()[1:]:
            assert word in kept or word.lstrip("+-~?").startswith("include:_spf.relay.example")


@given(SHOPS)
def test_what_a_plan_publishes_is_what_the_owner_is_told(shop: Shop) -> None:
    changes = [each for each in shop.plan.changes if not shop.refusal(each.name)]
    for change in changes:
        is_published_as_told(change, shop)
    refused = {each.name for each in shop.plan.changes} - {each.name for each in changes}
    assert all("_domainkey" in name.text for name in refused)


@given(SHOPS)
def test_what_a_plan_refuses_of_spf_is_named_to_the_owner_with_the_same_fault(shop: Shop) -> None:
    refusal, entry = shop.refusal(SHOP), shop.entry(SHOP)
    if not refusal:
        return
    assert entry is not None
    assert entry.note or entry.is_entered
    made = merged(spf_texts(shop.apex), TARGET.ours)
    if isinstance(made, Merged) and not made.is_sure:
        a_person_looks_at_it_first(shop, entry, made)
        return
    assert entry.action is RecordAction.CORRECT
    assert entry.value in shop.apex
    assert entry.removes == ()
    assert entry.note is not None
    fault = entry.note.en.split("; ")[0]
    assert fault in refusal
    if "cannot be counted" in fault:
        return  # nobody knows whether anything is wrong: `omi dns verify` says "not checked"
    named = [each for each in shop.errors(SHOP) if fault in f"{each.text.en} {each.remedy.en}"]
    lookups = {f"need {each.values.get('lookups')} look-ups" for each in shop.errors(SHOP)}
    assert named or any(each in refusal for each in lookups)
    for each in shop.errors(SHOP):
        assert "by: TXT" not in each.remedy.en


def a_person_looks_at_it_first(shop: Shop, entry: Entry, made: Merged) -> None:
    """The exception: something is left out of the record, or comes into force with it."""
    refusal = shop.refusal(SHOP)
    named = made.unseen[:1] or made.left_out
    assert any(each.strip("'\"")[:40] in refusal for each in (*named, repr(named[0])))
    assert shop.errors(SHOP)
    if entry.is_entered:
        assert {f"TXT {text}" for text in spf_texts(shop.apex)} == set(entry.removes)
        assert all(term in f"{entry.note.en if entry.note else ''}" for term in made.left_out)
    else:  # or it needs more look-ups than there are, which comes after
        assert entry.action is RecordAction.CORRECT


@given(SHOPS)
def test_a_plan_is_silent_only_where_nothing_of_ours_is_missing(shop: Shop) -> None:
    changed = {each.name for each in shop.plan.changes}
    if SHOP not in changed and not shop.refusal(SHOP):
        [seen] = [text for text in shop.apex if is_spf(text.encode())]
        assert authorises(seen, TARGET.ours)
    if POLICY not in changed:
        assert any(map(is_meant_as_dmarc, (*shop.policies, *shop.apex)))
    for slot, there in zip(SELECTORS, shop.selectors, strict=True):
        assert (SHOP.child(f"{slot}._domainkey") in changed) is (there != "right")


@given(SHOPS)
def test_a_key_in_place_of_the_cname_is_refused_and_named(shop: Shop) -> None:
    for slot, there in zip(SELECTORS, shop.selectors, strict=True):
        name = SHOP.child(f"{slot}._domainkey")
        is_text = isinstance(there, tuple) and there[0] == "TXT"
        assert bool(shop.refusal(name)) is is_text
        if is_text:
            assert "cannot become a CNAME while it has TXT" in shop.refusal(name)
            assert [each for each in shop.errors(name) if "TXT" in each.observed.en]


@given(SHOPS)
def test_the_whole_world_is_never_let_in_or_shut_out_without_a_word(shop: Shop) -> None:
    """`+all` stays what it is on both sides; the owner is told of it at error level."""
    entry = shop.entry(SHOP)
    assert entry is not None
    if entry.action is RecordAction.CORRECT or not SpfRecord.parse(entry.value).passes_all:
        return
    assert entry.note is not None
    assert "+all" in entry.note.en
    [text, *others] = spf_texts(shop.apex)
    ids = {each.id for each in shop.errors(SHOP)}
    if not others and is_spf(text.encode()):
        assert "spf-passes-all" in ids
    else:
        assert ids
