"""The counter that workers and relays share: Valkey or Redis, at a socket or over TLS.

One connection a worker, on which whatever waits is asked at once. While the counter is away (gone,
slow, full, or it speaks nonsense) nobody waits for it: what comes is turned away at once, and the
connection is tried again after two seconds, and less often where it is lost again and again.
"""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from omi_core.milter.limits.script import CHARGE, RENEW
from omi_core.printable import printable

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

_log = logging.getLogger(__name__)

PATIENCE_S = 0.1  # that a mail waits for the counter at the most
_LAST_S = 2.0  # then the connection is given up: a busy host may be late for once
_SLOW_AT_MOST = 5  # answers one after another that mails did not wait for
RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
_IDLE_S = 5.0
_STEADY_S = 20.0  # a connection that held for so long was a good one
_BEGIN_S = 5.0  # for a connection, its TLS and its password
_MOST_AT_ONCE = 200
_MOST_WAITING = 5000
LEASE_S = 90  # a session that nobody renews is over, as after the death of a worker
_NOBODY = "omi:nobody"
_KEY, _MARK = 12, 8  # octets; the counter's script knows the second
_SHOWN = 200  # characters of what another program says

MACHINE = Path("/etc/machine-id")  # this host's alone, machine-id(5)

T = TypeVar("T")
Word = str | bytes | int
Command = Sequence[Word]


class CounterAwayError(Exception):
    """The counter does not answer, or not as one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPlace:
    """Where the counter is: a socket's path, or host and port with TLS.

    `secret_file` holds the password of a shared counter, or what else is this host's alone; keys
    and recipients are hashed with it. `ca` is a file of certificates, "" for the system's.
    """

    socket: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    ca: str = ""
    secret_file: Path = MACHINE

    @classmethod
    def read(cls, said: object) -> "CounterPlace":
        """Read it as the settings have it; raises ValueError for anything else."""
        if not isinstance(said, dict):
            raise ValueError("no place of a counter")  # noqa: TRY004 - what stands in a file
        found = {name: str(said[name]) for name in ("socket", "host", "user", "ca") if name in said}
        secret_file = Path(str(said.get("secret_file", MACHINE)))
        return cls(**found, port=int(str(said.get("port", 0))), secret_file=secret_file)

    def secret(self) -> str:
        """Return what is in the secret file; raises OSError."""
        return self.secret_file.read_text(encoding="utf-8").strip()


@dataclass(slots=True, kw_only=True)
class _Asked:
    """A command, and what is done with its answer; `read` raises ValueError for nonsense."""

    command: Command
    read: Callable[[object], object]
    answer: "asyncio.Future[Any] | None" = None

    def told(self, answer: object) -> None:
        read = self.read(answer)
        if self.answer and not self.answer.done():
            self.answer.set_result(read)


def digest(script: str) -> str:
    """Return the name under which the counter knows a script (EVALSHA)."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


_CHARGE, _RENEW = digest(CHARGE), digest(RENEW)


class Store:
    """The connection of this worker; `run` keeps it."""

    def __init__(self, place: CounterPlace) -> None:
        self._place = place
        self._secret = b""  # what keys and recipients are hashed with
        self._keys: dict[str, str] = {}  # by the names of accounts and customers
        self._asked: list[_Asked] = []
        self._wake = asyncio.Event()
        self._is_there = self._is_overdue = False
        self._was_said = False
        self._slow = 0
        self._found_at, self._retry = -_STEADY_S, RETRY_S

    async def charge(
        self, keys: Sequence[str], arguments: Sequence[Word], read: Callable[[object], T]
    ) -> T:
        """Return the answer of `script.CHARGE`, read; raises CounterAwayError, in PATIENCE_S.

        A counter that is late gets to know of the mail all the same.
        """
        if not self._is_there or len(self._asked) > _MOST_WAITING:
            raise CounterAwayError
        words: list[Word] = ["EVALSHA", _CHARGE, len(keys), *map(self._key, keys), *arguments]
        if self._is_overdue:
            self._put(_Asked(command=words, read=read))
            raise CounterAwayError
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(_Asked(command=words, read=read, answer=answer))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await answer
        except TimeoutError:
            self._is_overdue = True
            raise CounterAwayError from None

    def renew(self, leases: Sequence[tuple[str, str]]) -> None:
        """Go on with the leases of sessions, each behind its key; nobody waits for it."""
        if self._is_there and leases:
            keys = [self._key(name) for name, _ in leases]
            sessions = [session for _, session in leases]
            words: list[Word] = ["EVALSHA", _RENEW, len(keys), *keys, LEASE_S, *sessions]
            self._put(_Asked(command=words, read=_unread))

    def end(self, keys: Sequence[str], session: str) -> None:
        """Let go of a session's leases; nobody waits for it."""
        if self._is_there:
            for key in keys:
                self._put(_Asked(command=("ZREM", f"{self._key(key)}:s", session), read=_unread))

    def mark(self, recipient: str) -> bytes:
        """Return what stands for a recipient: whoever reads the counter's memory learns nothing."""
        return self._hash(recipient, _MARK)

    def _key(self, name: str) -> str:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = "omi:" + self._hash(name, _KEY).hex()
        return key

    def _hash(self, words: str, size: int) -> bytes:
        octets = words.encode("utf-8", "replace")
        return hashlib.blake2b(octets, digest_size=size, key=self._secret).digest()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        while True:
            try:
                await self._serve()
            except Exception as why:  # noqa: BLE001 - no fault of the counter may be one of mails
                self._lost(why)
            await asyncio.sleep(self._retry)

    async def _serve(self) -> None:
        secret = self._place.secret()
        self._secret, self._keys = hashlib.sha256(secret.encode()).digest(), {}
        connection = _connection(self._place, secret)
        try:
            async with asyncio.timeout(_BEGIN_S):
                await connection.connect()  # type: ignore[no-untyped-call]
                for script in (CHARGE, RENEW):
                    await _answers(connection, [("SCRIPT", "LOAD", script)])
            async with asyncio.timeout(PATIENCE_S):
                # One that is full, or may not be written to, takes no mail's charge either.
                await _answers(connection, [("SET", _NOBODY, 1, "EX", 1)])
            self._found()
            while True:
                try:
                    async with asyncio.timeout(_IDLE_S):
                        await self._wake.wait()
                except TimeoutError:
                    # So that one that is gone is known, and found again, before the next mail.
                    self._put(_Asked(command=("PING",), read=_unread))
                await self._ask(connection)
        finally:
            async with asyncio.timeout(_BEGIN_S):
                await connection.disconnect()

    async def _ask(self, connection: "AbstractConnection") -> None:
        """Ask what waits by now, in one go."""
        asked = self._asked[:_MOST_AT_ONCE]
        began = time.monotonic()
        async with asyncio.timeout(_LAST_S):
            answers = await _answers(connection, [each.command for each in asked])
        for each, answer in zip(asked, answers, strict=True):
            each.told(answer)
        del self._asked[: len(asked)]
        if not self._asked:
            self._wake.clear()
        self._is_overdue = False
        self._slow = self._slow + 1 if time.monotonic() - began > PATIENCE_S else 0
        if self._slow >= _SLOW_AT_MOST:
            raise TimeoutError("it answers too late")

    def _put(self, asked: _Asked) -> None:
        self._asked.append(asked)
        self._wake.set()

    def _found(self) -> None:
        self._is_there, self._is_overdue, self._slow = True, False, 0
        self._found_at = time.monotonic()
        if self._was_said:
            self._was_said = False
            _log.warning("limits: the counter is back, process %d asks it again", os.getpid())

    def _lost(self, why: Exception) -> None:
        """Do without the counter, and say so the first time."""
        if self._is_there:
            held = time.monotonic() - self._found_at
            self._retry = RETRY_S if held > _STEADY_S else min(self._retry * 2, LONGEST_RETRY_S)
        self._is_there = False
        asked, self._asked = self._asked, []
        for each in asked:
            if each.answer and not each.answer.done():
                each.answer.set_exception(CounterAwayError())
        if not self._was_said:
            self._was_said = True
            reason = printable(f"{type(why).__name__} {why}")[:_SHOWN]
            _log.warning(
                "limits: the counter is away, process %d counts alone: %s", os.getpid(), reason
            )


def _unread(answer: object) -> None:
    """Nobody waits for it."""


async def _answers(connection: "AbstractConnection", commands: Sequence[Command]) -> list[object]:
    """Send commands together and return their answers; raises whatever the library does.

    Its connections alone are used: pool and pipeline double what a mail costs.
    """
    await connection.send_packed_command(connection.pack_commands(commands))
    return [await connection.read_response() for _ in commands]


def _connection(place: CounterPlace, secret: str) -> "AbstractConnection":
    """Return a connection of the library, which is loaded only where there is a counter."""
    from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection

    if place.socket:
        return UnixDomainSocketConnection(path=place.socket)
    options: dict[str, Any] = {"host": place.host, "port": place.port, "password": secret}
    options |= {"username": place.user} if place.user else {}
    options |= {"ssl_ca_certs": place.ca} if place.ca else {}
    return SSLConnection(ssl_check_hostname=True, **options)
