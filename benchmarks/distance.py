"""A line with a delay, between the lab and a place far away from it.

usage: python -m benchmarks.distance MILLISECONDS      inside the lab's network

What tc-netem(8) would do; its kernel module is missing on many virtual machines. Two TUN devices
are joined by this program, which holds each packet for half of the round trip. It prints the id
of the process that lives in the far place's network namespace, and ends with its own input.
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

NEAR, FAR = "198.18.1.1", "198.18.1.2"
LAB = "198.18.0.0/24"

# linux/if_tun.h
_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000

_LARGEST_PACKET = 65536
_STDIN = 0


def main(round_trip_ms: str) -> None:
    """Join lab and far place until standard input ends."""
    near, far = _device("omi-near"), _device("omi-far")
    with subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) as holder:
        try:
            _wait_for_namespace(holder.pid)
            _configure(holder.pid)
            print(holder.pid, flush=True)
            _carry(near, far, delay=float(round_trip_ms) / 2000)
        finally:
            holder.kill()


def enter(pid: int) -> list[str]:
    """Return the words that make a command run in the far place."""
    return ["nsenter", f"--net=/proc/{pid}/ns/net"]


def _device(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def _wait_for_namespace(pid: int) -> None:
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        time.sleep(0.01)


def _configure(pid: int) -> None:
    _ip(f"link set omi-far netns {pid}")
    _ip(f"address add {NEAR} peer {FAR} dev omi-near")
    _ip("link set omi-near up")
    there = enter(pid)
    _ip("link set lo up", *there)
    _ip(f"address add {FAR} peer {NEAR} dev omi-far", *there)
    _ip("link set omi-far up", *there)
    _ip(f"route add {LAB} via {NEAR} dev omi-far", *there)


def _ip(line: str, *before: str) -> None:
    subprocess.run([*before, "ip", *line.split()], check=True)


def _carry(near: int, far: int, *, delay: float) -> None:
    ways = {near: far, far: near}
    held: deque[tuple[float, int, bytes]] = deque()  # all wait equally long: first in, first out
    while True:
        patience = max(0.0, held[0][0] - time.monotonic()) if held else None
        readable, _, _ = select.select([_STDIN, *ways], [], [], patience)
        if _STDIN in readable:
            return
        for device in readable:
            packet = os.read(device, _LARGEST_PACKET)
            held.append((time.monotonic() + delay, ways[device], packet))
        while held and held[0][0] <= time.monotonic():
            _, device, packet = held.popleft()
            os.write(device, packet)


if __name__ == "__main__":
    main(*sys.argv[1:])
