"""Starts the lab's package cache, the one process that sees both the lab and this machine."""

import sys
import time
from pathlib import Path

from lab import command, control_groups
from lab.failure import LabError
from lab.site import Site

NAME = "package-cache"


def start(site: Site) -> None:
    """Start it unless it runs."""
    ready = site.runtime / f"{NAME}.ready"
    if ready.exists() and control_groups.is_populated(_cgroup(site)):
        return
    _require_outside(site)
    control_groups.end(_cgroup(site))
    ready.unlink(missing_ok=True)
    members = control_groups.make(_cgroup(site)) / "cgroup.procs"
    join = 'echo $$ > "$1" && shift && exec "$@"'
    argv = [sys.executable, "-m", "lab.package_cache", str(ready)]
    words = ["sh", "-c", join, "sh", str(members), *argv]
    command.detach(words, log=site.log(NAME), cwd=site.checkout)
    _wait(site, ready)


def outside(site: Site) -> list[str]:
    """Return the words that run a command in this machine's own namespaces, from anywhere."""
    members = control_groups.path(_cgroup(site)) / "cgroup.procs"
    try:
        process = members.read_text().split()[0]
    except (OSError, IndexError) as error:
        raise LabError("the lab is not up; run `python3 -m lab up`") from error
    return ["nsenter", "--target", process, "--mount", "--net"]


def _cgroup(site: Site) -> str:
    return f"{site.cgroup}/{NAME}"


def _require_outside(site: Site) -> None:
    own = Path("/proc/self/ns/net").stat().st_ino
    if site.namespace_file.stat().st_ino == own:
        raise LabError("the package cache is gone; run `python3 -m lab up` outside of `lab exec`")


def _wait(site: Site, ready: Path, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not ready.exists():
        if time.monotonic() > deadline:
            raise LabError(f"the package cache did not start; see {site.log(NAME)}")
        time.sleep(0.02)
