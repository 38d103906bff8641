"""`omi dns verify` over 1,000 domains of which 50 are hostile, beside 1,000 that are right.

usage: .venv/bin/python -m benchmarks.dns_hostile [--quick]    needs neither root nor the lab

All is on loopback (tests/hostile_world.py), in a process of its own. The bar is for the pace at
which servers are asked by default. At no pace at all the same is printed without a bar: right
domains take so little there that what remains is the time for which a silent server is waited for.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Bar, note, show
from tests.authority import free_port
from tests.hostile_world import hostile_names, right_names

RATIO = Bar(limit=1.1, unit=" x")
FIRST = Bar(limit=2, unit=" s")
EACH, QUICK_EACH = 5, 1  # of ten kinds, 5 % of all
_INVENTORY = """
from omi_core.inventory import environment, internal_ca, relay_host
_environment = environment(
    operator_zone="relay.example", public_names=("smtp.relay.example",),
    postmaster="postmaster@relay.example", customers=(), issuer=internal_ca("/nowhere"),
)
relay = [
    relay_host(
        "smtp.relay.example", environment=_environment, ipv4="192.0.2.25", ipv6="2001:db8::25"
    )
]
"""


def main(argv: Sequence[str]) -> int:
    """Measure and print; the exit code is 0 whatever the figures are."""
    hostile = hostile_names(QUICK_EACH if "--quick" in argv else EACH)
    count = 20 * len(hostile)
    right, mixed = right_names(count), right_names(count - len(hostile))
    for number, domain in enumerate(hostile):
        mixed.insert(20 * number + 7, domain)
    with _world() as port, tempfile.TemporaryDirectory() as directory:
        inventory = Path(directory) / "inventory.py"
        inventory.write_text(_INVENTORY)
        words = ["--inventory", str(inventory), "--root", f"127.0.0.1:{port}", "-4"]
        first, good = _seconds(words, right, directory)
        _, bad = _seconds(words, mixed, directory)
        what = f"{len(hostile)} hostile of {count} domains, beside none"
        show(what, f"{bad / good:.2f} x", bad / good, RATIO)
        note(f"{bad:.1f} s and {good:.1f} s, at 50 questions a second to one address")
        show(f"first result of {count} domains", f"{first:.2f} s", first, FIRST)
        words += ["--rate", "1000000"]
        _, good = _seconds(words, right, directory)
        _, bad = _seconds(words, mixed, directory)
        note(f"at no pace: {bad:.1f} s and {good:.1f} s; a silent server alone takes 4 s")
    return 0


@contextmanager
def _world() -> Iterator[int]:
    port = free_port()
    words = [sys.executable, "-m", "tests.hostile_world", str(port)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise SystemExit("bench: the servers on loopback did not start")
        yield port
        if process.stdin:
            process.stdin.close()


def _seconds(words: list[str], domains: list[str], directory: str) -> tuple[float, float]:
    """Return when the first line came, and when the last, of a run in which all came out right."""
    names = Path(directory) / "names.txt"
    names.write_text("".join(f"{domain}\n" for domain in domains))
    command = [sys.executable, "-m", "omi_core.cli", "dns", "verify", "--json-lines"]
    begin = time.perf_counter()
    with subprocess.Popen(
        [*command, "--file", str(names), *words], stdout=subprocess.PIPE, text=True
    ) as process:
        lines = process.stdout or sys.stdin
        read = [lines.readline()]
        first = time.perf_counter() - begin
        read += lines
    seconds = time.perf_counter() - begin
    wanted = sum(domain.startswith("g") for domain in domains)
    fine = sum('"exit_code": 0' in line for line in read)
    if (len(read), fine) != (len(domains), wanted):
        raise SystemExit(f"bench: {len(read)} lines, {fine} of {wanted} domains fine")
    return first, seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
