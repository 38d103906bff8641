"""deploys/customers.py on real relays with some dozens of customers.

What customers' files decide is brought, and nothing else; no daemon is reloaded or started again,
and who has a session goes on.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab import plan
from lab.site import Site
from tests.lab.relay_client import ALICE, RELAYS, Session, deliver
from tests.lab.relay_run import ACCOUNT, CUSTOMER, Control, Inventory, Run, hashed, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

DEPLOY = "deploys/customers.py"
MANY = 30
PASSWORD = secrets.token_hex(8)
HASH = hashed(PASSWORD)
# A zone that is written: what is sent from it verifies.
ZONE = "shop.example"
# Neither keys nor records of a customer who is gone go with him, and other tests count them.
FORGET = "rm -f /etc/omi/dkim/*.customers.* /etc/omi/dkim/*.shop.example.omi?.*"
WITHDRAW = """for zone in itpison.com shop.example; do
    knotc zone-begin $zone
    knotc zone-read $zone | awk '{ print $2 }' | sort -u |
        grep -E '(newcomer|second|together)[.]shop|customers[.]example' |
        while read -r name; do knotc zone-unset $zone $name; done
    knotc zone-commit $zone
done"""
# A process of each daemon that a restart replaces, and Postfix's, whose children a reload replaces.
PROCESSES = """cat /var/spool/postfix/pid/master.pid
systemctl show -P MainPID dovecot
journalctl -u dovecot -o cat | grep -ci -e sighup -e reloaded || :
for unit in rspamd omi-policy; do
    systemctl show -P MainPID $unit
    cat /sys/fs/cgroup$(systemctl show -P ControlGroup $unit)/cgroup.procs | sort
done
pgrep -x qmgr"""


@dataclass(frozen=True)
class Fleet:
    """The relays with dozens of customers, and the inventory that a test changes."""

    control: Control
    inventory: Inventory
    path: Path

    def add(self, name: str, zone: str = "customers.example") -> plan.Account:
        """Write the file of one more customer; the account that he has."""
        domain = f"{name}.{zone}"
        account = plan.Account(login=f"{name}-mail", password=PASSWORD, sender=f"web@{domain}")
        text = CUSTOMER.format(name=name, domain=domain) + ACCOUNT.format(
            login=account.login, hash=HASH, senders=f'"@{domain}"'
        )
        self.file(name).write_text(text)
        return account

    def file(self, name: str) -> Path:
        return self.inventory.customers / f"{name}.toml"

    def push(self, *words: str) -> Run:
        return self.control.deploy(*words, inventory=self.path, what=DEPLOY)

    def processes(self) -> list[str]:
        return [shell(self.control.site, relay, PROCESSES) for relay in RELAYS]


@pytest.fixture(scope="module")
def fleet(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    inventory = Inventory(tmp_path_factory.mktemp("many"))
    made = Fleet(control, inventory, inventory.write(control))
    for number in range(MANY):
        made.add(f"c{number}")
    yield made
    control.deploy()
    shell(control.site, "dns", WITHDRAW)
    for relay in RELAYS:
        shell(control.site, relay, FORGET)


@pytest.fixture(scope="module")
def first(fleet: Fleet) -> Run:
    """The run that brings all of them."""
    return fleet.push()


def test_dozens_of_customers_are_a_line_for_each_kind_of_change(first: Run, fleet: Fleet) -> None:
    assert f"create {MANY} TXT sets in itpison.com" in first.said
    assert f"dkim: no relay has {MANY} keys; they are made" in first.said
    assert "c7.customers.example" not in first.said
    assert fleet.control.run("-y", inventory=fleet.path, what=DEPLOY).changed == []
    assert fleet.control.run("-y", inventory=fleet.path).changed == []


@pytest.mark.usefixtures("first")
def test_a_customer_who_comes_changes_and_goes_replaces_no_process(fleet: Fleet) -> None:
    place = fleet.control.site
    before = fleet.processes()
    with Session(place, "smtp") as session:
        session.ready()
        new = fleet.add("newcomer", ZONE)
        said = fleet.push().said
        assert "+ omi1.newcomer.shop.example.dkim.itpison.com" in said
        assert deliver(place, "smtp2", account=new).verdict.is_pass
        text = fleet.file("newcomer").read_text()
        other = replace(new, sender="web@second.shop.example")
        changed = text.replace('domains = ["', 'domains = ["second.shop.example", "')
        fleet.file("newcomer").write_text(changed.replace("@newcomer.", "@second."))
        fleet.push()
        assert deliver(place, "smtp", account=other).verdict.is_pass
        with Session(place, "smtp") as old:
            assert old.ready(new).envelope(new.sender).code == 553
        fleet.file("newcomer").unlink()
        fleet.push()
        with Session(place, "smtp") as gone:
            gone.hello()
            assert gone.login(new).code == 535
        reply, _ = session.send()
        assert reply.code == 250
    assert fleet.processes() == before


@pytest.mark.usefixtures("first")
def test_what_only_the_relays_deploy_decides_is_left_and_named(fleet: Fleet) -> None:
    place = fleet.control.site
    shell(place, "smtp", "echo '# by hand' >> /etc/postfix/main.cf")
    fleet.add("beside")
    said = fleet.push().said
    assert "postfix: left to deploys/relay.py: /etc/postfix/main.cf differs" in said
    assert "by hand" in shell(place, "smtp", "tail -n 1 /etc/postfix/main.cf")
    assert shell(place, "smtp", "grep -c beside-mail /etc/postfix/senders").strip() == "1"
    fleet.control.deploy(inventory=fleet.path)
    assert "by hand" not in shell(place, "smtp", "tail -n 1 /etc/postfix/main.cf")


@pytest.mark.usefixtures("first")
def test_two_operators_at_once_leave_every_relay_as_their_files_say(fleet: Fleet) -> None:
    new = fleet.add("together", ZONE)

    def run(_: int) -> Run:
        return fleet.control.run("-y", inventory=fleet.path, what=DEPLOY)

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, range(2)))
    assert [each.code for each in ended].count(0) >= 1, "\n".join(each.said for each in ended)
    fleet.push()
    assert fleet.control.run("-y", inventory=fleet.path, what=DEPLOY).changed == []
    digests = {
        shell(fleet.control.site, relay, "cat /etc/omi/dkim/together.shop.*.key | sha256sum")
        for relay in RELAYS
    }
    assert len(digests) == 1
    assert deliver(fleet.control.site, "smtp", account=new).verdict.is_pass


@pytest.mark.usefixtures("first")
def test_a_file_of_accounts_that_cannot_be_read_stops_no_mail(fleet: Fleet) -> None:
    """Nobody can make one by a deploy, which checks it first and renames it whole."""
    place: Site = fleet.control.site
    accounts = "/etc/omi-policy/accounts.json"
    deliver(place, "smtp", account=ALICE)
    shell(place, "smtp", f"head -c 900 {accounts} > {accounts}.cut && mv {accounts}.cut {accounts}")
    with Session(place, "smtp") as session:
        reply, _ = session.ready().send()
    log = shell(place, "smtp", "journalctl -u omi-policy -o cat -n 50")
    fleet.push()
    assert reply.code == 250, reply
    assert "the accounts before it count" in log
