"""What the milters of a relay cost: mails a second and CPU a mail, by turns in one run.

    python3 -m lab exec .venv/bin/python -m benchmarks.relay [--quick]

The lab must be deployed. One relay takes mail on 465, from sessions that stay open and log in once,
and throws it away (`discard:`), so that the receiver slows nothing down. CPU is that of the relay's
services, as systemd counts it. The relay is deployed anew at the end.
"""

import asyncio
import base64
import ssl
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import relays
from benchmarks.figures import Bar, note, say, show
from lab import hosts, plan
from omi_core.relay import policy, rspamd

RELAY = "smtp2"
ACCOUNT = plan.ACCOUNTS[1]
RECIPIENT = "bench@inbox.example"
SESSIONS = 20
KIB = 1024
SERVICES = ("postfix.service", "postfix@-.service", "rspamd.service", "omi-policy.service")

POLICY, SIGNER = f"unix:{policy.SOCKET}", f"unix:{rspamd.SOCKET}"
CHAINS = {
    "unsigned": "",
    "signer only": SIGNER,
    "policy + signer": f"{POLICY} {SIGNER}",
}

RATE = Bar(limit=0.85, at_least=True, unit=" x")
CPU = Bar(limit=1.2, unit=" x")
BESIDE_UNSIGNED = Bar(limit=0.6, at_least=True, unit=" x")
MEMORY = Bar(limit=1.2, unit=" x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is sent: rounds of each chain, mails a round, mails of 1 MiB, mails in the end."""

    rounds: int
    mails: int
    long_mails: int
    many: int


FULL = Size(rounds=3, mails=2000, long_mails=200, many=100_000)
QUICK = Size(rounds=1, mails=500, long_mails=50, many=5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Mails a second, and milliseconds of CPU that the relay spent on each."""

    rate: float
    cpu_ms: float


def main(argv: Sequence[str]) -> int:
    """Measure and print everything; the exit code is 0 whatever the figures are."""
    size = QUICK if "--quick" in argv else FULL
    with _discarding():
        costs = _by_turns(size)
        _compare(costs)
        long = _measure("policy + signer", size.long_mails, 1024)
        note(f"1 MiB a mail: {long.rate:.0f} mails a second, {long.cpu_ms:.1f} ms of CPU each")
        _growth(size)
    return 0


@contextmanager
def _discarding() -> Iterator[None]:
    """Let the relay throw away what it takes, until it is deployed anew."""
    try:
        _configure("default_transport=discard:")
        yield
    finally:
        say("the relay as it was")
        relays.run(relays.DEPLOY)


def _configure(*settings: str) -> None:
    hosts.check(relays.PLACE, RELAY, ["postconf", "-e", *settings])
    hosts.check(relays.PLACE, RELAY, ["postfix", "reload"])
    time.sleep(2)  # until the processes of before have ended what they had


def _by_turns(size: Size) -> dict[str, Cost]:
    taken: dict[str, list[Cost]] = {name: [] for name in CHAINS}
    for _ in range(size.rounds):
        for name in CHAINS:
            cost = _measure(name, size.mails, 4)
            say(f"{name}: {cost.rate:.0f} mails a second, {cost.cpu_ms:.2f} ms of CPU each")
            taken[name].append(cost)
    return {
        name: Cost(
            rate=median(each.rate for each in costs), cpu_ms=median(each.cpu_ms for each in costs)
        )
        for name, costs in taken.items()
    }


def _compare(costs: dict[str, Cost]) -> None:
    unsigned, signer, both = (costs[name] for name in CHAINS)
    rate, cpu = both.rate / signer.rate, both.cpu_ms / signer.cpu_ms
    show("mails a second, policy + signer beside signer only", f"{rate:.2f} x", rate, RATE)
    show("CPU a mail, policy + signer beside signer only", f"{cpu:.2f} x", cpu, CPU)
    beside = both.rate / unsigned.rate
    show("mails a second beside unsigned", f"{beside:.2f} x", beside, BESIDE_UNSIGNED)
    for name, cost in costs.items():
        note(f"{name}: {cost.rate:.0f} mails a second, {cost.cpu_ms:.2f} ms of CPU each")


def _growth(size: Size) -> None:
    """Compare the policy daemon's memory after some mails and after very many."""
    before = _memory()
    _measure("policy + signer", size.many, 4)
    growth = _memory() / before
    what = f"memory of the policy daemon after {size.many} mails more"
    show(what, f"{growth:.2f} x", growth, MEMORY)


def _measure(chain: str, mails: int, kib: int) -> Cost:
    _configure(f"smtpd_milters={CHAINS[chain]}")
    asyncio.run(_send(SESSIONS * 2, kib))  # processes and workers are there
    before, began = _cpu_s(), time.perf_counter()
    asyncio.run(_send(mails, kib))
    seconds = time.perf_counter() - began
    return Cost(rate=mails / seconds, cpu_ms=(_cpu_s() - before) / mails * 1000)


def _cpu_s() -> float:
    """Return the seconds of CPU that the relay's services have had."""
    words = ["systemctl", "show", "-P", "CPUUsageNSec", *SERVICES]
    counted = hosts.check(relays.PLACE, RELAY, words).split()
    return sum(int(each) for each in counted if each.isdigit()) / 1e9


def _memory() -> float:
    """Return the octets that the daemon's processes have to themselves (PSS)."""
    script = (
        "for each in $(cat /sys/fs/cgroup/system.slice/omi-policy.service/cgroup.procs); do"
        " grep ^Pss: /proc/$each/smaps_rollup; done | awk '{ sum += $2 } END { print sum * 1024 }'"
    )
    return float(hosts.check(relays.PLACE, RELAY, ["sh", "-c", script]))


async def _send(mails: int, kib: int) -> None:
    """Send over sessions side by side; raises AssertionError if one mail is not taken."""
    left = iter(range(mails))
    await asyncio.gather(*(_session(left, _message(kib)) for _ in range(min(SESSIONS, mails))))


async def _session(left: Iterator[int], message: bytes) -> None:
    trusted = ssl.create_default_context(cafile=str(relays.PLACE.state / "ca/root.pem"))
    host = plan.host(RELAY).fqdn
    reader, writer = await asyncio.open_connection(host, 465, ssl=trusted)

    async def ask(words: bytes, code: bytes) -> None:
        writer.write(words)
        while (line := await reader.readline())[3:4] == b"-":
            pass
        if not line.startswith(code):
            raise SystemExit(f"bench: {words[:60]!r} was answered with {line!r}")

    said = base64.b64encode(f"\0{ACCOUNT.login}\0{ACCOUNT.password}".encode())
    await ask(b"", b"220")
    await ask(b"EHLO bench.example\r\n", b"250")
    await ask(b"AUTH PLAIN " + said + b"\r\n", b"235")
    for _ in left:
        await ask(f"MAIL FROM:<{ACCOUNT.sender}>\r\n".encode(), b"250")
        await ask(f"RCPT TO:<{RECIPIENT}>\r\n".encode(), b"250")
        await ask(b"DATA\r\n", b"354")
        await ask(message + b".\r\n", b"250")
    writer.close()


def _message(kib: int) -> bytes:
    head = (
        f"From: Bench <{ACCOUNT.sender}>\r\nTo: <{RECIPIENT}>\r\nSubject: bench\r\n"
        "Date: Mon, 05 Jan 2026 08:00:00 +0000\r\nMessage-ID: <bench@bench.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"
        + "".join(f"X-Other-{number}: some value or other\r\n" for number in range(11))
    )
    return head.encode() + b"\r\n" + (b"x" * 62 + b"\r\n") * (kib * KIB // 64)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
