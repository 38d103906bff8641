"""A customer who left: his keys stay on the relays and in DNS while mail is under way, then go."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import plan
from tests.lab.conftest import Shell
from tests.lab.relay_client import RELAYS
from tests.lab.relay_run import CUSTOMER, Control, Inventory

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

DKIM = "deploys/dkim.py"
DOMAIN = "left.example"
KEY = f"omi1.{DOMAIN}.dkim.itpison.com"
KEEP_DAYS = 7
FILES = f"/etc/omi/dkim/{DOMAIN}.omi1"


@pytest.fixture
def inventory(control: Control, tmp_path: Path) -> Iterator[Inventory]:
    made = Inventory(tmp_path / "inventory")
    made.write(control)
    yield made
    for name in RELAYS:
        Shell(control.site, name).run(f"rm -f {FILES}.*")
    control.deploy()


def published(control: Control) -> bool:
    asked = f"kdig +short @127.0.0.1 {KEY} TXT || kdig +short @{plan.ipv4(2)} {KEY} TXT"
    return "v=DKIM1" in Shell(control.site, "dns").run(asked)


def on_relays(control: Control) -> list[bool]:
    return [
        Shell(control.site, name).attempt(f"test -s {FILES}.key").returncode == 0 for name in RELAYS
    ]


def test_his_keys_stay_for_mail_under_way_and_then_go_by_themselves(
    control: Control, inventory: Inventory
) -> None:
    path = inventory.directory / "lab.py"
    file = inventory.customers / "left.toml"
    file.write_text(CUSTOMER.format(name="Left", domain=DOMAIN))
    control.deploy(inventory=path)
    assert published(control)
    file.unlink()

    for _ in range(2):  # the day that is remembered is the first
        control.deploy(inventory=path, what=DKIM)
        assert published(control)
        assert on_relays(control) == [True, True]

    long_ago = int(time.time()) - KEEP_DAYS * 86400 - 60
    for name in RELAYS:
        Shell(control.site, name).run(f"sed -i 's/gone [0-9]*/gone {long_ago}/' {FILES}.gone.mark")
    control.deploy(inventory=path, what=DKIM)
    assert not published(control)
    assert on_relays(control) == [False, False]
