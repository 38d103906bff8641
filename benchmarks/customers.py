"""Ten thousand customers on the lab's two relays, and what of a run grows with their number.

usage: python -m benchmarks.customers [COUNT] [--keys] [--quick]    as root, in a deployed lab

Each has a domain and an account. Their DKIM keys are one key, put on both relays beforehand, unless
`--keys` is given: then the first deploy makes every one of them, which is most of its time. What a
key costs is measured in either case, and its share of such a deploy printed. The relays have the
lab's own customers again at the end; the keys and records of the others stay, so end the lab after.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import customers_growth, relays
from benchmarks.figures import Bar, note, say, show
from lab import hosts
from lab.failure import LabError

COUNT = 10_000
ROUNDS = 3
CUSTOMERS = "deploys/customers.py"
NO_OP = Bar(limit=5, unit=" s")
CHANGE = Bar(limit=8, unit=" s")
MEMORY = Bar(limit=300, unit=" MiB")
LINES = Bar(limit=200)
SAMPLE = 20

SEED = """cd /etc/omi/dkim
key=$(ls *.omi1.key | head -n 1)
openssl pkey -in "$key" -pubout -outform DER -out /tmp/seed.der
digest=$(sha256sum < "$key")
awk -v n=$1 -v from="$key" -v digest="${digest%% *}" -v public="$(base64 -w 0 /tmp/seed.der)" '
BEGIN {
    while ((getline line < from) > 0) private = private line "\\n"
    for (i = 0; i < n; i++) {
        stem = "c" i ".customers.example.omi1"
        printf "%s", private > (stem ".key"); close(stem ".key")
        print stem, digest, public > (stem ".pub"); close(stem ".pub")
    }
}'
find . -name '*.customers.*' -exec chown root:_rspamd {} + -exec chmod 640 {} +"""
MAKE = f"""for i in $(seq {SAMPLE}); do echo $i; done | xargs -P "$(nproc)" -n 1 sh -c '
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 > /dev/null'"""
RESIDENT = """for unit in omi-policy rspamd dovecot postfix postfix@-; do
    group=/sys/fs/cgroup$(systemctl show -P ControlGroup $unit)
    test -r $group/cgroup.procs || continue
    for pid in $(cat $group/cgroup.procs); do cat /proc/$pid/smaps_rollup; done 2>/dev/null |
        awk -v unit=$unit '/^Pss:/ { kib += $2 } END { printf "%s %d MiB, ", unit, kib / 1024 }'
done"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How long a run took, in seconds, of the clock and of CPU, its memory and what it printed."""

    seconds: float
    cpu: float
    mebibytes: float
    lines: int
    said: str


def run(inventory: Path, deploy: str) -> Taken:
    """Run a deploy, which must succeed; memory and CPU are those of the control process."""
    words = relays.pyinfra("-y", str(inventory), deploy)
    with tempfile.TemporaryFile("w+") as output:
        begin = time.perf_counter()
        started = subprocess.Popen(
            words,
            env=relays.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(started.pid, 0)
        seconds = time.perf_counter() - begin
        started.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if started.returncode:
        raise SystemExit(f"bench: {deploy} failed:\n{said[-3000:]}")
    return Taken(
        seconds=seconds,
        cpu=used.ru_utime + used.ru_stime,
        mebibytes=used.ru_maxrss / 1024,
        lines=len(said.splitlines()),
        said=said,
    )


def main(argv: Sequence[str]) -> int:
    """Measure and print everything; the exit code is 0 whatever the figures are."""
    count = next((int(word) for word in argv if word.isdigit()), COUNT)
    note(f"{count:,} customers; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()}")
    try:
        with tempfile.TemporaryDirectory() as scratch:
            rounds = 1 if "--quick" in argv else ROUNDS
            _on_the_lab(Path(scratch), count, rounds, makes_keys="--keys" in argv)
            customers_growth.report(customers_growth.growth(Path(scratch)))
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _on_the_lab(scratch: Path, count: int, rounds: int, *, makes_keys: bool) -> None:
    place = relays.PLACE
    note(f"memory with the lab's customers: {_resident()}")
    path = customers_growth.inventory(scratch / "lab", count)
    if not makes_keys:
        say("putting a key for each customer on the relays")
        for host in relays.RELAYS:
            hosts.check(place, host.name, ["sh", "-euc", SEED, "seed", str(count)])
    _first(run(path, relays.DEPLOY), count, makes_keys=makes_keys)
    for deploy in (relays.DEPLOY, CUSTOMERS):
        _shown(f"{deploy}, nothing to do", [run(path, deploy) for _ in range(rounds)], NO_OP)
    new = path.with_name("customers") / "new.toml"
    changes = {
        "a customer comes": customers_growth.customer(count),
        "a customer changes": customers_growth.customer(count, password=1),
    }
    for what, text in changes.items():
        new.write_text(text)
        _shown(f"{CUSTOMERS}, {what}", [run(path, CUSTOMERS)], CHANGE)
    new.unlink()
    _shown(f"{CUSTOMERS}, a customer goes", [run(path, CUSTOMERS)], CHANGE)
    note(f"memory with {count:,}: {_resident()}")
    relays.run(relays.DEPLOY)


def _first(first: Taken, count: int, *, makes_keys: bool) -> None:
    begin = time.perf_counter()
    hosts.check(relays.PLACE, relays.RELAYS[0].name, ["sh", "-euc", MAKE])
    keys = (time.perf_counter() - begin) / SAMPLE * count
    rest = first.seconds - keys if makes_keys else first.seconds
    share = keys / (keys + rest)
    note(f"first deploy {first.seconds:.0f} s{'' if makes_keys else ' without making keys'}")
    note(f"making {count:,} keys takes {keys:.0f} s, {share:.0%} of a first deploy with them")
    show("lines that the first deploy prints", str(first.lines), first.lines, LINES)
    show("memory of the first deploy", f"{first.mebibytes:.0f} MiB", first.mebibytes, MEMORY)


def _shown(what: str, runs: Sequence[Taken], bar: Bar) -> None:
    seconds = median(each.seconds for each in runs)
    show(what, f"{seconds:.1f} s", seconds, bar)
    cpu, memory = median(each.cpu for each in runs), max(each.mebibytes for each in runs)
    show("    its memory", f"{memory:.0f} MiB", memory, MEMORY)
    note(f"CPU of the control process {cpu:.1f} s; load {os.getloadavg()[0]:.1f}")


def _resident() -> str:
    """Return what the daemons of a relay hold, each page counted once (proc_pid_smaps(5), Pss)."""
    said = hosts.check(relays.PLACE, relays.RELAYS[0].name, ["sh", "-c", RESIDENT])
    return said.strip().removesuffix(",")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
