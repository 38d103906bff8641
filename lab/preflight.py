"""Whether this machine can hold a lab, and the Debian packages that are missing for it."""

import ctypes
import os
import shutil
from pathlib import Path

from lab import command, control_groups, progress, site
from lab.failure import LabError

# program -> the Debian package it comes from
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "openssl": "openssl",
    "age": "age",  # docs/secrets.md is followed to the letter
}
WATCHES = 8  # inotify instances of one booted host with a login
OVERLAY_ROOM = 1_000_000_000  # octets that hosts write in a long test run


def require_root() -> None:
    """Raise LabError unless this is root."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root; put sudo before the command")


def check() -> None:
    """Raise LabError, one sentence, for the first thing that a lab lacks here."""
    _require_debian()
    require_root()
    _require_programs()
    _require_kernel()
    _require_room()


def install() -> None:
    """Install the packages that are missing, and nothing but packages."""
    _require_debian()
    require_root()
    missing = sorted({PROGRAMS[name] for name in PROGRAMS if shutil.which(name) is None})
    if not missing:
        return
    with progress.step(f"install {' '.join(missing)}"):
        if not _install(missing):
            command.run(["apt-get", "-q", "update"])
            command.run(_apt(missing))


def _install(packages: list[str]) -> bool:
    return command.attempt(_apt(packages)).returncode == 0


def _apt(packages: list[str]) -> list[str]:
    words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    return [*words, "--no-install-recommends", "install", *packages]


def _require_debian() -> None:
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        raise LabError(
            "this is not a Debian; the lab is built from Debian packages, use Debian 12/13"
        )


def _require_programs() -> None:
    missing = sorted({PROGRAMS[name] for name in PROGRAMS if shutil.which(name) is None})
    if missing:
        raise LabError(f"packages are missing: {' '.join(missing)}; run `python3 -m lab preflight`")


def _require_kernel() -> None:
    hierarchy = control_groups.hierarchy()
    if not os.access(hierarchy, os.W_OK):
        raise LabError(f"{hierarchy} cannot be written; systemd-nspawn needs cgroups of its own")
    if "overlay" not in Path("/proc/filesystems").read_text():
        command.attempt(["modprobe", "overlay"])
    if "overlay" not in Path("/proc/filesystems").read_text():
        raise LabError("this kernel has no overlay file system; the lab's hosts are mounted so")
    probe = command.attempt(["unshare", "--mount", "--net", "--pid", "--fork", "true"])
    if probe.returncode:
        raise LabError(
            "namespaces cannot be made here, so systemd-nspawn is not usable;"
            " use a whole (virtual) machine rather than a container"
        )


def require_watches(booting: int) -> None:
    """Raise LabError unless the kernel still gives the inotify instances that hosts take."""
    libc = ctypes.CDLL(None)
    opened = [libc.inotify_init1(os.O_CLOEXEC) for _ in range(WATCHES * booting)]
    for descriptor in opened:
        if descriptor >= 0:
            os.close(descriptor)
    if -1 in opened:
        raise LabError(
            "the kernel's inotify instances are used up, perhaps by other labs; end those,"
            " or allow more: sysctl fs.inotify.max_user_instances=1024"
        )


def _require_room() -> None:
    checkout = site.here().checkout
    free = shutil.disk_usage(checkout).free
    if free < OVERLAY_ROOM:
        raise LabError(
            f"{checkout} has {free / 1e9:.1f} GB free and the running lab needs"
            f" {OVERLAY_ROOM / 1e9:.1f} GB; make room"
        )
