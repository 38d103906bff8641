"""The lab's processes, held and ended by their cgroup (cgroups(7)): no pid files, no names.

Works where cgroup2 is the only hierarchy and where it is mounted beside version 1.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from lab.failure import LabError


def hierarchy() -> Path:
    """Return the mount point of cgroup2."""
    for mount_point in _mount_points("cgroup2"):
        return mount_point
    raise LabError("no cgroup2 hierarchy is mounted; mount one on /sys/fs/cgroup/unified")


def path(name: str) -> Path:
    """Return the directory of the cgroup `name`, which need not exist."""
    return hierarchy() / name


def make(name: str) -> Path:
    """Make the cgroup and return its directory."""
    directory = path(name)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def is_populated(name: str) -> bool:
    """Whether a process lives in the cgroup or below it."""
    try:
        events = (path(name) / "cgroup.events").read_text()
    except OSError:
        return False
    return "populated 1" in events


def end(name: str, *, patience: float = 20) -> None:
    """Kill every process in the cgroup and below it, and remove it; gone already is fine."""
    directory = path(name)
    if not directory.exists():
        return
    deadline = time.monotonic() + patience
    with contextlib.suppress(FileNotFoundError):
        (directory / "cgroup.kill").write_text("1")
    while is_populated(name):
        if time.monotonic() > deadline:
            raise LabError(f"processes of {directory} do not end; look at its cgroup.procs")
        time.sleep(0.01)
    for mount_point in _mount_points("cgroup2", "cgroup"):  # nspawn uses version 1's as well
        _remove(mount_point / name)


def _mount_points(*kinds: str) -> Iterator[Path]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, mount_point, kind, *_ = line.split()
        if kind in kinds:
            yield Path(mount_point)


def _remove(directory: Path) -> None:
    for root, _, _ in os.walk(directory, topdown=False):
        with contextlib.suppress(OSError):
            Path(root).rmdir()
