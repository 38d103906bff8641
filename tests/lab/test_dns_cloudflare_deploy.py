"""`deploys/dns.py` on Cloudflare: pyinfra and the SDK against the stand-in, served by the lab."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from omi_core.dns.client.tsig import TsigKey
from tests.cloudflare_stand_in.account import StoodInZone
from tests.cloudflare_stand_in.lab_zones import PRIMARY, TOKEN, ZONES, moved
from tests.cloudflare_stand_in.service import Service, served
from tests.lab.relay_run import Control, Inventory, Run, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(200)]

DNS = "deploys/dns.py"
SELECTOR = "omi1._domainkey.shop.example"


@dataclass
class World:
    control: Control
    inventory: Path
    service: Service

    def run(self, *words: str) -> Run:
        self.service.asked.clear()
        ended = self.control.run(*words, inventory=self.inventory, what=DNS)
        assert ended.code == 0, ended.said
        assert TOKEN not in ended.said
        return ended

    def zone(self, name: str) -> StoodInZone:
        return next(zone for zone in self.service.account.zones if zone.name == name)

    def edit(self, zone: StoodInZone, name: str, content: str) -> None:
        """What a person does at the dashboard."""
        [entry] = [one for one in zone.records.values() if one["name"] == name]
        zone.patch(entry["id"], {"content": content})
        zone.on_change(zone)

    def served(self, name: str, kind: str) -> str:
        return shell(self.control.site, "dns", f"kdig @{PRIMARY} +short {name} {kind}").strip()


@pytest.fixture
def world(control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The lab's zones moved to the service as they are, with a comment of somebody's."""
    token = tmp_path / "cloudflare.token"
    token.touch(0o600)
    token.write_text(f"{TOKEN}\n")
    there = 'rfc2136(server="198.18.0.2", key_file=".lab/tsig.key")'
    written = {
        there: f"cloudflare(token_file={str(token)!r})",
        "    rfc2136,\n": "    cloudflare,\n",
    }
    inventory = Inventory(tmp_path / "inventory", changes=written).write(control)
    with served(moved(TsigKey.read(control.site.state / "tsig.key"))) as service:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", service.url)
        yield World(control, inventory, service)
    control.deploy(what=DNS)


def unpublish(zone: StoodInZone) -> None:
    """Take away what tells receivers who we are."""
    ours = [one for one in zone.records.values() if one["name"].startswith(("omi", "_spf"))]
    assert ours
    for entry in ours:
        zone.delete(entry["id"])
    zone.on_change(zone)


def test_a_deploy_publishes_what_is_resolved_and_the_second_asks_three_times_a_zone(
    world: World,
) -> None:
    for zone in world.service.account.zones:
        unpublish(zone)
    assert world.served(SELECTOR, "CNAME") == ""
    assert world.run("-y").changed == ["Publish DNS"]
    assert world.served(SELECTOR, "CNAME") == "omi1.shop.example.dkim.itpison.com."
    assert "v=DKIM1" in world.served("omi1.shop.example.dkim.itpison.com", "TXT")
    second = world.run("-y")
    assert second.changed == []
    assert "No changes" in second.said
    assert len(world.service.asked) <= 3 * len(ZONES)
    assert {asked.partition(" ")[0] for asked in world.service.asked} == {"GET"}


def test_drift_at_the_service_is_shown_by_dry_and_repaired(world: World) -> None:
    zone = world.zone("shop.example")
    world.edit(zone, SELECTOR, "elsewhere.example")
    assert world.served(SELECTOR, "CNAME") == "elsewhere.example."
    assert f"~ {SELECTOR}. CNAME" in world.run("--dry").said
    assert world.served(SELECTOR, "CNAME") == "elsewhere.example."
    assert world.run("-y").changed == ["Publish DNS"]
    assert world.served(SELECTOR, "CNAME") == "omi1.shop.example.dkim.itpison.com."
    assert {one["comment"] for one in zone.records.values()} == {"Bob's"}
