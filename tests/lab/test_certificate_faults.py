"""Faults while a certificate is issued: the old one is served, and the next run ends it."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import hosts, lifecycle
from lab.site import Site
from omi_core.dns.record import Opaque
from omi_core.dns.txt import Txt
from tests.lab.relay_certificates import (
    DEPLOY,
    Pebbled,
    all_served,
    program_replaced,
    published,
    validation_records,
)
from tests.lab.relay_run import Control, shell
from tests.lab.sampled import sampled
from tests.lab.test_relay_faults import full

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
pytest_plugins = ("tests.lab.relay_fixtures",)


@pytest.fixture
def pebbled(restored: Control, tmp_path: Path) -> Pebbled:
    """Relays with certificates from Pebble."""
    restored.history.clear()
    made = Pebbled(restored, tmp_path)
    made.renew()
    return made


def fails(pebbled: Pebbled, sentence: str) -> None:
    """A forced renewal must fail with one sentence, and every listener serve what it served."""
    place = pebbled.control.site
    before = all_served(place)
    run = pebbled.run("--data", "force=true")
    assert run.code == 1
    assert sentence in run.said, run.said
    assert "Traceback" not in run.said
    assert all_served(place) == before
    assert validation_records(place) == []


def ends_well(pebbled: Pebbled) -> None:
    """The next run finishes what was begun, and nothing is left over."""
    place = pebbled.control.site
    before = all_served(place)
    pebbled.renew("--data", "force=true")
    after = all_served(place)
    assert all(after[relay].isdisjoint(before[relay]) for relay in after)
    assert validation_records(place) == []
    assert pebbled.orders == []
    assert pebbled.renew().changed == []


def test_an_acme_server_that_is_down(pebbled: Pebbled) -> None:
    url = pebbled.url
    pebbled.url = "https://acme.lab-dns.example:14999/dir"
    fails(pebbled, "cannot be reached (Connection refused)")
    pebbled.url = url
    ends_well(pebbled)


def test_an_acme_server_that_refuses_six_nonces_of_ten(place: Site, pebbled: Pebbled) -> None:
    drop_in = "/etc/systemd/system/lab-pebble.service.d"
    text = "[Service]\nEnvironment=PEBBLE_WFE_NONCEREJECT=60\n"
    restart = "systemctl daemon-reload && systemctl restart lab-pebble && sleep 1"
    hosts.check(place, "acme", ["sh", "-c", f"mkdir -p {drop_in}"])
    hosts.check(place, "acme", ["tee", f"{drop_in}/nonce.conf"], stdin=text)
    hosts.check(place, "acme", ["sh", "-c", restart])
    try:
        ends_well(pebbled)
    finally:
        hosts.check(place, "acme", ["sh", "-c", f"rm -r {drop_in} && {restart}"])
        lifecycle.spread_trust(place, {"acme"})  # its root is another one now


def test_a_name_that_caa_forbids(place: Site, pebbled: Pebbled) -> None:
    pebbled.words = ', caa_identity="pebble.example"'
    forbidding = Opaque('0 issue "other.example"')
    with published(place, "smtp2.itpison.com", "CAA", forbidding):
        fails(pebbled, "CAA at smtp2.itpison.com forbids this CA to certify smtp2.itpison.com")
    hosts.check(place, "dns", ["unbound-control", "flush_zone", "itpison.com"])
    ends_well(pebbled)


def test_a_dns_update_that_is_refused(pebbled: Pebbled, tmp_path: Path) -> None:
    key = tmp_path / "tsig.key"
    key.write_text('key "nobody." { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; };\n')
    key.chmod(0o600)
    right = dict(pebbled.changes)
    pebbled.changes = {'key_file=".lab/tsig.key"': f'key_file="{key}"'}
    fails(pebbled, "refuses")
    pebbled.changes = right
    ends_well(pebbled)


def test_a_validation_record_that_an_earlier_crash_left(place: Site, pebbled: Pebbled) -> None:
    left, note = Txt.of("x" * 43), Txt.of("somebody else's note")
    with published(place, "_acme-challenge.smtp.itpison.com", "TXT", left, note):
        pebbled.renew("--data", "force=true")
        (kept,) = validation_records(place)
        assert "somebody else's note" in kept


def test_a_reload_that_fails_puts_the_old_certificate_back(place: Site, pebbled: Pebbled) -> None:
    script = 'test "$1" != reload || ! test -e /run/fail || { rm /run/fail; exit 1; }'
    real = f'{script}\nexec /usr/sbin/postfix "$@"'
    with program_replaced(place, "smtp2", "postfix", real):
        shell(place, "smtp2", "touch /run/fail")
        fails(pebbled, "the previous files are back, and it serves")
    ends_well(pebbled)


FULL = {
    "/etc/omi/tls": "No space left on device",
    "/var/lib/omi/tls": "no key can be written to /var/lib/omi/tls; is the disk full?",
}


@pytest.mark.parametrize("directory", FULL)
def test_a_full_disk_on_the_relay(place: Site, pebbled: Pebbled, directory: str) -> None:
    with full(place, "smtp2", directory):
        fails(pebbled, FULL[directory])
    ends_well(pebbled)


def order_begun(pebbled: Pebbled) -> bool:
    return bool(pebbled.orders)


def record_published(pebbled: Pebbled) -> bool:
    return bool(validation_records(pebbled.control.site))


def request_made(pebbled: Pebbled) -> bool:
    look = ["test", "-s", "/var/lib/omi/tls/pending.ecdsa.csr"]
    return hosts.run(pebbled.control.site, "smtp2", look).returncode == 0


def certificate_issued(pebbled: Pebbled) -> bool:
    return len(list((pebbled.account / "renewals").glob("*.json"))) > 2


def chain_staged(pebbled: Pebbled) -> bool:
    look = "ls -d /var/lib/omi/components/tls/stage.*"
    return hosts.run(pebbled.control.site, "smtp2", ["sh", "-c", look]).returncode == 0


def activated(pebbled: Pebbled) -> bool:
    look = ["test", "-s", "/var/lib/omi/tls/pending.ecdsa.key"]
    done = hosts.run(pebbled.control.site, "smtp2", look).returncode != 0
    return certificate_issued(pebbled) and done


STEPS = (
    request_made,
    order_begun,
    record_published,
    certificate_issued,
    chain_staged,
    activated,
)


@pytest.mark.parametrize("step", sampled(STEPS), ids=lambda step: str(step.__name__))
def test_a_control_machine_that_is_killed_at_a_step(
    place: Site, pebbled: Pebbled, step: Callable[[Pebbled], bool]
) -> None:
    process = pebbled.control.start(
        "-y", "--data", "force=true", inventory=pebbled.inventory, what=DEPLOY
    )
    deadline = time.monotonic() + 60
    while not step(pebbled) and process.poll() is None:
        assert time.monotonic() < deadline
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert all(len(leaves) == 1 for leaves in all_served(place).values())
    pebbled.renew()
    assert validation_records(place) == []
    assert pebbled.orders == []
    assert pebbled.renew().changed == []
