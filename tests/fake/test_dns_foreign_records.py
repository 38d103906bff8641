"""A zone with 10,000 records of other people: every octet of it the same after each operation."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Plan
from omi_core.dns.providers.cloudflare.api import Api
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
from omi_core.dns.publication import publications, with_stale_keys_removed
from omi_core.dns.publishing import planned
from omi_core.dns.safety import NO_LIMITS
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Service, served

pytestmark = pytest.mark.slow

ZONE = Fqdn.parse("itpison.com")
TOKEN = "a-token-that-must-never-be-shown-anywhere"
COUNT = 10_000
RELAY = RelayAddress(name=ZONE.child("smtp"), ipv4=IPv4Address("192.0.2.1"))
OPERATOR = Operator(zone=ZONE, relays=(RELAY,))
KEY, NEXT = DkimKey(public_key=b"first" * 60), DkimKey(public_key=b"next" * 70)
CONTENTS = (
    ("A", "192.0.2.{small}"),
    ("AAAA", "2001:db8::{n:x}"),
    ("TXT", "verification={n}"),
    ("TXT", '"several " "strings {n}"'),
    ("CNAME", "elsewhere{n}.example"),
    ("MX", "mx{n}.example"),
    ("NS", "ns{n}.example"),
    ("SRV", "1 5060 sip{n}.example"),
    ("CAA", '0 issue "ca{n}.example"'),
    ("TLSA", "3 1 1 {n:064x}"),
)


def foreign_entry(n: int) -> dict[str, object]:
    kind, content = CONTENTS[n % len(CONTENTS)]
    return {
        "name": f"host{n}",
        "type": kind,
        "content": content.format(n=n, small=n % 250),
        "ttl": (1, 60, 3600)[n % 3],
        "comment": (None, "Ann's, do not touch", "客戶的記錄")[n % 3],
        "tags": [f"team:t{n % 7}"] if n % 2 else [],
        **({"priority": n % 50} if kind in {"MX", "SRV"} else {}),
    }


SHARED = (
    {"name": "@", "type": "TXT", "content": "google-site-verification=abc", "comment": "Ann's"},
    {"name": "@", "type": "TXT", "content": '"two " "strings"'},
    {"name": "smtp", "type": "TXT", "content": "beside our SPF", "ttl": 900},
    {"name": "_dmarc", "type": "TXT", "content": "v=DMARC1; p=reject", "comment": "legal"},
    {"name": "*.wild", "type": "A", "content": "192.0.2.99"},
)


@pytest.fixture(scope="module")
def crowded() -> dict[str, dict[str, object]]:
    """The records by identifier; made without the checks of each against each."""
    zone = StoodInZone(name="itpison.com")
    template = zone.post({"name": "x", "type": "TXT", "content": "x"})
    zone.records.clear()
    for n in range(COUNT - len(SHARED)):
        entry = {**template, **foreign_entry(n), "id": f"{n:032x}"}
        zone.records[f"{n:032x}"] = {**entry, "name": f"{entry['name']}.itpison.com"}
    for written in SHARED:
        zone.post(dict(written))
    return zone.records


@pytest.fixture
def service(
    crowded: dict[str, dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    account = Account(tokens={TOKEN: None})
    account.zone("itpison.com").records.update(deepcopy(crowded))
    with served(account) as running:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", running.url)
        yield running


def run(service: Service, operator: Operator, *domains: SenderDomain, sweep: bool = False) -> Plan:
    api = Api(token=Secret(TOKEN), budget=Budget(sleep=lambda _: None))
    provider = CloudflareProvider(api=api, writable=(ZONE,))
    [wanted] = publications(operator, domains, provider.zones())
    if sweep:
        wanted = with_stale_keys_removed(wanted, provider.read(ZONE, ()), operator, domains)
    service.asked.clear()
    made = planned(provider, wanted, NO_LIMITS)
    made.raise_if_unsafe()
    provider.apply(ZONE, made.changes)
    return made


@pytest.mark.timeout(300)
def test_every_operation_leaves_ten_thousand_foreign_records_as_they_are(
    service: Service, crowded: dict[str, dict[str, object]]
) -> None:
    [zone] = service.account.zones
    shop = SenderDomain(name=Fqdn.parse("shop.example"))
    both = {"omi1": KEY, "omi2": NEXT}
    moved = replace(RELAY, ipv4=IPv4Address("192.0.2.2"))
    steps = (
        ("publish", OPERATOR, (replace(shop, keys={"omi1": KEY}),)),
        ("publish the next key", OPERATOR, (replace(shop, keys=both),)),
        (
            "withdraw the old key",
            OPERATOR,
            (replace(shop, keys={"omi2": NEXT}, withdrawn=frozenset({"omi1"})),),
        ),
        (
            "another address",
            replace(OPERATOR, relays=(moved,)),
            (replace(shop, keys={"omi2": NEXT}),),
        ),
        ("the customer leaves", OPERATOR, ()),
    )
    for step, operator, domains in steps:
        made = run(service, operator, *domains, sweep=True)
        assert made.changes, step
        there = {identifier: zone.records.get(identifier) for identifier in crowded}
        assert there == crowded, step
        assert not run(service, operator, *domains), step
        assert len(service.asked) <= 3, step
    assert len(zone.records) == COUNT + 5  # A, _spf, the relay's own SPF, two CNAMEs to its keys
