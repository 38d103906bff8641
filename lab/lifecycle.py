"""What `up`, `down`, `reset` and `status` do, one of them at a time for a checkout."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab import (
    control_groups,
    hosts,
    images,
    keys,
    network,
    package_service,
    plan,
    preflight,
    progress,
    site,
)
from lab.failure import LabError
from lab.site import Site

TRUSTING = frozenset({"client", "mx"})  # hosts that check certificates of the lab
_PEBBLE_TRUST = "/usr/local/share/ca-certificates/omi-lab-pebble.crt"


def up(place: Site, wanted: Sequence[plan.Host]) -> None:
    """Boot what is not up among the wanted hosts; repair what a crash left behind."""
    with _alone(place), progress.step("up"):
        _end_orphans()
        keys.make(place)
        images.build({images.of(host.role) for host in wanted})
        network.make(place)
        package_service.start(place)
        missing = [host for host in wanted if not _is_up(place, host)]
        preflight.require_watches(len(missing))
        _boot(place, missing)


def down(place: Site) -> None:
    """End everything; keys and passwords stay."""
    with _alone(place), progress.step("down"):
        control_groups.end(place.cgroup)
        hosts.end(place, plan.HOSTS)
        hosts.delete_discarded(place)
        network.remove(place)
        shutil.rmtree(place.runtime, ignore_errors=True)


def reset(place: Site, wanted: Sequence[plan.Host]) -> None:
    """Boot the hosts anew, as bare as on the first day."""
    with _alone(place):
        if not network.exists(place):
            raise LabError("the lab is not up; run `python3 -m lab up`")
        _boot(place, wanted)


def status(place: Site) -> Iterator[str]:
    """Describe each host in a line."""
    for host in plan.HOSTS:
        state = hosts.suite(place, host) if hosts.is_running(place, host) else "down"
        yield f"{host.name:8}{state:10}{host.ipv4:14}{host.ipv6:20}{host.fqdn}"


def _is_up(place: Site, host: plan.Host) -> bool:
    """Whether it runs, and is of the release that is asked for now."""
    if not hosts.is_running(place, host):
        return False
    return hosts.suite(place, host) == images.of(host.role).suite


@contextmanager
def _alone(place: Site) -> Iterator[None]:
    place.state.mkdir(exist_ok=True)
    place.runtime.mkdir(parents=True, exist_ok=True)
    (place.runtime / "checkout").write_text(str(place.checkout))
    with (place.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _boot(place: Site, wanted: Sequence[plan.Host]) -> None:
    if not wanted:
        return
    with progress.step(f"boot {' '.join(host.name for host in wanted)}"):
        hosts.boot(place, wanted)
        hosts.delete_discarded(place)
        spread_trust(place, {host.name for host in wanted})


def spread_trust(place: Site, booted: set[str]) -> None:
    """Make the lab's authorities known to those who check certificates; Pebble's changes."""
    if "acme" in booted:
        keys.write_pebble_root(place, _pebble_root(place))
    wanting = TRUSTING if "acme" in booted else TRUSTING & booted
    for name in sorted(wanting):
        if hosts.is_running(place, plan.host(name)):
            _trust(place, name)


def _trust(place: Site, name: str) -> None:
    if keys.pebble_root(place).exists():
        hosts.check(place, name, ["tee", _PEBBLE_TRUST], stdin=keys.pebble_root(place).read_text())
    hosts.check(place, name, ["update-ca-certificates"])


def _pebble_root(place: Site, patience: float = 15) -> str:
    address = "https://localhost:15000/roots/0"
    deadline = time.monotonic() + patience
    while True:
        answer = hosts.run(place, "acme", ["curl", "-sk", "--fail", address])
        if answer.returncode == 0:
            return answer.stdout
        if time.monotonic() > deadline:
            raise LabError("Pebble does not answer; see `lab ssh acme journalctl -u lab-pebble`")
        time.sleep(0.1)


def _end_orphans() -> None:
    """End labs whose checkout was removed while they were up."""
    for mark in site.RUNTIME.glob("*/checkout"):
        owner = Site(Path(os.fsdecode(mark.read_bytes())))
        if not owner.checkout.exists():
            progress.say(f"ending the lab of {owner.checkout}, which is gone")
            control_groups.end(owner.cgroup)
            network.remove(owner)
            shutil.rmtree(owner.runtime, ignore_errors=True)
