"""A customer from nothing: records handed over, entered on his own server, verified, and mailed."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import delegation, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import RECIPIENT, RELAYS, Session
from tests.lab.relay_run import CUSTOMER, Control, Inventory, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

DOMAIN = "flowers.example"
ROSE = plan.Account(login="flowers-rose", password="lab-only Gl0xinia", sender=f"rose@{DOMAIN}")


def started(control: Control, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "omi_core.cli", "dns", *words],
        cwd=control.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def omi(control: Control, *words: str) -> tuple[int, str]:
    process = started(control, *words)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    return process.returncode, out + err


def enter(site: Site, zone_file: str) -> None:
    """Enter the lines of a zone file on the customer's own server, as he would."""
    commands = [f"knotc zone-begin {DOMAIN}"]
    for line in zone_file.splitlines():
        if not line.startswith(";"):
            name, ttl, _, kind, data = line.split(" ", 4)
            commands.append(f"knotc zone-set {DOMAIN} {name} {ttl} {kind} {shlex.quote(data)}")
    shell(site, "dns", "; ".join([*commands, f"knotc zone-commit {DOMAIN}"]))
    delegation.flush(site)


@pytest.fixture
def inventory(control: Control, tmp_path: Path) -> Iterator[Path]:
    """The lab's inventory with one more customer, whose zone the relays may not write."""
    delegation.add_zone(control.site, DOMAIN)
    made = Inventory(tmp_path / "inventory")
    path = made.write(control)
    customer = CUSTOMER.format(name="Flowers", domain=DOMAIN)
    (made.customers / "flowers.toml").write_text(customer)
    made.add_account("flowers.toml", ROSE.login, ROSE.password, f"@{DOMAIN}")
    yield path
    control.deploy()
    for relay in RELAYS:  # keys outlive a customer; other tests compare them with the inventory's
        shell(control.site, relay, f"rm -f /etc/omi/dkim/{DOMAIN}.*")


def test_a_customer_is_onboarded_from_nothing(control: Control, inventory: Path) -> None:
    control.deploy(inventory=inventory)
    given = ("--inventory", str(inventory))

    code, said = omi(control, "verify", DOMAIN, *given)
    assert code == 1
    for mistake in ("there is no SPF record", "nothing stands where", "there is no DMARC policy"):
        assert mistake in said

    code, zone_file = omi(control, "records", DOMAIN, "--format", "zone", *given)
    assert code == 0
    waiting = started(control, "verify", DOMAIN, "--wait", "3", *given)
    assert waiting.stderr is not None
    first = waiting.stderr.readline()
    assert f"_dmarc.{DOMAIN} (198.18.0.2, 2001:db8:18::2) dmarc-missing" in first
    enter(control.site, zone_file)
    out, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, out
    assert "198.18.0.11: pass" in out

    with Session(control.site, "smtp") as session:
        reply, token = session.ready(ROSE).send(ROSE)
        assert reply.code == 250, reply
    received = mailbox.wait_for(control.site, RECIPIENT, token)
    assert str(received.verdict) == "spf=pass dkim=pass dmarc=pass"


def test_a_deploy_looks_at_the_operator_and_at_every_customer(control: Control) -> None:
    fine = control.run("-y", what="deploys/verify.py")
    assert fine.code == 0, fine.said
    unset = "zone-unset news.example omi1._domainkey CNAME"
    commit = "knotc zone-begin news.example; knotc {0}; knotc zone-commit news.example"
    shell(control.site, "dns", commit.format(unset))
    wrong = control.run("-y", what="deploys/verify.py")
    control.run("-y", what="deploys/dns.py")
    assert wrong.code == 1
    assert "omi1._domainkey.news.example: nothing stands where receivers look" in wrong.said
    assert "Traceback" not in wrong.said
