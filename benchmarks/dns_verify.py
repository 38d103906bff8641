"""`omi dns verify` over many customers, beside checkdmarc: same zones, same servers, one run.

usage: python -m lab exec .venv/bin/python -m benchmarks.dns_verify [--quick]    with the lab up

The peer is installed before, by `python -m benchmarks.peers`.
Each customer has a zone of his own on the lab's Knot. checkdmarc asks the lab's resolver, which it
needs; omi asks the servers themselves. Then both again with 20 ms an answer.
The DNS host is made bare before, because a deploy's SPF record beside ours would be one too many,
and again afterwards.
"""

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks import figures, relays
from benchmarks.figures import Bar, note, say, show
from benchmarks.peers import CHECKDMARC
from lab import delay, hosts, lifecycle, plan
from lab.failure import LabError
from omi_core.dns.txt import Txt
from omi_core.mailauth.dkim.record import DkimKey

HERE = Path(__file__).parent
SEED = HERE / "dns_customers.sh"

AT_ONCE = Bar(limit=15, at_least=True, unit=" x")
FAR = Bar(limit=80, at_least=True, unit=" x")
MEMORY = Bar(limit=1.2, unit=" x")
DELAY_MS = 20

_SENDERS = "v=spf1 " + " ".join(
    f"ip4:{plan.host(name).ipv4} ip6:{plan.host(name).ipv6}" for name in ("smtp", "smtp2")
)

_PEER = """
import sys, time
import checkdmarc
domains = sys.argv[2:]
begin = time.perf_counter()
results = checkdmarc.check_domains(domains, nameservers=[sys.argv[1]], skip_tls=True)
taken = time.perf_counter() - begin
results = results if isinstance(results, list) else [results]
good = sum(1 for one in results if one["spf"].get("valid") and one["dmarc"].get("valid"))
print(len(results), good, taken)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many domains are looked at, by omi and by its peer."""

    few: int
    many: int
    peer: int
    peer_far: int


FULL = Sizes(few=2000, many=20_000, peer=100, peer_far=20)
QUICK = Sizes(few=400, many=2000, peer=20, peer_far=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process did: domains a second, and its largest size in MB."""

    rate: float
    megabytes: float


def main(argv: Sequence[str]) -> int:
    """Measure and print everything; the exit code is 0 whatever the figures are."""
    sizes = QUICK if "--quick" in argv else FULL
    # As its installation would, and that of the peer did: where Python is told to keep no bytecode,
    # each run compiled all of its sources anew.
    compileall.compile_dir(HERE.parent / "omi_core", quiet=1)
    try:
        _measure(sizes)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _measure(sizes: Sizes) -> None:
    with _customers(sizes.many):
        _compare(sizes.few, sizes.peer, AT_ONCE, "no delay")
        few, many = _omi(sizes.few), _omi(sizes.many)
        growth = many.megabytes / few.megabytes
        what = f"RSS at {sizes.many} domains, beside {sizes.few}"
        show(what, f"{growth:.2f} x", growth, MEMORY)
        note(
            f"{few.megabytes:.0f} MB and {many.megabytes:.0f} MB; {many.rate:.0f} domains a second"
        )
        delay.set_round_trip(relays.PLACE, "dns", DELAY_MS)
        _compare(sizes.few, sizes.peer_far, FAR, f"{DELAY_MS} ms an answer")


def _compare(count: int, peers: int, bar: Bar, where: str) -> None:
    """Run the peer before and after, so that what else the machine does falls on both.

    The peer asks one resolver over IPv4. omi asks every server, over IPv4 alone in the first line
    and over both families, as it does by default, in the second.
    """
    before = _checkdmarc(peers)
    over_ipv4, over_both = _omi(count, "-4"), _omi(count)
    theirs = (before + _checkdmarc(peers)) / 2
    for ours, families in ((over_ipv4, "IPv4"), (over_both, "IPv4 and IPv6")):
        ratio = ours.rate / theirs
        what = f"domains/s beside checkdmarc, {where}, {families}"
        show(what, f"{ratio:.0f} x", ratio, bar)
        note(f"omi {ours.rate:.0f}, {ours.megabytes:.0f} MB; checkdmarc {theirs:.1f}")


def _domains(count: int) -> list[str]:
    return [f"c{number}.bench.example" for number in range(1, count + 1)]


@contextmanager
def _customers(count: int) -> Iterator[None]:
    say(f"{count} zones on the DNS host")
    script = SEED.read_text()
    _make_dns_bare()
    try:
        words = ["sh", "-s", str(count), _key(), str(Txt.of(_SENDERS))]
        hosts.check(relays.PLACE, "dns", words, stdin=script)
        yield
    finally:
        delay.set_round_trip(relays.PLACE, "dns", 0)
        _make_dns_bare()


def _make_dns_bare() -> None:
    host = plan.host("dns")
    hosts.end(relays.PLACE, [host])
    lifecycle.up(relays.PLACE, [host])


def _key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    spki = made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return str(Txt.of(str(DkimKey.from_spki(spki))))


def _omi(count: int, *options: str) -> Run:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(_domains(count)))
        file.flush()
        words = [sys.executable, "-m", "omi_core.cli", "dns", "verify", "--json-lines"]
        words += ["--inventory", "inventories/lab.py", "--file", file.name, "--rate", "1000000"]
        words += options
        began = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        lines = (process.stdout or sys.stdin).read().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    fine = sum('"exit_code": 0' in line for line in lines)
    if fine != count:
        wrong = next((line for line in lines if '"exit_code": 0' not in line), "nothing")
        raise SystemExit(f"bench: {fine} of {count} domains are fine: {wrong[:400]}")
    return Run(rate=count / seconds, megabytes=usage.ru_maxrss / 1024)


def _checkdmarc(count: int) -> float:
    program = CHECKDMARC.path("python")
    words = [program, "-c", _PEER, plan.ipv4(plan.RESOLVER), *_domains(count)]
    total, good, seconds = figures.output(words).split()[-3:]
    if int(good) != count:
        raise SystemExit(f"bench: checkdmarc finds {good} of {total} domains fine")
    return count / float(seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
