"""The lab's network is an island, with both families and names for every address."""

import json
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from lab import delay, package_service, plan
from lab.site import Site

pytestmark = pytest.mark.lab

ELSEWHERE = ("192.0.2.1", "2001:db8:ffff::1")  # documentation: routed nowhere, here or outside


def links(*prefix: str) -> dict[str, dict[str, Any]]:
    shown = subprocess.run(
        [*prefix, "ip", "-json", "-details", "link"], capture_output=True, check=True
    )
    return {link["ifname"]: link for link in json.loads(shown.stdout)}


def test_no_interface_leads_out_of_the_namespace(place: Site) -> None:
    inside = links()
    ends = {f"vb-{place.machine(host.name)}" for host in plan.HOSTS}
    assert set(inside) - ends == {"lo", plan.BRIDGE}
    for name in set(inside) & ends:
        assert inside[name]["master"] == plan.BRIDGE
        assert "link_netnsid" in inside[name], "the other end lies in a host's own namespace"


def test_this_machine_has_no_interface_of_the_lab(place: Site) -> None:
    machine = package_service.outside(place)
    outside = links(*machine)
    assert not [name for name in outside if name.endswith(place.key) or name == plan.BRIDGE]
    routes = subprocess.run([*machine, "ip", "route"], capture_output=True, text=True, check=True)
    assert "198.18.0." not in routes.stdout


@pytest.mark.parametrize("address", ELSEWHERE)
def test_what_lies_beyond_is_unreachable_at_once(client: Any, address: str) -> None:
    result = client.attempt(["nc", "-z", "-v", "-w", "5", address, "80"])
    assert result.returncode != 0
    assert "unreachable" in result.stderr.lower() or "no route" in result.stderr.lower()


def test_the_lab_has_no_route_out_in_either_family() -> None:
    for family in ("-4", "-6"):
        shown = subprocess.run(
            ["ip", family, "route", "show", "default"], capture_output=True, text=True, check=True
        )
        routes = shown.stdout.splitlines()
        assert [line.split()[0] for line in routes] == ["unreachable"]


def test_loopback_services_of_this_machine_are_out_of_reach(place: Site) -> None:
    serve = (
        "import socket,sys;s=socket.create_server(('127.0.0.1',0));"
        "print(s.getsockname()[1],flush=True);sys.stdin.read()"
    )
    with subprocess.Popen(
        [*package_service.outside(place), "python3", "-c", serve],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as outside:
        assert outside.stdout is not None
        port = int(outside.stdout.readline())
        with closing(socket.socket()) as attempt:
            assert attempt.connect_ex(("127.0.0.1", port)) != 0
        outside.communicate()


@pytest.mark.parametrize("address", ["198.18.0.5", "2001:db8:18::5"])
def test_both_families_reach_every_host(relay: Callable[[str], Any], address: str) -> None:
    relay("smtp").run(["ping", "-c", "1", "-W", "5", address])
    with socket.create_connection((address, 25), timeout=10) as connection:
        assert connection.recv(100).startswith(b"220 mx.inbox.example")


@pytest.mark.parametrize("host", [host for host in plan.HOSTS if not host.spare])
def test_addresses_have_names(client: Any, host: plan.Host) -> None:
    for address in (host.ipv4, host.ipv6):
        assert host.fqdn in client.run(["getent", "hosts", address])


def test_a_link_can_be_made_as_slow_as_a_distant_one(place: Site, client: Any, spare: Any) -> None:
    delay.set_round_trip(place, spare.name, 50)
    slow = [round_trip(client, address) for address in ("198.18.0.13", "2001:db8:18::13")]
    delay.set_round_trip(place, spare.name, 0)
    assert 50 <= min(slow) <= max(slow) < 90, slow
    assert round_trip(client, "198.18.0.13") < 20


def round_trip(client: Any, address: str) -> float:
    shown = client.run(["ping", "-c", "4", "-i", "0.2", "-q", address])
    return float(shown.rpartition(" = ")[2].split("/")[0])
