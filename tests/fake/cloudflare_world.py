"""One zone at the stand-in, with records of people in it, and our provider before it."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from omi_core.dns.claim import Claim, WholeSet
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.providers.cloudflare.api import Api
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
from omi_core.dns.record import Type
from omi_core.dns.txt import Txt
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.text import Text
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Fault, Service, served

SHOP = Fqdn.parse("shop.example")
TOKEN = "a-token-that-must-never-be-shown-anywhere"
OURS = Fqdn.parse("_spf.itpison.com")


def wanted(*claims: Claim) -> Publication:
    return Publication(zone=SHOP, claims=claims)


def text_at(labels: str, text: str, ttl: int = 300) -> WholeSet:
    return WholeSet(name=SHOP.child(labels), type=Type.TXT, ttl=ttl, values=(Txt.of(text),))


CNAME = WholeSet(
    name=SHOP.child("omi1._domainkey"),
    type=Type.CNAME,
    ttl=3600,
    values=(Fqdn.parse("omi1.shop.example.dkim.itpison.com"),),
)
CUSTOMER = wanted(
    SpfInclude(name=SHOP, ttl=3600, target=OURS),
    DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none"),
    CNAME,
    text_at("long", "v=DKIM1; k=rsa; p=" + "A" * 392),
)
FOREIGN: tuple[dict[str, Any], ...] = (
    {"name": "@", "type": "TXT", "content": "google-site-verification=abc", "comment": "Ann's"},
    {"name": "@", "type": "TXT", "content": "v=spf1 mx -all", "comment": "by Bob", "ttl": 900},
    {"name": "@", "type": "TXT", "content": '"two " "strings"'},
    {"name": "@", "type": "TXT", "content": '"left open'},
    {"name": "@", "type": "MX", "content": "mail.shop.example", "priority": 10},
    {"name": "www", "type": "A", "content": "192.0.2.7", "proxied": True, "tags": ["team:web"]},
)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class World:
    """One account with one zone, the service before it, and our side."""

    service: Service
    zone: StoodInZone
    clock: Clock = field(default_factory=Clock)
    said: list[Text] = field(default_factory=list)

    def provider(
        self, token: str = TOKEN, timeout_s: float = 5, **settings: Any
    ) -> CloudflareProvider:
        budget = Budget(clock=self.clock.time, sleep=self.clock.sleep, progress=self.said.append)
        api = Api(token=Secret(token), timeout_s=timeout_s, budget=budget)
        return CloudflareProvider(api=api, writable=(SHOP,), **settings)

    def fault(self, **described: Any) -> None:
        self.service.faults.append(Fault(**described))

    def content(self) -> dict[str, Any]:
        return deepcopy(self.zone.records)

    def named(self, name: str, kind: str) -> list[dict[str, Any]]:
        full = f"{name}.shop.example" if name else "shop.example"
        records = self.zone.records.values()
        return [one for one in records if (one["name"], one["type"]) == (full, kind)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    account = Account(tokens={TOKEN: None})
    zone = account.zone("shop.example")
    for entry in FOREIGN:
        zone.post(dict(entry))
    with served(account) as service:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", service.url)
        yield World(service, zone)


def planned(provider: CloudflareProvider, desired: Publication = CUSTOMER) -> Plan:
    made = plan(desired, provider.read(SHOP, ()))
    made.raise_if_unsafe()
    return made


def run(provider: CloudflareProvider, desired: Publication = CUSTOMER) -> Plan:
    made = planned(provider, desired)
    provider.apply(SHOP, made.changes)
    return made
