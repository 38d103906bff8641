"""Clients that hold a relay's doors: they connect, and most of them say nothing.

Three kinds, in turn: silent ones, who on 465 never begin TLS and elsewhere never answer the
greeting; slow ones, one octet a second; idle ones, who log in and then wait. Whom the relay lets
go after a while comes again; whom it turns away at once does not.

A program of its own, since a thousand sockets in a host's network are no matter for a test's
process: it reads its orders as one line of JSON, prints one line of JSON when everybody has been
answered or is left waiting, and goes on until its input ends.
"""

import asyncio
import base64
import json
import resource
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import product

from lab import hosts, plan
from lab.site import Site

_, SLOW, IDLE = KINDS = ("silent", "slow", "idle")
TURNED_AWAY, HELD = ("turned away", "held")
SETTLING_S = 60
SLOW_WORDS = b"EHLO " + b"x" * 2000
# How TLS 1.2 begins: a handshake record that says it is 512 octets long.
SLOW_TLS = b"\x16\x03\x01\x02\x00" + b"\x01" * 512


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Who goes where: `each` connections from each address to each port."""

    relay: str
    ports: tuple[int, ...]
    sources: tuple[str, ...]
    each: int
    login: str
    password: str


@contextmanager
def crowd(place: Site, orders: Orders) -> Iterator[dict[str, int]]:
    """Hold a relay's doors from the client host; gives how many are held, by port."""
    enter = ["nsenter", "--target", str(hosts.leader(place, "client")), "--net"]
    process = subprocess.Popen(
        [*enter, sys.executable, "-m", "tests.lab.relay_crowd"],
        cwd=place.checkout,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asdict(orders)) + "\n")
            process.stdin.flush()
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            assert process.wait(30) == 0


@contextmanager
def addresses(place: Site, *numbers: int) -> Iterator[tuple[str, ...]]:
    """Give the client host more addresses."""
    wanted = tuple(plan.ipv4(number) for number in numbers)
    for each in wanted:
        hosts.check(place, "client", ["ip", "address", "add", f"{each}/24", "dev", "host0"])
    try:
        yield wanted
    finally:
        for each in wanted:
            hosts.check(place, "client", ["ip", "address", "del", f"{each}/24", "dev", "host0"])


class Crowd:
    """Everybody, and what became of each."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.states: dict[tuple[str, int, int], str] = {}
        self.all_settled = asyncio.Event()
        self.wanted = len(orders.sources) * len(orders.ports) * orders.each
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False  # the crowd does not care to whom it speaks
        self.tls.verify_mode = ssl.CERT_NONE

    def counts(self) -> dict[str, int]:
        found = Counter(f"{port} {state}" for (_, port, _), state in self.states.items())
        return dict(sorted(found.items()))

    def settle(self, who: tuple[str, int, int], state: str) -> None:
        self.states[who] = state
        if len(self.states) == self.wanted:
            self.all_settled.set()

    async def stay(self, who: tuple[str, int, int]) -> None:
        """Be one of the crowd, until the relay turns it away."""
        while self.states.get(who) != TURNED_AWAY:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._session(who)
            if self.states.get(who) != HELD:
                self.settle(who, TURNED_AWAY)
            await asyncio.sleep(1)

    async def _session(self, who: tuple[str, int, int]) -> None:
        source, port, number = who
        kind = KINDS[number % len(KINDS)]
        wrapped = port == 465
        reader, writer = await asyncio.open_connection(
            self.orders.relay,
            port,
            local_addr=(source, 0),
            ssl=self.tls if wrapped and kind == IDLE else None,
        )
        try:
            if wrapped and kind != IDLE:
                self.settle(who, HELD)
            elif (await reader.readuntil(b"\r\n")).startswith(b"220"):
                if kind == IDLE:
                    await self._log_in(reader, writer, wrapped=wrapped)
                self.settle(who, HELD)
            else:
                self.settle(who, TURNED_AWAY)
            if kind == SLOW:
                await dribble(writer, SLOW_TLS if wrapped else SLOW_WORDS)
            await reader.read()
        finally:
            writer.close()

    async def _log_in(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, wrapped: bool
    ) -> None:
        await ask(reader, writer, "EHLO crowd.example")
        if not wrapped:
            await ask(reader, writer, "STARTTLS")
            await writer.start_tls(self.tls)
            await ask(reader, writer, "EHLO crowd.example")
        words = f"\0{self.orders.login}\0{self.orders.password}".encode()
        await ask(reader, writer, f"AUTH PLAIN {base64.b64encode(words).decode()}")


async def dribble(writer: asyncio.StreamWriter, octets: bytes) -> None:
    for octet in octets:
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(1)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str) -> None:
    """Say a line; raises ValueError unless the answer is a good one."""
    writer.write(line.encode() + b"\r\n")
    answer = b""
    while answer[3:4] != b" ":
        answer = await reader.readuntil(b"\r\n")
    if answer[:1] != b"2":
        raise ValueError(answer)


async def main(orders: Orders) -> None:
    everybody = Crowd(orders)
    who = product(orders.sources, orders.ports, range(orders.each))
    tasks = [asyncio.create_task(everybody.stay(each)) for each in who]
    with suppress(TimeoutError):
        await asyncio.wait_for(everybody.all_settled.wait(), SETTLING_S)
    sys.stdout.write(json.dumps(everybody.counts()) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(Orders(**json.loads(sys.stdin.readline()))))
