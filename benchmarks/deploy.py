"""The relay deploy's figures, each beside its peer in the same run.

usage: python -m benchmarks.deploy [--quick]      with the lab up, as root

Whatever is compared runs by turns, so that what else the machine does falls on both sides. The
figures are medians.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import ansible_peer, relays
from benchmarks.figures import Bar, by_turns, note, say, show
from lab import delay
from lab.failure import LabError

FIRST = Bar(limit=1.5, unit=" x")
NO_OP = Bar(limit=1.7, unit=" x")
COMMANDS = Bar(limit=8)
ANSIBLE = Bar(limit=20, at_least=True, unit=" x")
FAR = Bar(limit=2, unit=" s")

ROUND_TRIP_MS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often each pair is run."""

    first: int
    no_op: int
    ansible: int
    far: int


FULL = Rounds(first=3, no_op=9, ansible=3, far=5)
QUICK = Rounds(first=1, no_op=3, ansible=1, far=3)


def main(argv: Sequence[str]) -> int:
    """Measure and print everything; the exit code is 0 whatever the figures are."""
    rounds = QUICK if "--quick" in argv else FULL
    try:
        packages = _first_deploy(rounds)
        _no_op(rounds)
        _far_away(rounds)
        _beside_ansible(rounds, packages)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _first_deploy(rounds: Rounds) -> tuple[str, ...]:
    relays.make_bare()
    bare = set(relays.asked_packages())
    say("filling the package cache")
    relays.run(relays.DEPLOY)
    packages = tuple(name for name in relays.asked_packages() if name not in bare)

    def install() -> float:
        relays.make_bare()
        return relays.bare_install(packages)

    def deploy() -> float:
        relays.make_bare()
        return relays.run(relays.DEPLOY)

    taken = by_turns(rounds.first, install=install, deploy=deploy)
    ratio = taken["deploy"] / taken["install"]
    show("first deploy of two bare hosts / apt-get install", f"{ratio:.2f} x", ratio, FIRST)
    note(f"deploy {taken['deploy']:.1f} s, apt-get update and install {taken['install']:.1f} s")
    return packages


def _no_op(rounds: Rounds) -> None:
    relays.require_nothing_to_do()
    taken = by_turns(rounds.no_op, empty=_empty, no_op=_deploy)
    ratio = taken["no_op"] / taken["empty"]
    show("deploy with nothing to do / empty pyinfra run", f"{ratio:.2f} x", ratio, NO_OP)
    note(f"deploy {taken['no_op']:.2f} s, empty run {taken['empty']:.2f} s")
    most = max(relays.commands().values())
    show("commands on a host with nothing to do", str(most), most, COMMANDS)


def _far_away(rounds: Rounds) -> None:
    with _distance():
        relays.require_nothing_to_do()
        taken = by_turns(rounds.far, empty=_empty, no_op=_deploy)
    no_op = taken["no_op"]
    show(f"deploy with nothing to do, {ROUND_TRIP_MS} ms away", f"{no_op:.2f} s", no_op, FAR)
    note(f"empty run {taken['empty']:.2f} s")


def _beside_ansible(rounds: Rounds, packages: Sequence[str]) -> None:
    ansible_peer.prepare(packages)
    with ansible_peer.connected() as env:
        playbook = _settled(lambda: ansible_peer.run(env))
        # The playbook's handlers may have reloaded, but what stands on the hosts is the same.
        relays.require_nothing_to_do()
        taken = by_turns(rounds.ansible, ansible=playbook, no_op=_deploys)
    ratio = taken["ansible"] / taken["no_op"]
    show("Ansible with nothing to do / this deploy", f"{ratio:.1f} x", ratio, ANSIBLE)
    note(
        f"Ansible {taken['ansible']:.1f} s, deploy {taken['no_op']:.2f} s; pipelining, warm sockets"
    )


def _settled(run: Callable[[], tuple[float, int]]) -> Callable[[], float]:
    """Run once for what differs, and return runs that must change nothing."""
    _, first = run()
    note(f"the playbook's first run changed {first} tasks")

    def again() -> float:
        taken, changed = run()
        if changed:
            raise SystemExit(f"bench: the playbook still changes {changed} tasks")
        return taken

    return again


@contextmanager
def _distance() -> Iterator[None]:
    """Put both relays behind a link with the round trip."""
    try:
        for host in relays.RELAYS:
            delay.set_round_trip(relays.PLACE, host.name, ROUND_TRIP_MS)
        yield
    finally:
        for host in relays.RELAYS:
            delay.set_round_trip(relays.PLACE, host.name, 0)


def _deploys() -> float:
    return median(_deploy() for _ in range(3))


def _empty() -> float:
    return relays.run(relays.EMPTY)


def _deploy() -> float:
    return relays.run(relays.DEPLOY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
