"""The Cloudflare SDK and a stand-in whose zones a real Knot serves: published is resolvable."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from omi_core.dns.client.server import Server
from omi_core.dns.errors import NotAgreedError
from omi_core.dns.plan import Plan
from omi_core.dns.providers.cloudflare.api import Api
from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
from omi_core.dns.publishing import applied, planned
from omi_core.secret import Secret
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Service, served
from tests.cloudflare_stand_in.zone_file import zone_file
from tests.lab.knot import SHOP, Knot
from tests.lab.test_dns_rfc2136 import CUSTOMER

pytestmark = pytest.mark.lab

TOKEN = "a-token-that-must-never-be-shown-anywhere"


@dataclass
class World:
    service: Service
    zone: StoodInZone
    knot: Knot

    def run(self, patience_s: float = 20) -> Plan:
        provider = CloudflareProvider(api=Api(token=Secret(TOKEN)), writable=(SHOP,))
        made = planned(provider, CUSTOMER)
        servers = [Server("127.0.0.1", self.knot.port)]
        applied(provider, made, servers=lambda _: servers, patience_s=patience_s)
        return made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    knot = Knot(tmp_path / "knot")
    serials = count(2)

    def publish(zone: StoodInZone) -> None:
        (knot.home / f"{zone.name}.zone").write_text(zone_file(zone, next(serials)))
        os.kill(knot.process.pid, signal.SIGHUP)

    account = Account(tokens={TOKEN: None})
    zone = account.zone("shop.example", on_change=publish)
    zone.post({"name": "@", "type": "TXT", "content": "v=spf1 mx -all", "comment": "Bob's"})
    zone.post({"name": "@", "type": "TXT", "content": "verify=x"})
    zone.post({"name": "@", "type": "MX", "content": "mail.shop.example", "priority": 10})
    try:
        with served(account) as service:
            monkeypatch.setenv("CLOUDFLARE_BASE_URL", service.url)
            yield World(service, zone, knot)
    finally:
        knot.stop()


def test_what_was_published_is_served_and_the_second_run_is_two_requests(world: World) -> None:
    assert len(world.run().changes) == 4
    world.service.asked.clear()
    assert not world.run()
    assert len(world.service.asked) == 2


def test_drift_by_hand_is_planned_repaired_and_served(world: World) -> None:
    world.run()
    [cname] = [one for one in world.zone.records.values() if one["type"] == "CNAME"]
    world.zone.patch(cname["id"], {"content": "elsewhere.example"})
    world.zone.on_change(world.zone)
    [change] = world.run().changes
    assert change.type == "CNAME"
    assert not world.run()


def test_a_server_that_does_not_follow_is_named(world: World) -> None:
    world.zone.on_change = lambda _: None
    with pytest.raises(NotAgreedError, match=r"after 1 s not all servers agree: 127\.0\.0\.1:"):
        world.run(patience_s=1)
