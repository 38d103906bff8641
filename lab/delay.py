"""Makes the link to one host as slow as a distant one: `python3 -m lab delay smtp 50`.

The host's port leaves the bridge, and lab/delay_line.py carries its frames to the bridge and
back. A reset host has its ordinary link again.
"""

import subprocess
import sys

from lab import command, control_groups, hosts, network, plan
from lab.failure import LabError
from lab.site import Site

# Frames must be whole on the line: checksums made and segments cut before they get there
# (ethtool's ioctl: STXCSUM, STSO, SGSO with value 0).
_WHOLE_FRAMES = """
import ctypes, fcntl, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    for command in (0x17, 0x1f, 0x24):
        buffer = ctypes.create_string_buffer(struct.pack("II", command, 0), 8)
        request = struct.pack("16sP", sys.argv[1].encode(), ctypes.addressof(buffer))
        fcntl.ioctl(control, 0x8946, request)
"""


def set_round_trip(site: Site, name: str, milliseconds: float) -> None:
    """Add this to each round trip between a host and all others; 0 makes it ordinary again."""
    leader = hosts.leader(site, name)
    _remove(site, name)
    if milliseconds <= 0:
        return
    near, far = f"dn-{site.machine(name)}", f"df-{site.machine(name)}"
    _ip(site, f"link add {near} type veth peer name {far}")
    _ip(site, f"link set {far} master {plan.BRIDGE} up")
    _ip(site, f"link set {near} up")
    _ip(site, f"link set {_port(site, name)} nomaster")
    _cut_whole([*network.enter(site)], far)
    _cut_whole(["nsenter", "--target", str(leader), "--net"], "host0")
    _start(site, name, near, milliseconds / 2000)


def _port(site: Site, name: str) -> str:
    return f"vb-{site.machine(name)}"


def _remove(site: Site, name: str) -> None:
    control_groups.end(_cgroup(site, name))
    command.attempt([*network.enter(site), "ip", "link", "delete", f"dn-{site.machine(name)}"])
    _ip(site, f"link set {_port(site, name)} master {plan.BRIDGE}")


def _start(site: Site, name: str, near: str, seconds: float) -> None:
    members = control_groups.make(_cgroup(site, name)) / "cgroup.procs"
    join = 'echo $$ > "$1" && shift && exec "$@"'
    line = [sys.executable, "-m", "lab.delay_line", _port(site, name), near, str(seconds)]
    with site.log(f"{name}-delay").open("w") as log:
        started = subprocess.Popen(
            ["setsid", "--fork", "sh", "-c", join, "sh", members, *network.enter(site), *line],
            cwd=site.checkout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    _wait(site, name, started)


def _wait(site: Site, name: str, started: subprocess.Popen[bytes]) -> None:
    with started:
        if started.stdout is None or started.stdout.readline() != b"ready\n":
            raise LabError(f"the slow link did not start; see {site.log(name + '-delay')}")


def _cgroup(site: Site, name: str) -> str:
    return f"{site.cgroup}/{name}/delay"


def _ip(site: Site, words: str) -> None:
    command.run([*network.enter(site), "ip", *words.split()])


def _cut_whole(enter: list[str], interface: str) -> None:
    command.run([*enter, sys.executable, "-c", _WHOLE_FRAMES, interface])
