"""Boots, enters and ends the lab's hosts: systemd-nspawn on an overlay, each in its own cgroup.

The overlay is mounted in a mount namespace of the host's own, so nothing is left mounted when
the host ends, however it ends.
"""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import command, control_groups, images, network, plan, roles, seed
from lab.failure import LabError
from lab.site import Site

_DISCARDED = ".discarded-"
BOOT_PATIENCE = 90.0

# $1 cgroup, $2 network namespace, $3 the host's directory, $4 lower layers, $5 overlay options,
# the rest is the command. systemd-nspawn exits with 133 when the host asks for a reboot.
_SUPERVISE = """
echo $$ > "$1/cgroup.procs" || exit 1
namespace=$2
shift 2
exec nsenter --net="$namespace" unshare --mount --propagation private sh -c '
    cd "$1" || exit 1
    mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work$3" root || exit 1
    shift 3
    while :; do
        "$@" && exit 0 || code=$?
        [ $code -eq 133 ] || exit $code
    done
' sh "$@"
"""

_WAIT_ONLINE = (
    "/usr/lib/systemd/systemd-networkd-wait-online"
    " --interface=host0:routable --ipv4 --ipv6 --timeout=10"
)


@dataclass(frozen=True, slots=True)
class _Booting:
    host: plan.Host
    notifications: socket.socket


def is_running(site: Site, host: plan.Host) -> bool:
    """Whether the host booted to the end and lives."""
    return _mark(site, host).exists() and control_groups.is_populated(_cgroup(site, host))


def suite(site: Site, host: plan.Host) -> str:
    """Return the Debian release that a running host was booted with."""
    return _mark(site, host).read_text()


def boot(site: Site, wanted: Sequence[plan.Host]) -> None:
    """Boot hosts side by side, each from an empty overlay, and wait until all have booted."""
    started = [_start(site, host) for host in wanted]
    deadline = time.monotonic() + BOOT_PATIENCE
    for booting in started:
        _await(site, booting, deadline)


def end(site: Site, ended: Iterable[plan.Host]) -> None:
    """End hosts at once and forget what they wrote."""
    for host in ended:
        _mark(site, host).unlink(missing_ok=True)
        _shorten_link(site, host)
        control_groups.end(_cgroup(site, host))
        _forget(site, host)


def leader(site: Site, name: str) -> int:
    """Return the process id, here, of the host's init; raises LabError if it is not up."""
    members = (
        control_groups.path(_cgroup(site, plan.host(name))) / "payload/init.scope/cgroup.procs"
    )
    try:
        return next(pid for pid in map(int, members.read_text().split()) if _is_init(pid))
    except (OSError, StopIteration) as error:
        raise LabError(f"host {name} is not up; run `python3 -m lab up {name}`") from error


def _is_init(pid: int) -> bool:
    """Whether the process is the first of its own namespace; init has helpers beside it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return any(line.split()[-1] == "1" for line in status.splitlines() if line.startswith("NSpid"))


def wait_for_reboot(site: Site, name: str, before: int) -> None:
    """Wait until a host whose init was `before` has booted again; raises LabError."""
    deadline = time.monotonic() + BOOT_PATIENCE
    while True:
        with contextlib.suppress(LabError):
            if leader(site, name) != before:
                _require_health(site, name)
                return
        if time.monotonic() > deadline:
            raise LabError(f"host {name} does not come back from its reboot; see {site.log(name)}")
        time.sleep(0.1)


def run(
    site: Site, name: str, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command on a host as root, past SSH, and return how it ended."""
    target = str(leader(site, name))
    spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd=/"]
    clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]
    words = ["nsenter", "--target", target, *spaces, *clean, *argv]
    return command.attempt(words, stdin=stdin, timeout=timeout)


def check(site: Site, name: str, argv: Sequence[str], *, stdin: str | None = None) -> str:
    """Run a command on a host and return what it printed; raises LabError unless it exits 0."""
    result = run(site, name, argv, stdin=stdin)
    if result.returncode:
        words = (result.stderr.strip() or result.stdout.strip()).splitlines()[-3:]
        raise LabError(f"{name}: `{' '.join(argv)[:80]}` failed: {'; '.join(words)}")
    return result.stdout


def files(site: Site, name: str) -> Path:
    """Return the directory, on this machine, of what a host has written since it was bare."""
    return site.host_directory(name) / "upper"


def _cgroup(site: Site, host: plan.Host) -> str:
    return f"{site.cgroup}/{host.name}"


def _mark(site: Site, host: plan.Host) -> Path:
    return site.runtime / f"{host.name}.booted"


def _start(site: Site, host: plan.Host) -> _Booting:
    end(site, [host])
    directory = site.host_directory(host.name)
    layers = images.of(host.role).layers
    for name in ("upper", "work", "root"):
        (directory / name).mkdir(parents=True)
    (directory / "upper").chmod(0o755)
    seed.plant(roles.files(site, host), directory / "upper", layers)
    booting = _Booting(host, _listen(site, host))
    _supervise(site, host, layers)
    return booting


def _supervise(site: Site, host: plan.Host, layers: Sequence[Path]) -> None:
    cgroup = control_groups.make(_cgroup(site, host))
    lower = ":".join(str(layer) for layer in layers)
    words = [cgroup, site.namespace_file, site.host_directory(host.name), lower, _overlay_options()]
    argv = ["sh", "-c", _SUPERVISE, "sh", *map(str, words), *_nspawn(site, host)]
    command.detach(argv, log=site.log(host.name), env=_nspawn_environment(site, host))


def _nspawn(site: Site, host: plan.Host) -> list[str]:
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        "--keep-unit",
        "--register=no",
        "--settings=no",
        "--directory=root",
        f"--machine={site.machine(host.name)}",
        f"--hostname={host.name}",
        f"--network-bridge={plan.BRIDGE}",
        "--notify-ready=yes",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
    ]


def _nspawn_environment(site: Site, host: plan.Host) -> dict[str, str]:
    return {
        "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",  # plain cgroup2 in the host, whatever is outside
        "NOTIFY_SOCKET": str(_notify_path(site, host)),
    }


def _overlay_options() -> str:
    """Leave out fsync by default; LAB_DURABLE=1 is for tests about lost writes."""
    return "" if os.environ.get("LAB_DURABLE") == "1" else ",volatile"


def _notify_path(site: Site, host: plan.Host) -> Path:
    return site.runtime / f"{host.name}.notify"


def _listen(site: Site, host: plan.Host) -> socket.socket:
    path = _notify_path(site, host)
    path.unlink(missing_ok=True)
    notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notifications.bind(str(path))
    notifications.settimeout(0.2)
    return notifications


def _await(site: Site, booting: _Booting, deadline: float) -> None:
    with booting.notifications:
        while not _is_ready(booting.notifications):
            if not control_groups.is_populated(_cgroup(site, booting.host)):
                raise LabError(_boot_fault(site, booting.host, "ended while it booted"))
            if time.monotonic() > deadline:
                raise LabError(_boot_fault(site, booting.host, "did not finish booting"))
    _require_health(site, booting.host.name)
    _mark(site, booting.host).write_text(images.of(booting.host.role).suite)


def _require_health(site: Site, name: str) -> None:
    """Raise LabError unless every unit that should run does, and the host can be reached."""
    check(site, name, _WAIT_ONLINE.split())
    if run(site, name, ["systemctl", "is-system-running", "--wait"]).returncode:
        failed = run(site, name, ["systemctl", "--failed", "--plain", "--no-legend"]).stdout
        units = " ".join(line.split()[0] for line in failed.splitlines())
        raise LabError(f"host {name} booted, but {units} failed; see `lab ssh {name} journalctl`")


def _is_ready(notifications: socket.socket) -> bool:
    try:
        return b"READY=1" in notifications.recv(4096).split(b"\n")
    except TimeoutError:
        return False


def _boot_fault(site: Site, host: plan.Host, what: str) -> str:
    log = site.log(host.name)
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-2:]
    return f"host {host.name} {what}: {' / '.join(last) or 'it printed nothing'}; see {log}"


def _shorten_link(site: Site, host: plan.Host) -> None:
    """Remove what lab/delay.py laid between the host and the bridge."""
    if control_groups.path(f"{_cgroup(site, host)}/delay").exists():
        words = ["ip", "link", "delete", f"dn-{site.machine(host.name)}"]
        command.attempt([*network.enter(site), *words])


def _forget(site: Site, host: plan.Host) -> None:
    """Put away what the host wrote: deleting half a gigabyte may take seconds."""
    directory = site.host_directory(host.name)
    if directory.exists():
        directory.rename(directory.with_name(f"{_DISCARDED}{time.monotonic_ns()}"))
    with contextlib.suppress(OSError):  # nspawn's own directory, which it leaves when it is killed
        (Path("/run/systemd/nspawn/propagate") / site.machine(host.name)).rmdir()


def delete_discarded(site: Site) -> None:
    """Delete, beside other work, what hosts that are gone had written."""
    discarded = list((site.state / "hosts").glob(f"{_DISCARDED}*"))
    if discarded:
        command.detach(["rm", "-rf", *discarded], log=site.log("delete"))
