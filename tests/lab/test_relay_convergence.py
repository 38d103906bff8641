"""What a second run says, what a dry run shows, what a further relay changes, and who comes in."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import keys, mailbox, plan
from lab.site import Site
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.client.wire import rdata_text
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.names import Fqdn
from tests.lab.conftest import Shell
from tests.lab.relay_client import (
    ALICE,
    BOB,
    OPTIONAL,
    RECIPIENT,
    RELAYS,
    SUBMISSION,
    WRAPPED,
    Session,
    deliver,
    mail,
)
from tests.lab.relay_run import Control, Inventory, digests, dkim_keys, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]


@contextmanager
def counted(place: Site, relay: str) -> Iterator[list[str]]:
    """Collect what sshd itself logs of every command that it runs in the block."""
    extra = "/etc/ssh/sshd_config.d/count.conf"
    shell(place, relay, f"echo LogLevel VERBOSE > {extra}; systemctl reload ssh")
    cursor = shell(place, relay, "journalctl -n 0 --show-cursor").split()[-1]
    seen: list[str] = []
    yield seen
    log = shell(place, relay, f"journalctl -o cat --after-cursor '{cursor}'")
    seen += [line for line in log.splitlines() if line.startswith("Starting session:")]
    shell(place, relay, f"rm {extra}; systemctl reload ssh")


def test_a_second_run_changes_nothing_in_one_command_a_host(control: Control) -> None:
    with counted(control.site, "smtp") as first, counted(control.site, "smtp2") as second:
        ended = control.deploy()
    assert ended.changed == []
    assert ended.said.count("No changes") >= 2 * len(RELAYS)
    for seen in (first, second):
        assert len(seen) == 1, "\n".join(seen)


def test_the_count_of_commands_counts(damaged: Control) -> None:
    """Otherwise one would be easy."""
    place = damaged.site
    shell(place, "smtp", "echo '# by hand' >> /etc/postfix/main.cf")
    with counted(place, "smtp") as seen, counted(place, "smtp2") as none:
        damaged.run("--limit", "smtp.itpison.com", "-y")
    # The prefetch, a look of its own, stage, check and activate, a look at what comes after it
    # (sshd), and that the gate was passed.
    assert len(seen) == 7
    assert none == []


def test_a_dry_run_of_what_is_deployed_names_no_host(control: Control) -> None:
    ended = control.run("--dry", "--json")
    assert ended.code == 0, ended.said
    assert set(map(tuple, ended.plan.values())) == {()}
    assert len(ended.plan) >= 9


EDITED = {
    "postfix": ("/etc/postfix/main.cf", "Listen on 25, 465 and 587 with Postfix"),
    "dovecot": ("/etc/dovecot/dovecot.conf", "Check passwords with Dovecot"),
    "rspamd": ("/etc/rspamd/rspamd.conf", "Sign with rspamd"),
    "policy": ("/etc/omi-policy/settings.json", "Judge mail by the policy daemon"),
    "doors": ("/etc/omi/doors.nft", "Bound the connections of each client"),
    "base": ("/etc/sysusers.d/omi.conf", "Name the host and its accounts"),
}


@pytest.mark.parametrize("component", EDITED)
def test_a_file_edited_by_hand_is_named_shown_and_repaired(
    damaged: Control, component: str
) -> None:
    path, operation = EDITED[component]
    place = damaged.site
    before = digests(place, "smtp2", path)
    shell(place, "smtp2", f"echo '# edited by hand' >> {path}")

    planned = damaged.run("--dry", "--json")
    assert {name: hosts for name, hosts in planned.plan.items() if hosts} == {
        operation: ["smtp2.itpison.com"]
    }
    shown = damaged.run("--dry", "--diff")
    assert f"{component}: {path} differs" in shown.said
    lines = [line for line in shown.said.splitlines() if "# edited by hand" in line]
    assert len(lines) == 1
    assert "smtp2.itpison.com" in lines[0]
    assert "-# edited by hand" in lines[0]
    assert digests(place, "smtp2", path) != before

    assert damaged.deploy().changed == [operation]
    assert digests(place, "smtp2", path) == before


HAND = {
    "a mode": "chmod 644 /etc/dovecot/relay-users",
    "an owner": "chown postfix /etc/postfix/main.cf",
    "a map": "echo 'x@y.example shop-alice' | postmap -i lmdb:/etc/postfix/senders",
    "a missing file": "rm /etc/postfix/master.cf",
    "a stopped Postfix": "systemctl stop postfix@- postfix 2>/dev/null || systemctl stop postfix",
    "a stopped Dovecot": "systemctl stop dovecot",
    "a stopped rspamd": "systemctl stop rspamd",
    "a stopped policy daemon": "systemctl stop omi-policy.service omi-policy.socket",
    "a flushed packet filter": "nft flush ruleset",
    "a rule that lets everybody in": "nft insert rule inet omi_firewall input accept",
    "a host name": "hostname changed; hostname > /etc/hostname",
    "a certificate": "rm /etc/omi/tls/relay.pem",
    "a readable key": "chmod 644 /etc/omi/dkim/shop.example.omi1.key",
    "a readable TLS key": "chmod 644 /etc/omi/tls/relay.pem",
}


@pytest.mark.parametrize("change", HAND.values(), ids=HAND)
def test_whatever_a_hand_changed_on_a_relay_is_seen_and_repaired(
    damaged: Control, change: str
) -> None:
    """Each on its own; the dry run names the host, and mail goes through after the next run."""
    before = digests(damaged.site, "smtp2", "/etc/postfix", "/etc/dovecot", "/etc/omi/dkim")
    shell(damaged.site, "smtp2", change)
    planned = damaged.run("--dry", "--json")
    named = [hosts for hosts in planned.plan.values() if hosts]
    # More than one component may be out of order: without a signer, Postfix serves nobody either.
    assert named
    assert all(hosts == ["smtp2.itpison.com"] for hosts in named)
    damaged.deploy()
    after = digests(damaged.site, "smtp2", "/etc/postfix", "/etc/dovecot", "/etc/omi/dkim")
    # A map that was built again may have other octets.
    assert without_maps(after) == without_maps(before)
    assert deliver(damaged.site, "smtp2").verdict.is_pass


def without_maps(found: dict[str, str]) -> dict[str, str]:
    return {path: digest for path, digest in found.items() if not path.endswith("mdb")}


def zones(place: Site, *names: str) -> dict[str, set[str]]:
    """Transfer whole zones and return their records, without the serial number."""
    key = TsigKey.read(keys.tsig(place))
    server = Server(plan.host("dns").ipv4)
    found = {}
    for name in names:
        zone = Fqdn.parse(name)
        provider = Rfc2136Provider(server=server, key=key, writable=(zone,))
        records = provider.read(zone, []).records
        found[name] = {
            f"{r.name} {r.ttl} {r.type} {rdata_text(r)}" for r in records if r.type != "SOA"
        }
    return found


def test_a_third_relay_signs_for_every_customer_and_no_customer_has_to_do_anything(
    damaged: Control, spare: Shell, tmp_path: Path
) -> None:
    place = damaged.site
    assert spare.run("ls /etc/omi || echo bare") == "bare\n"
    before = zones(place, "shop.example", "news.example")
    operator = zones(place, "itpison.com")["itpison.com"]
    inventory = Inventory(tmp_path / "inventory", relays=("smtp", "smtp2", "smtp3"))
    ended = damaged.deploy(inventory=inventory.write(damaged))

    assert zones(place, "shop.example", "news.example") == before
    now = zones(place, "itpison.com")["itpison.com"]
    assert any(line.startswith("smtp3.itpison.com. ") for line in now)
    added = now - operator
    assert not any("_domainkey" in line or ".dkim." in line for line in added)

    kept = dkim_keys(place, "smtp")
    assert kept
    assert dkim_keys(place, "smtp3") == kept
    for account in (ALICE, BOB):
        for door in (OPTIONAL, WRAPPED, SUBMISSION):
            received = deliver(place, "smtp3", door, account=account)
            assert str(received.verdict) == "spf=pass dkim=pass dmarc=pass"
    assert "Carry the DKIM keys to every relay" in ended.changed
    assert "Make the DKIM keys that no relay has" not in ended.changed


def test_an_account_comes_and_goes_with_its_file_and_nobody_is_dropped(
    damaged: Control, tmp_path: Path
) -> None:
    place = damaged.site
    inventory = Inventory(tmp_path / "with")
    path = inventory.write(damaged)
    carol = plan.Account(
        login="shop-carol", password=secrets.token_urlsafe(12), sender="carol@shop.example"
    )
    inventory.add_account("shop.toml", carol.login, carol.password, carol.sender)

    with Session(place, "smtp") as held:
        held.ready()
        assert held.envelope(ALICE.sender).code == 250
        ended = damaged.deploy(inventory=path)
        # Dovecot's users, the senders of rspamd and of Postfix
        assert len(ended.changed) == 4
        token = secrets.token_hex(8)
        assert held.data(mail(ALICE.sender, token)).code == 250
        reply, again = held.send()
        assert reply.code == 250
    for found in (token, again):
        assert mailbox.wait_for(place, RECIPIENT, found).verdict.is_pass

    for relay in RELAYS:
        assert deliver(place, relay, account=carol).verdict.is_pass
    damaged.deploy()
    for relay in RELAYS:
        with Session(place, relay) as session:
            session.hello()
            assert session.login(carol).code == 535


def test_a_new_customer_sends_after_one_run(damaged: Control, tmp_path: Path) -> None:
    """His domain's zone is not ours to write, so his mail is signed and SPF is his own affair."""
    place = damaged.site
    inventory = Inventory(tmp_path / "with")
    path = inventory.write(damaged)
    (inventory.customers / "late.toml").write_text('name = "Late"\ndomains = ["late.example"]\n')
    inventory.add_account("late.toml", "late-dave", "lab-only pass", "@late.example")
    dave = plan.Account(login="late-dave", password="lab-only pass", sender="dave@late.example")
    damaged.deploy(inventory=path)
    received = deliver(place, "smtp2", account=dave)
    assert "d=late.example;" in str(received.message["DKIM-Signature"])
    assert received.verdict.dkim != "pass"  # nobody entered his CNAMEs
    for relay in RELAYS:
        shell(place, relay, "rm /etc/omi/dkim/late.example.*")


MISTAKES = {
    "an unknown key": ("name =", "colour = 'red'\nname ="),
    "a missing name": ('name = "Shop"', ""),
    "a password instead of a hash": ("{SHA512-CRYPT}$6$", "hunter2"),
    "a foreign sender": ("alice@shop.example", "alice@news.example"),
    "another customer's domain": ('["shop.example"]', '["shop.example", "news.example"]'),
    "a login twice": ("shop-alice", "news-bob"),
    "a line break": ("shop-alice", "shop\\nalice"),
    "no TOML": ("[[account]]", "[[account]"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_customers_file_stops_the_run_before_the_first_connection(
    control: Control, tmp_path: Path, mistake: str
) -> None:
    inventory = Inventory(tmp_path / "inventory")
    path = inventory.write(control)
    file = inventory.customers / "shop.toml"
    old, new = MISTAKES[mistake]
    file.write_text(file.read_text().replace(old, new, 1))
    ended = control.run("-y", inventory=path)
    assert ended.code != 0
    assert "Connecting" not in ended.said
    assert "Traceback" not in ended.said
    assert "hunter2" not in ended.said
    named = [line for line in ended.said.splitlines() if ".toml" in line]
    assert len(named) == 1, ended.said


def test_a_changed_ssh_host_key_stops_the_run(control: Control, tmp_path: Path) -> None:
    """Nothing is done on either relay: the other one was reachable, and the run ends."""
    known = tmp_path / "known_hosts"
    lines = keys.known_hosts(control.site).read_text().splitlines()
    other = keys.host_key(control.site, "client").with_suffix(".pub").read_text().split()[1]
    changed = [
        " ".join([*line.split()[:2], other]) if line.startswith("smtp2,") else line
        for line in lines
    ]
    known.write_text("\n".join(changed) + "\n")
    with counted(control.site, "smtp2") as seen:
        ended = control.run("-y", "--data", f"ssh_known_hosts_file={known}")
    assert ended.code != 0
    assert seen == []
    assert "smtp2.itpison.com" in ended.said


def test_an_unknown_ssh_host_key_stops_the_run_too(control: Control, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    lines = keys.known_hosts(control.site).read_text().splitlines(keepends=True)
    known.write_text("".join(line for line in lines if not line.startswith("smtp2,")))
    with counted(control.site, "smtp2") as seen:
        ended = control.run("-y", "--data", f"ssh_known_hosts_file={known}")
    assert ended.code != 0
    assert seen == []
    assert not known.read_text().count("198.18.0.12")


def test_the_inventory_prints_as_json_without_secrets(control: Control) -> None:
    shown = control.run("--json", what="debug-inventory")
    assert json.loads(shown.stdout)
    assert "$6$" not in shown.said
    assert "MASKED" in shown.said
