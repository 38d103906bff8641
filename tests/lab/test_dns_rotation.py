"""Rotations that are not the usual one: two algorithms, and a relay that cannot be reached."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.dkim_rotation import DAY, DEPLOY, LEFT_ALONE, forget
from lab.site import Site
from omi_core.relay.dkim.scripts import MAKE
from tests.lab.relay_rotation import DOMAINS, KEYS, RELAYS, ROTATE, SLOTS, World, key, restored
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(200)]


@pytest.fixture
def rested(control: Control) -> Iterator[Control]:
    """The relays; afterwards the first slot signs again, by RSA alone."""
    yield control
    for domain in DOMAINS:
        for slot in SLOTS:
            unset(control.site, "itpison.com", key(domain, f"{slot}e"))
            unset(control.site, domain, f"{slot}e._domainkey.{domain}")
    restored(control)


def unset(place: Site, zone: str, name: str) -> None:
    """Take a name out of a zone, if it is there."""
    commands = f"zone-begin {zone}; zone-unset {zone} {name}.; zone-commit {zone}"
    script = "; ".join(f"knotc {command.strip()} || :" for command in commands.split(";"))
    shell(place, "dns", script)


@contextmanager
def unreachable(place: Site, relay: str) -> Iterator[None]:
    """Let nobody log in on a relay, which goes on sending what customers send."""
    shell(place, relay, "systemctl stop ssh.socket ssh.service 2>/dev/null || :")
    try:
        yield
    finally:
        shell(place, relay, "systemctl start ssh.service")


def by_both(signed: str) -> dict[str, set[str]]:
    return {relay: {signed} for relay in RELAYS}


def test_both_signatures_pass_before_during_and_after_a_rotation(
    rested: Control, tmp_path: Path
) -> None:
    world = World(rested, tmp_path, settings=" ed25519=True,")
    world.run()
    assert world.signed() == by_both("omi1 omi1e: pass pass")
    world.run(*ROTATE, *LEFT_ALONE)
    assert world.signed() == {
        "smtp": {"omi2 omi2e: pass pass"},
        "smtp2": {"omi1 omi1e: pass pass"},
    }
    assert world.completed()
    assert world.signed() == by_both("omi2 omi2e: pass pass")
    assert world.records() == {f"{d}.{s}" for d in DOMAINS for s in ("omi2", "omi2e")}


def test_a_key_that_begins_like_a_path_signs_and_is_in_no_log(
    rested: Control, tmp_path: Path
) -> None:
    """One Ed25519 key in 64: its base64 begins with a slash."""
    world = World(rested, tmp_path, settings=" ed25519=True,")
    world.run()
    seed = bytes([0xFF]) * 16 + secrets.token_bytes(16)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = f"{KEYS}/shop.example.omi1e.key"
    shell(world.place, "smtp", f"cat > {path} <<'PEM'\n{pem}PEM\nrm {path[:-3]}pub")
    shell(world.place, "smtp", f"sh <<'MAKE'\necho shop.example.omi1e ED25519 | ({MAKE})\nMAKE")
    world.run()
    assert world.signed() == by_both("omi1 omi1e: pass pass")
    for relay in RELAYS:
        log = shell(world.place, relay, "journalctl -o cat; cat /var/log/rspamd/* 2>&1 || :")
        assert base64.b64encode(seed).decode() not in log


def test_a_relay_that_was_down_catches_up_and_signs_with_no_withdrawn_key(
    rested: Control, tmp_path: Path
) -> None:
    world = World(rested, tmp_path)
    world.run()
    with unreachable(world.place, "smtp2"):
        for _ in range(3):
            world.run(*ROTATE, *LEFT_ALONE)
            assert world.signed() == {"smtp": {"omi2: pass"}, "smtp2": {"omi1: pass"}}
            forget(world.place, 8 * DAY)
    world.run()
    assert world.signed() == by_both("omi2: pass")
    assert world.completed()
    assert world.signed() == by_both("omi2: pass")
    assert world.records() == {f"{domain}.omi2" for domain in DOMAINS}


def test_a_run_that_cannot_reach_a_relay_begins_no_rotation(
    rested: Control, tmp_path: Path
) -> None:
    world = World(rested, tmp_path)
    before = world.files("smtp")
    with unreachable(world.place, "smtp2"):
        words = ("-y", *ROTATE)
        assert rested.run(*words, inventory=world.inventory, what=DEPLOY).code != 0
    assert world.files("smtp") == before
    assert world.records() == {f"{domain}.omi1" for domain in DOMAINS}
