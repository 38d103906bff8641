"""The two relays of the lab: deployed, bare again, and what a run says about them."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import figures
from lab import hosts, lifecycle, network, plan, site
from omi_core.engine.component_state import ROOT

PLACE = site.here()
RELAYS = tuple(host for host in plan.standing() if host.role is plan.Role.RELAY)

INVENTORY = "inventories/lab.py"
DEPLOY = "deploys/relay.py"
EMPTY = "benchmarks/empty.py"

PYINFRA = str(Path(sys.executable).with_name("pyinfra"))

# Where pyinfra says, with --debug, that it sends a command to a host.
_COMMAND = "Running command on "


def environment() -> Mapping[str, str]:
    """Return the environment of a command inside the lab."""
    return {**os.environ, **network.environment(PLACE)}


def pyinfra(*words: str) -> list[str]:
    """Return the command line of a run inside the lab."""
    return network.inside(PLACE, [PYINFRA, *words])


def run(deploy: str, inventory: str = INVENTORY) -> float:
    """Run a deploy on both relays and the control row, and return the seconds it took."""
    return figures.seconds(pyinfra("-y", inventory, deploy), environment())


def require_nothing_to_do() -> None:
    """Stop unless a dry run finds that both relays and DNS are as they should be."""
    dry = network.execute(PLACE, [PYINFRA, "--dry", "--json", INVENTORY, DEPLOY])
    plan_of = json.loads(dry.stdout)["plan"]
    if changing := [each["name"] for each in plan_of if each["hosts_with_change"]]:
        raise SystemExit(f"bench: a second run would still do something: {', '.join(changing)}")


def commands() -> Mapping[str, int]:
    """Return how many commands a run with nothing to do sends to each relay."""
    lines = figures.output(pyinfra("-y", "--debug", INVENTORY, DEPLOY), environment()).splitlines()
    named = (line.partition(_COMMAND)[2].partition(":")[0] for line in lines if _COMMAND in line)
    return Counter(name for name in named if name in {host.fqdn for host in RELAYS})


def make_bare() -> None:
    """Boot the relays and the name server anew, as on the first day."""
    lifecycle.reset(PLACE, [plan.host("dns"), *RELAYS])


def bare_install(packages: Sequence[str]) -> float:
    """Update and install on both relays at once, with nothing else; return the seconds."""
    names = " ".join(packages)
    script = (
        "export DEBIAN_FRONTEND=noninteractive; apt-get -qq update &&"
        f" apt-get -qq -y --no-install-recommends install {names} < /dev/null"
    )
    begin = time.perf_counter()
    with ThreadPoolExecutor(len(RELAYS)) as pool:
        list(pool.map(lambda host: hosts.check(PLACE, host.name, ["sh", "-c", script]), RELAYS))
    return time.perf_counter() - begin


def asked_packages() -> tuple[str, ...]:
    """Return the packages that a host was told to have, besides those that others brought."""
    return tuple(hosts.check(PLACE, RELAYS[0].name, ["apt-mark", "showmanual"]).split())


def managed_files(host: plan.Host) -> Mapping[str, tuple[str, str, str, bytes]]:
    """Return mode, owner, group and content of each file that the deploy wrote on a relay."""
    listing = ["sh", "-c", f"cat {ROOT}/*/live/manifest"]
    rows = (line.split(maxsplit=4) for line in hosts.check(PLACE, host.name, listing).splitlines())
    return {
        path: (mode, owner, group, (hosts.files(PLACE, host.name) / path[1:]).read_bytes())
        for kind, mode, owner, group, path in rows
        if kind in {"file", "data"}
    }
