"""Which TCP ports answer: a connection to every one, as a port scanner without rights makes it.

A program of its own, run in a host's network: `python -m tests.lab.scan ADDRESS` prints the ports
that accept, one a line.
"""

import errno
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Iterator

from lab import hosts
from lab.site import Site

EVERY = range(1, 65536)
AT_ONCE = 16384
# Longer than the kernel waits until it asks again: one lost packet hides no port.
PATIENCE_S = 1.5


def open_ports(place: Site, host: str, address: str) -> set[int]:
    """Return the ports of an address that accept connections from a host of the lab."""
    enter = ["nsenter", "--target", str(hosts.leader(place, host)), "--net"]
    words = [*enter, sys.executable, "-m", "tests.lab.scan", address]
    ended = subprocess.run(words, cwd=place.checkout, capture_output=True, text=True, check=True)
    return {int(line) for line in ended.stdout.split()}


def scan(address: str) -> Iterator[int]:
    """Yield each port that accepts."""
    for first in range(EVERY.start, EVERY.stop, AT_ONCE):
        yield from _some(address, range(first, min(first + AT_ONCE, EVERY.stop)))


def _some(address: str, ports: range) -> Iterator[int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    waiting = {}
    with select.epoll() as ready:
        for port in ports:
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            if sock.connect_ex((address, port)) not in {0, errno.EINPROGRESS}:
                sock.close()
                continue
            waiting[sock.fileno()] = (sock, port)
            ready.register(sock, select.EPOLLOUT)
        while found := ready.poll(PATIENCE_S):
            for fileno, _ in found:
                ready.unregister(fileno)
                sock, port = waiting.pop(fileno)
                if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    yield port
                sock.close()
    for sock, _ in waiting.values():
        sock.close()


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 2 * AT_ONCE), most))
    sys.stdout.write("\n".join(map(str, scan(sys.argv[1]))))
