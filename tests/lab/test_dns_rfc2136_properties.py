"""On a real Knot, for random zones, desires and faults: the desire is reached, nothing is lost."""

from collections.abc import Iterator

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omi_core.dns.claim import WholeSet
from omi_core.dns.client.wire import rdata_text
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.dns.record import Record, Type
from omi_core.dns.safety import NO_LIMITS
from omi_core.dns.txt import Txt
from omi_core.errors import OmiError
from omi_core.names import Fqdn
from tests.lab.dns_proxy import between, losing
from tests.lab.knot import DEPLOY_SECRET, SHOP, UPDATE_SECRET, Knot

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

OURS = Fqdn.parse("_spf.relay.example")
LABELS = st.sampled_from(["@", "www", "_dmarc", "omi1._domainkey", "a.news", "k", "*.k"])
ENTRIES = st.tuples(
    LABELS,
    st.sampled_from([60, 900]),
    st.sampled_from(
        [
            'TXT "v=spf1 mx -all"',
            'TXT "v=DMARC1; p=reject"',
            'TXT "verify=x"',
            'TXT "two" "strings"',
            'TXT "twostrings"',
            'TXT "\\200\\001" ""',
            "A 192.0.2.1",
            "A 192.0.2.2",
            "CNAME elsewhere.example.",
            "MX 10 mail.shop.example.",
            "NS ns.elsewhere.example.",
            "TYPE65280 \\# 1 07",
        ]
    ),
    # The zone's own NS set must never be empty, and stays.
).filter(lambda entry: not (entry[0] == "@" and entry[2].startswith("NS")))
CLAIMS = (
    st.builds(
        lambda labels, texts: WholeSet(
            name=SHOP.child(labels), type=Type.TXT, ttl=300, values=tuple(map(Txt.of, texts))
        ),
        st.sampled_from(["k", "omi1._domainkey"]),
        st.lists(st.sampled_from(["one", "two", "k" * 700]), max_size=3, unique=True),
    )
    | st.just(
        WholeSet(name=SHOP.child("omi1._domainkey"), type=Type.CNAME, ttl=300, values=(OURS,))
    )
    | st.just(SpfInclude(name=SHOP, ttl=3600, target=OURS))
    | st.just(DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none"))
)
DESIRES = st.lists(CLAIMS, max_size=4).map(lambda c: Publication(zone=SHOP, claims=tuple(c)))
# The numbers of the updates that are lost: on the way there, and of which the answer is.
FAULTS = st.sets(st.integers(1, 3), max_size=2)
LOST = st.tuples(FAULTS, FAULTS)
COMMON = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
Entry = tuple[str, int, str]


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    server = Knot(tmp_path_factory.mktemp("properties") / "knot")
    yield server
    server.stop()


def person(knot: Knot, *entries: Entry, clean: bool = False) -> None:
    """Write what people do, with no care for anybody; the server drops what cannot stand."""
    key = dns.tsig.Key("omi-deploy", DEPLOY_SECRET, "hmac-sha256")
    update = dns.update.UpdateMessage(SHOP.text, keyring=key)
    if clean:
        for name in {r.name for r in knot.provider().read(SHOP, ()).records}:
            update.delete(name.text)  # RFC 2136 3.4.2.3: SOA and NS of the zone stay
    for labels, ttl, rest in entries:
        name = SHOP.text if labels == "@" else f"{labels}.{SHOP.text}"
        update.add(name, ttl, *rest.split(" ", 1))
    answer = dns.query.tcp(update, "127.0.0.1", port=knot.port, timeout=5)
    assert answer.rcode() == dns.rcode.NOERROR


def content(knot: Knot) -> frozenset[Record]:
    return frozenset(r for r in knot.provider().read(SHOP, ()).records if r.type != "SOA")


def foreign(records: frozenset[Record], desired: Publication) -> set[str]:
    """Everything that no claim of the desire owns, octet for octet."""
    return {
        f"{r.name} {r.ttl} {r.type} {rdata_text(r)}"
        for r in records
        if not any(claim.owns(r) for claim in desired.claims)
    }


def made_for(provider: Rfc2136Provider, desired: Publication) -> Plan:
    return plan(desired, provider.read(SHOP, desired.looks_at()), NO_LIMITS)


def attempt(provider: Rfc2136Provider, desired: Publication) -> bool:
    """Make one run as an operator does; False if it ended in a sentence."""
    try:
        made = made_for(provider, desired)
        made.raise_if_unsafe()
        provider.apply(SHOP, made.changes)
    except OmiError:
        return False
    return True


@COMMON
@given(entries=st.lists(ENTRIES, max_size=12), desired=DESIRES, transfer=st.booleans())
def test_the_desire_is_reached_and_a_second_plan_is_empty(
    knot: Knot, entries: list[Entry], desired: Publication, *, transfer: bool
) -> None:
    person(knot, *entries, clean=True)
    before = foreign(content(knot), desired)
    asked = knot.provider() if transfer else knot.provider("omi-update", UPDATE_SECRET)
    done = attempt(asked, desired)
    assert foreign(content(knot), desired) >= before
    again = made_for(asked, desired)
    # Without a transfer, a type that nobody asks for can stand in the way unseen.
    assert done is not bool(again.refusals) or not transfer
    assert not done or not again


@COMMON
@given(
    st.lists(ENTRIES, max_size=12),
    DESIRES,
    st.tuples(FAULTS, FAULTS),
    st.lists(ENTRIES, max_size=3),
)
def test_no_order_of_faults_between_plan_and_apply_loses_a_foreign_record(
    knot: Knot,
    entries: list[Entry],
    desired: Publication,
    lost: tuple[set[int], set[int]],
    theirs: list[Entry],
) -> None:
    """Updates and answers are lost while a person writes; the run after the faults completes."""
    person(knot, *entries, clean=True)
    with between(("127.0.0.1", knot.port), before=losing(*lost[0]), after=losing(*lost[1])) as port:
        faulty = knot.provider(port=port)
        made = made_for(faulty, desired)
        person(knot, *theirs)
        before = foreign(content(knot), desired)
        try:
            made.raise_if_unsafe()
            faulty.apply(SHOP, made.changes)
        except OmiError:
            pass
        assert foreign(content(knot), desired) >= before
    done = attempt(knot.provider(), desired)
    assert foreign(content(knot), desired) >= before
    assert not done or not made_for(knot.provider(), desired)


@COMMON
@given(st.lists(ENTRIES, max_size=8), DESIRES, ENTRIES)
def test_a_set_that_a_person_changed_between_plan_and_apply_is_not_written(
    knot: Knot, entries: list[Entry], desired: Publication, theirs: Entry
) -> None:
    # No prerequisite names a type that nobody knows.
    assume("TYPE65280" not in theirs[2])
    person(knot, *entries, clean=True)
    made = made_for(knot.provider(), desired)
    person(knot, theirs)
    before = content(knot)
    touched = {(change.name, change.type) for change in made.changes}
    moved = {
        (r.name, r.type) for r in before if not any(r in change.before for change in made.changes)
    }
    try:
        made.raise_if_unsafe()
        knot.provider().apply(SHOP, made.changes)
    except OmiError:
        assert content(knot) == before
    for record in before:
        key = (record.name, record.type)
        if key not in touched or (key in moved and record not in content(knot)):
            assert record in content(knot)
