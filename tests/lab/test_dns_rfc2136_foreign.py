"""A zone with 10,000 records of other people on a real Knot: the same after each operation."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from omi_core.dns.client.wire import rdata_text
from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Plan, plan
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.dns.publication import publications, with_stale_keys_removed
from omi_core.dns.safety import NO_LIMITS
from omi_core.mailauth.dkim.record import DkimKey
from tests.lab.knot import OPERATOR, SHOP, UPDATE_SECRET, Knot

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]

COUNT = 10_000
RELAY = RelayAddress(name=OPERATOR.child("smtp"), ipv4=IPv4Address("192.0.2.1"))
SECOND = RelayAddress(name=OPERATOR.child("smtp2"), ipv4=IPv4Address("192.0.2.3"))
OURS = Operator(zone=OPERATOR, relays=(RELAY,))
KEY, NEXT = DkimKey(public_key=b"first" * 60), DkimKey(public_key=b"next" * 70)
CUSTOMER = SenderDomain(name=SHOP)
OF_EACH_TYPE = (
    "A 192.0.2.{small}",
    "AAAA 2001:db8::{n:x}",
    'TXT "verification={n}"',
    'TXT "several " "strings \\200\\001 {n}" ""',
    "CNAME elsewhere{n}.example.",
    "MX {small} mx{n}.example.",
    "NS ns{n}.example.",
    "SRV 1 2 5060 sip{n}.example.",
    'CAA 0 issue "ca{n}.example"',
    "TLSA 3 1 1 {n:064x}",
    "SSHFP 4 2 {n:064x}",
    "HTTPS 1 . alpn=h2 port={n}",
    'NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:{n}!" .',
    "PTR host{n}.example.",
    "TYPE65280 \\# 4 {n:08x}",
)
SHARED = r"""
@       TXT    "google-site-verification=abc" " and a second string"
@       TXT    "\200\001 octets"
@       MX     10 mail
smtp 900 TXT   "beside our SPF"
_dmarc  TXT    "v=DMARC1; p=reject"
omi1    TXT    "no key of ours"
omi1.shop.example.dkim.elsewhere TXT "nor this"
*.wild  A      192.0.2.99
"""
HEAD = """$ORIGIN relay.example.
$TTL 900
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A 127.0.0.1
"""


def crowded() -> str:
    alone = COUNT - SHARED.count("\n") + 1
    lines = (
        f"host{n} {(60, 900, 86400)[n % 3]} "
        + OF_EACH_TYPE[n % len(OF_EACH_TYPE)].format(n=n, small=n % 250)
        for n in range(alone)
    )
    return HEAD + SHARED + "\n".join(lines) + "\n"


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    server = Knot(tmp_path / "knot", zones={OPERATOR: crowded()})
    yield server
    server.stop()


def content(knot: Knot) -> set[str]:
    """Everything in the zone to the last octet, but for the serial number."""
    records = knot.provider().read(OPERATOR, ()).records
    return {f"{r.name} {r.ttl} {r.type} {rdata_text(r)}" for r in records if r.type != "SOA"}


def run(provider: Rfc2136Provider, operator: Operator, *domains: SenderDomain) -> Plan:
    [wanted] = (one for one in publications(operator, domains, [OPERATOR]) if one.zone == OPERATOR)
    observed = provider.read(OPERATOR, wanted.looks_at())
    made = plan(with_stale_keys_removed(wanted, observed, operator, domains), observed, NO_LIMITS)
    made.raise_if_unsafe()
    provider.apply(OPERATOR, made.changes)
    return made


STEPS = (
    ("publish", OURS, (replace(CUSTOMER, keys={"omi1": KEY}),)),
    ("the next key", OURS, (replace(CUSTOMER, keys={"omi1": KEY, "omi2": NEXT}),)),
    (
        "the old key is withdrawn",
        OURS,
        (replace(CUSTOMER, keys={"omi2": NEXT}, withdrawn=frozenset({"omi1"})),),
    ),
    (
        "another address",
        replace(OURS, relays=(replace(RELAY, ipv4=IPv4Address("192.0.2.2")),)),
        (replace(CUSTOMER, keys={"omi2": NEXT}),),
    ),
    (
        "a second relay",
        replace(OURS, relays=(RELAY, SECOND)),
        (replace(CUSTOMER, keys={"omi2": NEXT}),),
    ),
    (
        "the second relay is retired",
        replace(OURS, retired=(SECOND.name,)),
        (replace(CUSTOMER, keys={"omi2": NEXT}),),
    ),
)


@pytest.mark.parametrize("transfer", [True, False], ids=["by transfer", "name by name"])
def test_every_operation_leaves_ten_thousand_foreign_records_as_they_are(
    knot: Knot, *, transfer: bool
) -> None:
    before = content(knot)
    assert len(before) >= COUNT
    provider = knot.provider() if transfer else knot.provider("omi-update", UPDATE_SECRET)
    for step, operator, domains in STEPS:
        assert run(provider, operator, *domains).changes, step
        assert content(knot) >= before, step
        assert not run(provider, operator, *domains), step
    # Who may not read the zone cannot see who has left it.
    assert bool(run(provider, OURS)) is transfer
    ours = content(knot) - before
    assert content(knot) >= before
    # A, _spf, the relay's own SPF, two names of the keys of notices, and the key of a customer
    assert len(ours) == (5 if transfer else 6)
