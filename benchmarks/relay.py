"""What the milters of a relay cost: mails a second and CPU a mail, by turns in one run.

    python3 -m lab exec .venv/bin/python -m benchmarks.relay [--quick] [--memory]

The lab must be deployed. One relay takes mail on 465, from sessions that stay open and log in once,
and throws it away (`discard:`), so that the receiver slows nothing down. CPU is that of Postfix,
rspamd and the policy daemon together, as systemd counts it. The chains take turns in short rounds,
and each ratio is the median of the ratios of neighbours, since others load the machine as well.
The policy daemon counts limits as if each account and customer had all of them, so high that
nothing is refused; its counter's CPU is part of the chain's.
Memory is measured with mails straight at the daemon's socket; with `--memory`, nothing else is.
The relay is deployed anew at the end.
"""

import asyncio
import base64
import ssl
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import relays
from benchmarks.figures import Bar, note, say, show
from lab import hosts, plan
from omi_core.limits.limit import KEYS
from omi_core.relay import policy, rspamd

RELAY = "smtp2"
ACCOUNT = plan.ACCOUNTS[1]
RECIPIENT = "bench@inbox.example"
SESSIONS = 20
KIB = 1024
SERVICES = {
    "Postfix": ("postfix.service", "postfix@-.service"),
    "rspamd": ("rspamd.service",),
    "policy": ("omi-policy.service",),
    "counter": ("omi-counter.service",),
}
REPOSITORY = Path(__file__).parents[1]
MILTER_CLIENT = Path(__file__).with_name("milter_client.py")

# Every limit there is; nothing comes near them.
LIMITS = dict.fromkeys(KEYS, 100_000_000)
COUNTING = REPOSITORY / "build/bench/lab.py"  # pyinfra names a group after it

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
    """How much is sent: rounds of each chain, mails a round, mails of 1 MiB, mails for memory."""

    rounds: int
    mails: int
    long_mails: int
    stages: tuple[int, int, int]


FULL = Size(rounds=9, mails=600, long_mails=200, stages=(1000, 10_000, 100_000))
QUICK = Size(rounds=3, mails=200, long_mails=40, stages=(100, 1000, 10_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Mails a second, and milliseconds of CPU that each service of the relay spent on each."""

    rate: float
    by_service: Mapping[str, float]

    @property
    def cpu_ms(self) -> float:
        """The whole chain's."""
        return sum(self.by_service.values())


def main(argv: Sequence[str]) -> int:
    """Measure and print everything; the exit code is 0 whatever the figures are."""
    size = QUICK if "--quick" in argv else FULL
    if "--memory" in argv:
        _growth(size)
        return 0
    with _counting(), _discarding():
        _compare(_by_turns(size))
        long = _measure("policy + signer", size.long_mails, KIB)
        note(f"policy + signer, 1 MiB a mail: {_words(long)}")
    _growth(size)
    return 0


@contextmanager
def _counting() -> Iterator[None]:
    """Deploy the relay with limits for everybody, and at the end as it was."""
    lab = (REPOSITORY / relays.INVENTORY).read_text(encoding="utf-8")
    setting = f"    limits=limits(account={LIMITS}, customer={LIMITS}),\n"
    made = lab.replace("    internal_ca,\n", "    internal_ca,\n    limits,\n")
    made = made.replace("    plaintext_auth=True,", f"{setting}    plaintext_auth=True,")
    COUNTING.parent.mkdir(parents=True, exist_ok=True)
    COUNTING.write_text(made, encoding="utf-8")
    try:
        relays.run(relays.DEPLOY, str(COUNTING))
        yield
    finally:
        say("the relay as it was")
        relays.run(relays.DEPLOY)


@contextmanager
def _discarding() -> Iterator[None]:
    """Let the relay throw away what it takes, until it is deployed anew."""
    _configure("default_transport=discard:")
    yield


def _configure(*settings: str) -> None:
    hosts.check(relays.PLACE, RELAY, ["postconf", "-e", *settings])
    hosts.check(relays.PLACE, RELAY, ["postfix", "reload"])
    time.sleep(2)  # until the processes of before have ended what they had


def _by_turns(size: Size) -> dict[str, list[Cost]]:
    taken: dict[str, list[Cost]] = {name: [] for name in CHAINS}
    for _ in range(size.rounds):
        for name in CHAINS:
            taken[name].append(_measure(name, size.mails, 4))
            say(f"{name}: {_words(taken[name][-1])}")
    return taken


def _words(cost: Cost) -> str:
    shares = ", ".join(f"{name} {each:.2f}" for name, each in cost.by_service.items())
    return f"{cost.rate:.0f} mails a second, {cost.cpu_ms:.2f} ms of CPU each ({shares})"


def _compare(costs: dict[str, list[Cost]]) -> None:
    unsigned, signer, both = (costs[name] for name in CHAINS)
    rate = median(b.rate / s.rate for b, s in zip(both, signer, strict=True))
    cpu = median(b.cpu_ms / s.cpu_ms for b, s in zip(both, signer, strict=True))
    beside = median(b.rate / u.rate for b, u in zip(both, unsigned, strict=True))
    show("mails a second, policy + signer beside signer only", f"{rate:.2f} x", rate, RATE)
    show("CPU a mail, policy + signer beside signer only", f"{cpu:.2f} x", cpu, CPU)
    show("mails a second beside unsigned", f"{beside:.2f} x", beside, BESIDE_UNSIGNED)
    for name, rounds in costs.items():
        note(f"{name}: {_words(_middle(rounds))}")


def _middle(rounds: Sequence[Cost]) -> Cost:
    """Return the medians."""
    return Cost(
        rate=median(each.rate for each in rounds),
        by_service={
            name: median(each.by_service[name] for each in rounds) for name in rounds[0].by_service
        },
    )


def _growth(size: Size) -> None:
    """Compare the policy daemon's memory after some mails and after a hundred times as many."""
    hosts.check(relays.PLACE, RELAY, ["systemctl", "restart", "omi-policy.service"])
    sent, memory = 0, []
    for stage in size.stages:
        said = hosts.check(
            relays.PLACE,
            RELAY,
            ["python3", "-", policy.SOCKET, str(stage - sent), ACCOUNT.login, ACCOUNT.sender],
            stdin=MILTER_CLIENT.read_text(encoding="utf-8"),
        )
        sent = stage
        memory.append(_memory())
        note(f"policy daemon after {sent} mails: {memory[-1] / 2**20:.1f} MiB; {said.strip()}")
    growth = memory[-1] / memory[0]
    what = f"memory after {size.stages[-1]} mails beside after {size.stages[0]}"
    show(what, f"{growth:.2f} x", growth, MEMORY)


def _measure(chain: str, mails: int, kib: int) -> Cost:
    _configure(f"smtpd_milters={CHAINS[chain]}")
    asyncio.run(_send(SESSIONS * 2, kib))  # processes and workers are there
    before, began = _cpu_ms(), time.perf_counter()
    asyncio.run(_send(mails, kib))
    seconds = time.perf_counter() - began
    after = _cpu_ms()
    return Cost(
        rate=mails / seconds,
        by_service={name: (after[name] - before[name]) / mails for name in SERVICES},
    )


def _cpu_ms() -> dict[str, float]:
    """Return the milliseconds of CPU that each service of the relay has had."""
    return {name: sum(map(_cpu_of, units)) for name, units in SERVICES.items()}


def _cpu_of(unit: str) -> float:
    counted = hosts.check(
        relays.PLACE, RELAY, ["systemctl", "show", "-P", "CPUUsageNSec", unit]
    ).strip()
    return int(counted) / 1e6 if counted.isdigit() else 0  # "[not set]" where there is no such unit


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
