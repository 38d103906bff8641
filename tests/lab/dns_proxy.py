"""What lies between us and a primary: passes every message on, and can lose or hold an update.

A hook sees each UPDATE (or the answer to it), may wait, and says whether it goes on; where it does
not, the connection ends. Signatures are none of its business.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

UPDATE = 5  # RFC 2136 1.3

Hook = Callable[[], bool]


@dataclass
class Held:
    """A hook that stops the first update it sees until somebody lets it end."""

    goes_on: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> bool:
        if self.reached.is_set():
            return True
        self.reached.set()
        self.released.wait(60)
        return self.goes_on


def losing(*numbers: int) -> Hook:
    """Return a hook that loses the updates of these numbers, the first being 1."""
    seen = count(1)
    return lambda: next(seen) not in numbers


def always() -> bool:
    """Let every update pass."""
    return True


@contextmanager
def between(
    upstream: tuple[str, int],
    *,
    before: Hook = always,
    after: Hook = always,
    octet_s: float = 0,
) -> Iterator[int]:
    """Serve on a port of its own, and yield it; answers take `octet_s` seconds an octet."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), socket.create_connection(upstream, 10) as server:
                answers = threading.Thread(
                    target=_forward, args=(server, self.request, after, octet_s)
                )
                answers.start()
                _forward(self.request, server, before, 0)
                answers.join()

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Listener(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield listener.server_address[1]
        finally:
            listener.shutdown()
            thread.join()


def _forward(source: socket.socket, target: socket.socket, hook: Hook, octet_s: float) -> None:
    with suppress(OSError):
        while frame := _frame(source):
            if _opcode(frame) == UPDATE and not hook():
                break
            _send(target, frame, octet_s)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _send(target: socket.socket, frame: bytes, octet_s: float) -> None:
    if not octet_s:
        target.sendall(frame)
        return
    for octet in frame:
        target.sendall(bytes([octet]))
        threading.Event().wait(octet_s)


def _frame(source: socket.socket) -> bytes:
    """One message with its length before it (RFC 1035 4.2.2); nothing at the end."""
    length = _exactly(source, 2)
    return length + _exactly(source, struct.unpack("!H", length)[0]) if length else b""


def _exactly(source: socket.socket, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        more = source.recv(count - len(octets))
        if not more:
            return b""
        octets += more
    return octets


def _opcode(frame: bytes) -> int:
    return (frame[4] >> 3) & 0xF
