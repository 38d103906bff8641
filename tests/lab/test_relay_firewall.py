"""What reaches a relay from elsewhere, and that no rule shuts the operator out for good."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import hosts, plan
from lab.site import Site
from tests.lab.relay_client import deliver
from tests.lab.relay_run import COMPONENTS, Control, Inventory, shell
from tests.lab.scan import open_ports

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

RELAY = plan.host("smtp2")
OPEN = {22, 25, 465, 587}
ELSEWHERE = 9100  # a port on which something listens that no inventory knows
ONE = ("--limit", RELAY.fqdn)
TABLE = "inet omi_firewall"
HEALING_S = 75  # the minute of the trial, and what a busy machine adds
NOBODY = 'ssh_from=["192.0.2.99"]'


@contextmanager
def listening(place: Site) -> Iterator[None]:
    """Let something listen on every address of the relay, beside what belongs there."""
    unit = "elsewhere"
    program = f"/usr/bin/python3 -m http.server {ELSEWHERE} --bind ::"
    shell(place, "smtp2", f"systemd-run -q --collect --unit={unit} {program}")
    try:
        for _ in range(100):
            if str(ELSEWHERE) in shell(place, "smtp2", "ss -ltn"):
                break
            time.sleep(0.1)
        yield
    finally:
        shell(place, "smtp2", f"systemctl stop {unit}")


def written(control: Control, directory: Path, settings: str) -> Path:
    """Write the lab's inventory with a firewall of its own."""
    changes = {
        "    environment,\n": "    accept,\n    environment,\n    firewall,\n",
        "    plaintext_auth=True,": f"    firewall=firewall({settings}),\n    plaintext_auth=True,",
    }
    return Inventory(directory, changes=changes).write(control)


def rules(place: Site) -> str:
    return shell(place, "smtp2", f"nft -s -t list table {TABLE} 2>/dev/null || echo none")


@pytest.mark.parametrize(
    "address", [RELAY.ipv4, pytest.param(RELAY.ipv6, marks=pytest.mark.soak)], ids=str
)
def test_a_port_scan_finds_the_listeners_and_ssh_and_nothing_else(
    control: Control, address: str
) -> None:
    with listening(control.site):
        assert open_ports(control.site, "client", address) == OPEN


def test_without_the_table_more_is_open_and_the_next_run_closes_it(damaged: Control) -> None:
    place = damaged.site
    with listening(place):
        shell(place, "smtp2", f"nft delete table {TABLE}")
        assert answers(place, "client", ELSEWHERE)
        assert damaged.deploy(*ONE).changed == [COMPONENTS["firewall"]]
        assert not answers(place, "client", ELSEWHERE)
    # Nothing is left that would bring back what was before.
    assert shell(place, "smtp2", "systemctl list-units --all --no-legend 'omi-trial*'") == ""
    assert shell(place, "smtp2", "ls /run/omi-trial") == "firewall.lock\n"


def test_a_port_is_opened_to_whom_the_inventory_names_and_tables_of_others_stay(
    damaged: Control, tmp_path: Path
) -> None:
    """Docker's own table is one; so is whom the operator has banned: both are there afterwards."""
    place = damaged.site
    source = plan.host("client").ipv4
    shell(place, "smtp2", "nft add table ip docker; nft add chain ip docker DOCKER")
    shell(place, "smtp2", f"nft add element {TABLE} banned4 '{{ 192.0.2.7 timeout 1h }}'")
    opened = written(
        damaged, tmp_path / "opened", f'also=[accept({ELSEWHERE}, saddr=["{source}"])]'
    )
    try:
        with listening(place):
            assert damaged.deploy(*ONE, inventory=opened).changed == [COMPONENTS["firewall"]]
            assert damaged.deploy(*ONE, inventory=opened).changed == []
            assert answers(place, "client", ELSEWHERE)
            assert not answers(place, "mx", ELSEWHERE)
        assert "chain DOCKER" in shell(place, "smtp2", "nft list table ip docker")
        banned = json.loads(shell(place, "smtp2", f"nft -j list set {TABLE} banned4"))
        assert "192.0.2.7" in json.dumps(banned)
    finally:
        shell(place, "smtp2", f"nft delete table ip docker; nft flush set {TABLE} banned4")


def answers(place: Site, host: str, port: int) -> bool:
    """Whether somebody accepts a connection from that host within two seconds."""
    script = f"timeout 2 bash -c ': < /dev/tcp/{RELAY.ipv4}/{port}'"
    return hosts.run(place, host, ["sh", "-c", script]).returncode == 0


def test_who_is_banned_finds_no_listener_and_others_find_all(control: Control) -> None:
    place = control.site
    banned = plan.host("mx").ipv4
    assert answers(place, "mx", 465)
    shell(place, "smtp2", f"nft add element {TABLE} banned4 '{{ {banned} timeout 1h }}'")
    try:
        assert not answers(place, "mx", 465)
        assert answers(place, "mx", 22)
        assert answers(place, "client", 465)
        assert deliver(place, "smtp2").verdict.is_pass  # to that very host
    finally:
        shell(place, "smtp2", f"nft delete element {TABLE} banned4 '{{ {banned} }}'")
    assert answers(place, "mx", 465)


@pytest.mark.soak
def test_a_firewall_that_is_switched_off_filters_nothing(damaged: Control, tmp_path: Path) -> None:
    place = damaged.site
    off = written(damaged, tmp_path / "off", "enabled=False")
    with listening(place):
        assert damaged.deploy(*ONE, inventory=off).changed == [COMPONENTS["firewall"]]
        assert answers(place, "client", ELSEWHERE)
        assert damaged.deploy(*ONE, inventory=off).changed == []


# --- Nobody is shut out for more than a minute ---------------------------------------------------


@contextmanager
def locked_out(control: Control, directory: Path) -> Iterator[tuple[str, Path]]:
    """An inventory whose rules let nobody log in; gives the rules of before, too."""
    before = rules(control.site)
    assert answers(control.site, "client", 22)
    yield before, written(control, directory, NOBODY)
    assert rules(control.site) == before
    assert answers(control.site, "client", 22)
    assert NOBODY[11:-2] not in shell(control.site, "smtp2", "cat /etc/omi/firewall.nft")
    assert deliver(control.site, "smtp2").verdict.is_pass


def wait_until(place: Site, wanted: str) -> None:
    """Wait for these rules, for as long as a trial may last."""
    deadline = time.monotonic() + HEALING_S
    while rules(place) != wanted:
        assert time.monotonic() < deadline, "the rules of before do not come back"
        time.sleep(0.5)


@pytest.mark.soak
def test_rules_that_lock_the_operator_out_are_gone_within_a_minute(
    damaged: Control, tmp_path: Path
) -> None:
    place = damaged.site
    with locked_out(damaged, tmp_path) as (before, path):
        ended = damaged.run("-y", *ONE, inventory=path)
        assert ended.code == 1
        assert "Traceback" not in ended.said
        [said] = [line for line in ended.said.splitlines() if "log in anew" in line]
        assert "what was before comes back by itself within 60 s" in said
        wait_until(place, before)
    assert damaged.deploy(*ONE).changed == []


@contextmanager
def tried(control: Control, path: Path) -> Iterator[int]:
    """A run whose rules are on trial; gives the run's process."""
    before = rules(control.site)
    process = control.start("-y", *ONE, inventory=path)
    try:
        deadline = time.monotonic() + HEALING_S
        while rules(control.site) == before:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.soak
def test_a_control_machine_that_dies_in_the_middle_leaves_nobody_locked_out(
    damaged: Control, tmp_path: Path
) -> None:
    with locked_out(damaged, tmp_path) as (before, path):
        with tried(damaged, path) as pid:
            assert not answers(damaged.site, "client", 22)
            os.killpg(pid, signal.SIGKILL)
        wait_until(damaged.site, before)


@pytest.mark.soak
def test_a_reboot_within_the_minute_loads_the_rules_of_before(
    damaged: Control, tmp_path: Path
) -> None:
    place = damaged.site
    with locked_out(damaged, tmp_path) as (before, path):
        with tried(damaged, path) as pid:
            os.killpg(pid, signal.SIGKILL)
            init = hosts.leader(place, "smtp2")
            hosts.run(place, "smtp2", ["systemctl", "reboot"])
            hosts.wait_for_reboot(place, "smtp2", init)
        assert rules(place) == before
    assert damaged.deploy(*ONE).changed == []


@pytest.mark.soak
def test_rules_on_trial_are_not_what_another_run_goes_back_to(
    damaged: Control, tmp_path: Path
) -> None:
    place = damaged.site
    with locked_out(damaged, tmp_path) as (before, path):
        with tried(damaged, path) as pid:
            os.killpg(pid, signal.SIGKILL)
            shell(place, "smtp2", "test -e /run/omi-trial/firewall/token")
            # As a second run begins: whatever it tries, it goes back to what was before both.
            again = damaged.start("-y", *ONE, inventory=path)
            again.communicate(timeout=200)
            assert again.returncode == 1
        wait_until(place, before)
