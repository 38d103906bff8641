"""Answers Dovecot's questions: its auth policy, JSON over HTTP at a socket that systemd holds.

https://doc.dovecot.org/2.4/core/config/auth/policy.html: `?command=allow` before a password is
checked, `?command=report` afterwards. Dovecot sends a digest of the password, made with a salt that
everybody may know; it is made again here with a key that is in memory alone, and kept as that.
"""

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from omi_core.guessing.limiter import KEY, Attempt, Event, Limiter, lines
from omi_core.guessing.memory import read_memory, written_memory

_log = logging.getLogger(__name__)

LONGEST = 16384  # octets of a header, and of a body
_DIGITS = 5  # of a length
_SAVE_S = 30
_IDLE_S = 300
OVER = "too many wrong passwords from your address, wait an hour"


@dataclass(slots=True, kw_only=True)
class GuessingService:
    """The limiter, and where it is written so that a restart forgets nothing."""

    limiter: Limiter
    memory: Path

    def answer(self, command: str, said: Mapping[str, object]) -> bytes:
        """Return the answer to a question: status 0 goes on, -1 fails (JSON)."""
        attempt = Attempt(
            address=_text(said, "remote"),
            login=_text(said, "login").lower(),
            secret=_text(said, "secret"),
        )
        now = time.monotonic()
        is_allowed = True
        events: tuple[Event, ...] = ()
        if not attempt.secret:  # nothing was tried yet
            return _document(is_allowed=True)
        if command == "allow":
            is_allowed, events = self.limiter.allows(attempt, now)
        elif not said.get("policy_reject") and said.get("fail_type") != "internal":
            events = self.limiter.learn(attempt, now, is_right=said.get("success") is True)
        for line in lines(events):
            _log.warning("%s", line)
        return _document(is_allowed=is_allowed)

    def save(self) -> None:
        """Write what is remembered beside the old, then over it."""
        new = self.memory.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_bytes(written_memory(self.limiter))
        new.replace(self.memory)


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _document(*, is_allowed: bool) -> bytes:
    told = {"status": 0, "msg": ""} if is_allowed else {"status": -1, "msg": OVER}
    return json.dumps(told).encode()


async def talk(
    service: GuessingService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one connection until it ends, says nothing for long, or speaks another protocol."""
    try:
        while True:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_S)
            body = await asyncio.wait_for(reader.readexactly(_length(head)), _IDLE_S)
            line = head.partition(b"\r\n")[0]
            command = "report" if b"command=report" in line else "allow"
            made = service.answer(command, _read(body))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + f"Content-Length: {len(made)}\r\n\r\n".encode()
                + made
            )
            await writer.drain()
    except (ValueError, OSError, EOFError, asyncio.LimitOverrunError, TimeoutError):
        pass  # Dovecot goes on without an answer, and says so
    finally:
        writer.close()


def _length(head: bytes) -> int:
    """Return the octets of the body; raises ValueError where they are none or too many."""
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            digits = value.strip()  # RFC 9110 8.6
            if digits.isdigit() and len(digits) <= _DIGITS and int(digits) <= LONGEST:
                return int(digits)
            break
    raise ValueError("no length")


def _read(body: bytes) -> Mapping[str, object]:
    try:
        said = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - what another program said is no type
    return said


async def serve(service: GuessingService, listening: socket.socket) -> None:
    """Answer until SIGTERM; what is remembered is written now and then, and at the end."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    server = await asyncio.start_server(
        lambda reader, writer: talk(service, reader, writer), sock=listening, limit=LONGEST
    )
    while not asked.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), _SAVE_S)
        with suppress(OSError):  # a full disk of memory ends no login
            service.save()
    server.close()


def main(argv: Sequence[str]) -> None:
    """`guessing.pyz MOST MEMORY`: serve at the socket that systemd holds (sd_listen_fds(3))."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    most, memory = int(argv[0]), Path(argv[1])
    limiter = Limiter(secrets.token_bytes(KEY), most)
    with suppress(OSError, ValueError):  # the first start of a host, or half a file
        limiter = read_memory(memory.read_bytes(), most)
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        raise SystemExit("start it by its socket unit")
    asyncio.run(serve(GuessingService(limiter=limiter, memory=memory), socket.socket(fileno=3)))
