"""Mails straight at the policy daemon's socket, as Postfix says them; runs on the relay itself.

python3 milter_client.py SOCKET MAILS LOGIN SENDER
"""

import socket
import struct
import sys
import time
from collections.abc import Sequence

A_CONNECTION = 100  # mails; Postfix's processes come and go
_OFFER = struct.pack(">III", 6, 0x1FF, 0x1FFFFF)


def main(argv: Sequence[str]) -> None:
    """Send the mails; ends with an error where one is not let through."""
    path, count, login, sender = argv
    began = time.perf_counter()
    for first in range(0, int(count), A_CONNECTION):
        _talk(path, range(first, min(first + A_CONNECTION, int(count))), login, sender)
    print(f"{int(count) / (time.perf_counter() - began):.0f} mails a second at its socket")


def _talk(path: str, numbers: range, login: str, sender: str) -> None:
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.connect(path)
        _ask(daemon, _packet(b"O", _OFFER), b"O")
        for number in numbers:
            _ask(daemon, _mail(number, login, sender), b"c")
        daemon.sendall(_packet(b"Q"))


def _ask(daemon: socket.socket, said: bytes, expected: bytes) -> None:
    daemon.sendall(said)
    command = _read(daemon)[:1]
    if command != expected:
        sys.exit(f"answered {command!r} instead of {expected!r}")


def _read(daemon: socket.socket) -> bytes:
    (length,) = struct.unpack(">I", daemon.recv(4, socket.MSG_WAITALL))
    return daemon.recv(length, socket.MSG_WAITALL)


def _mail(number: int, login: str, sender: str) -> bytes:
    fields = {
        "From": f"Customer {number % 5000} <{sender}>",
        "To": f"<reader{number}@inbox.example>",
        "Subject": f"mail {number}",
        "Date": "Mon, 05 Jan 2026 08:00:00 +0000",
        "Message-ID": f"<{number}@bench.example>",
    }
    return b"".join(
        (
            _packet(b"D", b"M{auth_authen}\0" + login.encode() + b"\0"),
            _packet(b"M", f"<{sender}>\0".encode()),
            _packet(b"R", f"<reader{number}@inbox.example>\0".encode()),
            *(_packet(b"L", f"{name}\0 {value}\0".encode()) for name, value in fields.items()),
            _packet(b"B", (b"x" * 62 + b"\r\n") * 64),
            _packet(b"D", f"Ei\0{number:X}\0".encode()),
            _packet(b"E"),
        )
    )


def _packet(command: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", 1 + len(data)) + command + data


if __name__ == "__main__":
    main(sys.argv[1:])
