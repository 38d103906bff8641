"""What Dovecot, or whoever reaches the port, asks the daemon that limits guessing."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from omi_core.guessing.daemon import LONGEST, OVER, GuessingService, talk
from omi_core.guessing.limiter import WINDOW_S, Attempt, Limiter
from omi_core.guessing.memory import read_memory, written_memory

RAISES_OF_MEMORY = (ValueError,)
_MOST = 2
_KEY = b"k" * 32
_ANSWER = re.compile(
    rb"HTTP/1\.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: (\d+)\r\n\r\n"
)
_GO_ON, _FAIL = {"status": 0, "msg": ""}, {"status": -1, "msg": OVER}


@dataclass
class _Connection:
    """As much of a StreamWriter as is used."""

    sent: bytearray = field(default_factory=bytearray)
    is_closed: bool = False

    def write(self, octets: bytes) -> None:
        self.sent += octets

    async def drain(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def request(said: object, command: str = "allow") -> bytes:
    """Return a question as Dovecot 2.3 and 2.4 ask it."""
    body = json.dumps(said).encode()
    head = f"POST /?command={command} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def read_talk(octets: bytes) -> tuple[Limiter, bytes]:
    """Say these octets; what begins with `{` are bodies, a line each, put into requests.

    A `!` before one makes it a report.
    """
    if octets[:1] in {b"{", b"!"}:
        octets = b"".join(_requests(octets))
    limiter = Limiter(_KEY, _MOST)
    service = GuessingService(limiter=limiter, memory=Path("/nowhere"))
    connection = _Connection()

    async def told() -> None:
        reader = asyncio.StreamReader(limit=LONGEST)
        reader.feed_data(octets)
        reader.feed_eof()
        await talk(service, reader, connection)  # type: ignore[arg-type]

    _loop().run_until_complete(told())
    assert connection.is_closed
    return limiter, bytes(connection.sent)


def _requests(octets: bytes) -> list[bytes]:
    made = []
    for line in octets.split(b"\n"):
        command = "report" if line.startswith(b"!") else "allow"
        body = line.removeprefix(b"!")
        head = f"POST /?command={command} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def judge_talk(octets: bytes, found: Any) -> None:
    """Each answer is one that Dovecot reads, and is what a plain list of guesses says too."""
    limiter, sent = found
    answers = []
    while sent:
        head = _ANSWER.match(sent)
        assert head
        end = head.end() + int(head[1])
        answers.append(json.loads(sent[head.end() : end]))
        sent = sent[end:]
    assert all(each in (_GO_ON, _FAIL) for each in answers)
    if octets[:1] in {b"{", b"!"}:
        assert answers == _expected(octets)
    for guesses in limiter.guesses.values():
        assert all(len(each) == 12 for each in guesses)


def _expected(octets: bytes) -> list[object]:
    """Return what a list of all that was ever tried makes of the bodies, up to one that is none."""
    tried: dict[str, set[tuple[str, str]]] = {}
    right: dict[tuple[str, str], str] = {}
    answers: list[object] = []
    for line in octets.split(b"\n"):
        try:
            said = json.loads(line.removeprefix(b"!"))
        except (ValueError, RecursionError):
            return answers
        if not isinstance(said, dict) or len(line) > LONGEST:
            return answers
        answers.append(_one_expected(said, tried, right, is_report=line.startswith(b"!")))
    return answers


def _one_expected(
    said: dict[str, object],
    tried: dict[str, set[tuple[str, str]]],
    right: dict[tuple[str, str], str],
    *,
    is_report: bool,
) -> object:
    where, login, secret = (_word(said, name) for name in ("remote", "login", "secret"))
    if not secret:
        return _GO_ON
    network, login = _network(where), login.lower()
    guesses = tried.setdefault(network, set())
    guess = (login, secret)
    if not is_report:
        if right.get((network, login)) == secret or guess in guesses:
            return _GO_ON
        if len(guesses) < _MOST:
            guesses.add(guess)
            return _GO_ON
        return _FAIL
    if said.get("policy_reject") or said.get("fail_type") == "internal":
        return _GO_ON
    if said.get("success") is True:
        guesses.discard(guess)
        right[network, login] = secret
    else:
        guesses.add(guess)
        if right.get((network, login)) == secret:
            del right[network, login]
    return _GO_ON


def _word(said: dict[str, object], name: str) -> str:
    """Return a text that was said; what is no text says nothing."""
    value = said.get(name, "")
    return value if isinstance(value, str) else ""


def _network(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0] if ":" in address else address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ip_network((int(found) >> 64 << 64, 64)))


def read_file(octets: bytes) -> Limiter:
    return read_memory(octets, _MOST)


def judge_file(_: bytes, found: Any) -> None:
    """What was read is written and read again, and shuts nobody out for more than an hour."""
    if found is None:
        return
    again = read_memory(written_memory(found), _MOST)
    assert again.known == found.known
    assert again.guesses == {name: each for name, each in found.guesses.items() if each}
    networks = ["192.0.2.1", *list(found.guesses)[:5]]
    now = time.monotonic()
    for network in networks:
        attempt = Attempt(address=network.removesuffix("/64"), login="alice", secret="x")
        found.allows(attempt, now)
        assert found.allows(attempt, now + WINDOW_S)[0]
        found.learn(attempt, now + WINDOW_S, is_right=True)
        assert found.allows(attempt, now + 2 * WINDOW_S)[0]
