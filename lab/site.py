"""Where the lab of one checkout lives: every path and every kernel object's name.

All names derive from a short hash of the checkout's path, so that labs of several checkouts run
side by side and each finds its own again.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from lab.failure import LabError

RUNTIME = Path("/run/omi-lab")


@dataclass(frozen=True, slots=True)
class Site:
    """The lab of the checkout at `checkout`."""

    checkout: Path

    @property
    def key(self) -> str:
        """Five hexadecimal digits: `vb-client-` + key is an interface name, 15 octets at most."""
        return hashlib.sha256(os.fsencode(self.checkout)).hexdigest()[:5]

    @property
    def state(self) -> Path:
        """What outlives a boot: keys, logs, overlays."""
        return self.checkout / ".lab"

    @property
    def runtime(self) -> Path:
        """What ends with the machine: sockets and marks."""
        return RUNTIME / self.key

    @property
    def namespace(self) -> str:
        """The name `ip netns` knows."""
        return f"omi-{self.key}"

    @property
    def namespace_file(self) -> Path:
        """What nsenter opens."""
        return Path("/run/netns") / self.namespace

    @property
    def cgroup(self) -> str:
        """The cgroup, below the root of the hierarchy, that holds every process of the lab."""
        return f"omi-lab-{self.key}"

    @property
    def offline_mark(self) -> Path:
        """While this file exists the package cache does not go outside."""
        return self.state / "offline"

    def machine(self, host: str) -> str:
        """Return the machine's name for nspawn, unique among all labs."""
        return f"{host}-{self.key}"

    def host_directory(self, host: str) -> Path:
        """Return the directory of a host's overlay."""
        return self.state / "hosts" / host

    def log(self, name: str) -> Path:
        """Return the file that takes what a process of the lab prints."""
        return self.state / "logs" / f"{name}.log"


def here() -> Site:
    """Return the site of the checkout this file belongs to."""
    return Site(Path(__file__).resolve().parent.parent)


def cache() -> Path:
    """Return the directory of images and packages, shared between checkouts."""
    path = Path(os.environ.get("OMI_LAB_CACHE") or "/var/cache/omi-lab")
    if not path.is_absolute() or {":", ",", "\\"} & set(str(path)):
        raise LabError(
            f"OMI_LAB_CACHE={path} must be an absolute path without colon, comma or backslash"
        )
    return path
