"""A CA that certifies nobody whom it does not know already (RFC 8555 7.3.4)."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import hosts
from lab.site import Site
from tests.lab.relay_certificates import Pebbled, all_served
from tests.lab.relay_run import Control

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
pytest_plugins = ("tests.lab.relay_fixtures",)

KEY_ID = "customer-7"
UNIT = "lab-pebble-bound"
URL = "https://acme.lab-dns.example:14001/dir"


@dataclass(frozen=True)
class Bound:
    """Another Pebble, which wants an account that it knows, and its key for ours."""

    pebbled: Pebbled
    mac_key: str

    def says(self, mac_key: str, mode: int = 0o600) -> None:
        """Write the key into the file that the inventory names."""
        file = self.pebbled.directory / "mac.key"
        file.unlink(missing_ok=True)
        file.touch(mode)
        file.write_text(f"{mac_key}\n")
        self.pebbled.words = (
            f", root_file={str(root_file(self.pebbled))!r},"
            f" external_account=({KEY_ID!r}, {str(file)!r})"
        )

    def fails(self, sentence: str) -> None:
        """The run must end with a sentence, show no key, and leave what is served."""
        place = self.pebbled.control.site
        before = all_served(place)
        run = self.pebbled.run("--data", "force=true", "--debug")
        assert run.code == 1
        assert sentence in run.said, run.said
        assert self.mac_key not in run.said
        assert all_served(place) == before


def root_file(pebbled: Pebbled) -> Path:
    return pebbled.directory / "root.pem"


@pytest.fixture
def bound(control: Control, tmp_path: Path) -> Iterator[Bound]:
    place = control.site
    mac_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    pebbled = Pebbled(control, tmp_path, url=URL)
    root_file(pebbled).write_text(started(place, mac_key))
    pebbled.words = f", root_file={str(root_file(pebbled))!r}"
    control.history.clear()
    yield Bound(pebbled, mac_key)
    hosts.check(place, "acme", ["systemctl", "stop", UNIT])
    control.deploy()


def started(place: Site, mac_key: str) -> str:
    """Start the other Pebble, and return its root."""
    settings = json.loads(hosts.check(place, "acme", ["cat", "/etc/pebble/lab.json"]))
    settings["pebble"] |= {
        "listenAddress": "[::]:14001",
        "managementListenAddress": "[::]:15001",
        "externalAccountBindingRequired": True,
        "externalAccountMACKeys": {KEY_ID: mac_key},
    }
    hosts.check(place, "acme", ["tee", "/etc/pebble/bound.json"], stdin=json.dumps(settings))
    program = "pebble -strict -config /etc/pebble/bound.json -dnsserver 127.0.0.1:53"
    hosts.check(place, "acme", ["systemd-run", f"--unit={UNIT}", *program.split()])
    for _ in range(100):
        root = hosts.run(place, "acme", ["curl", "-sk", "https://localhost:15001/roots/0"])
        if root.returncode == 0:
            return root.stdout
        time.sleep(0.1)
    raise AssertionError("the other Pebble does not answer")


def test_an_account_that_the_ca_knows_already_is_used_and_others_are_told(bound: Bound) -> None:
    bound.fails("the CA requires external account binding; set external_account=(KEY ID, FILE)")
    bound.says(bound.mac_key[::-1])
    bound.fails("the CA refuses: ")
    bound.says(bound.mac_key, mode=0o644)
    bound.fails("mac.key can be read by others; run chmod 600 on it")

    bound.says(bound.mac_key)
    place = bound.pebbled.control.site
    before = all_served(place)
    run = bound.pebbled.renew("--data", "force=true", "--debug")
    assert bound.mac_key not in run.said
    after = all_served(place)
    assert all(after[relay].isdisjoint(before[relay]) for relay in after)
    assert bound.pebbled.renew().changed == []
