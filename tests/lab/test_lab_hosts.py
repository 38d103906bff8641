"""Relays are bare, bare again within seconds, and a lab that crashed is repaired by `up`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import command, control_groups, hosts, keys, lifecycle, package_service, plan
from lab.site import Site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_relay_is_bare(spare: Any) -> None:
    assert spare.run("ls /var/lib/apt/lists").split() in ([], ["partial"], ["lock", "partial"])
    listening = spare.run("ss -Hltn | awk '{print $4}'").split()
    assert sorted(listening) == ["0.0.0.0:22", "[::]:22"]
    assert spare.attempt("command -v postfix dovecot rspamd").returncode != 0


def test_reset_makes_a_host_bare(place: Site, spare: Any) -> None:
    spare.run("touch /root/mark && rm /etc/debian_version")
    lifecycle.reset(place, [plan.host("smtp3")])
    assert spare.run("ls /root /etc/debian_version").split() == ["/etc/debian_version", "/root:"]


@pytest.mark.parametrize("name", ["smtp3", "smtp3.itpison.com", "198.18.0.13", "2001:db8:18::13"])
def test_ssh_knows_each_relay_under_all_its_names(place: Site, spare: Any, name: str) -> None:
    assert spare.name == "smtp3"
    target = name if name[0].isdigit() else "198.18.0.13"
    known = [f"UserKnownHostsFile={keys.known_hosts(place)}", f"HostKeyAlias={name}"]
    options = ["StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "BatchMode=yes"]
    words = [word for option in (*known, *options) for word in ("-o", option)]
    identity = ["-F", "none", "-i", str(keys.identity(place))]
    command.run(["ssh", *identity, *words, f"root@{target}", "true"])


def test_a_host_comes_back_after_a_reboot(place: Site, spare: Any) -> None:
    spare.run("touch /root/mark")
    before = hosts.leader(place, "smtp3")
    spare.attempt("systemctl reboot")
    hosts.wait_for_reboot(place, "smtp3", before)
    assert spare.run("ls /root").strip() == "mark"


def test_a_directory_can_be_made_full(spare: Any) -> None:
    spare.run("mkdir /full && mount -t tmpfs -o size=64k none /full")
    result = spare.attempt("head -c 1M /dev/zero > /full/file")
    assert "No space left on device" in result.stderr


def test_up_boots_a_host_that_was_killed(place: Site, spare: Any) -> None:
    host = plan.host("smtp3")
    control_groups.end(f"{place.cgroup}/smtp3")
    assert not hosts.is_running(place, host)
    lifecycle.up(place, [host])
    assert spare.run("systemctl is-system-running").strip() == "running"


def test_up_leaves_a_running_host_alone(place: Site, relay: Callable[[str], Any]) -> None:
    smtp = plan.host("smtp")
    before = hosts.leader(place, "smtp")
    lifecycle.up(place, [smtp])
    assert hosts.leader(place, "smtp") == before
    assert relay("smtp").run("true") == ""


class Neighbour:
    """A second checkout with a lab of its own, which starts from this machine's namespaces."""

    def __init__(self, checkout: Path, machine: list[str]) -> None:
        self.site = Site(checkout)
        self.machine = machine

    def lab(self, *words: str) -> list[str]:
        inside = f'cd "{self.site.checkout}" && exec python3 -m lab "$@"'
        return [*self.machine, "sh", "-c", inside, "sh", *words]


@pytest.fixture
def neighbour(place: Site, tmp_path: Path) -> Iterator[Neighbour]:
    command.run(["cp", "-r", CHECKOUT / "lab", tmp_path])
    second = Neighbour(tmp_path, package_service.outside(place))
    yield second
    command.run(second.lab("down"))


def test_labs_of_two_checkouts_run_side_by_side(
    place: Site, neighbour: Neighbour, relay: Callable[[str], Any]
) -> None:
    command.run(neighbour.lab("up", "smtp"))
    assert neighbour.site.key != place.key
    command.run(neighbour.lab("ssh", "smtp", "touch /root/neighbour"))
    assert relay("smtp").attempt("ls /root/neighbour").returncode != 0


def test_down_leaves_nothing_but_keys(neighbour: Neighbour) -> None:
    command.run(neighbour.lab("up", "smtp3"))
    command.run(neighbour.lab("down"))
    assert not control_groups.path(neighbour.site.cgroup).exists()
    mounts = command.run([*neighbour.machine, "cat", "/proc/self/mounts"])
    assert str(neighbour.site.checkout) not in mounts
    assert neighbour.site.namespace not in mounts
    assert not neighbour.site.runtime.exists()
    assert not (neighbour.site.state / "hosts" / "smtp3").exists()


def test_up_mends_what_a_killed_up_left(neighbour: Neighbour) -> None:
    patient = ["timeout", "--signal=KILL", "0.8", *neighbour.lab("up", "smtp3")]
    assert command.attempt(patient).returncode != 0
    command.run(neighbour.lab("up", "smtp3"))
    assert "running" in command.run(neighbour.lab("ssh", "smtp3", "systemctl is-system-running"))


def test_up_mends_a_lab_of_which_every_process_was_killed(neighbour: Neighbour) -> None:
    command.run(neighbour.lab("up", "smtp3"))
    control_groups.end(neighbour.site.cgroup)
    command.run(neighbour.lab("up", "smtp3"))
    assert "running" in command.run(neighbour.lab("ssh", "smtp3", "systemctl is-system-running"))


def test_private_files_are_for_root_alone(place: Site) -> None:
    private = [keys.tsig(place), keys.identity(place), place.state / "ca" / "root.key"]
    private += (place.state / "passwords").iterdir()
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
