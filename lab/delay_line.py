"""Carries Ethernet frames between two interfaces, each a fixed time later (packet(7)).

What `tc qdisc ... netem delay` does, for kernels without netem.

usage: python3 -m lab.delay_line INTERFACE INTERFACE SECONDS
"""

import contextlib
import selectors
import socket
import struct
import sys
import time
from collections import deque

_ALL_PROTOCOLS = 0x0003  # ETH_P_ALL
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_MR_PROMISC = 1
_PACKET_IGNORE_OUTGOING = 23
_LARGEST = 65_600


class Way:
    """One direction: frames that wait for their time."""

    def __init__(self, source: socket.socket, sink: socket.socket, delay: float) -> None:
        self._source = source
        self._sink = sink
        self._delay = delay
        self._waiting: deque[tuple[float, bytes]] = deque()

    def take(self) -> None:
        """Take every frame that has arrived."""
        with contextlib.suppress(BlockingIOError):
            while True:
                frame = self._source.recv(_LARGEST)
                self._waiting.append((time.monotonic() + self._delay, frame))

    def give(self) -> float | None:
        """Send every frame whose time has come; return when the next one's comes."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            with contextlib.suppress(OSError):  # a full queue loses a frame, as a real link does
                self._sink.send(self._waiting.popleft()[1])
        return self._waiting[0][0] if self._waiting else None


def main(argv: list[str]) -> None:
    """Carry frames until the process is ended."""
    near, far = _open(argv[0]), _open(argv[1])
    delay = float(argv[2])
    ways = (Way(near, far, delay), Way(far, near, delay))
    print("ready", flush=True)
    with selectors.DefaultSelector() as selector:
        for interface, way in zip((near, far), ways, strict=True):
            selector.register(interface, selectors.EVENT_READ, way)
        pause: float | None = None
        while True:
            for key, _ in selector.select(pause):
                key.data.take()
            due = [moment for moment in (way.give() for way in ways) if moment is not None]
            pause = max(0.0, min(due) - time.monotonic()) if due else None


def _open(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    membership = struct.pack("iHH8s", socket.if_nametoindex(interface), _PACKET_MR_PROMISC, 0, b"")
    opened.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    opened.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    opened.bind((interface, _ALL_PROTOCOLS))
    return opened


if __name__ == "__main__":
    main(sys.argv[1:])
