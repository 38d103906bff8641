"""Images of the lab's hosts: one bare Debian a suite, and a layer of packages a role on it.

An image's directory is named by a hash of its recipe. It is built under a lock, aside, and
renamed when it is complete: a build that was killed leaves nothing that looks like an image.
"""

import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import command, package_cache, plan, progress, site
from lab.failure import LabError

_FORMAT = 1  # raised when the way of building changes what comes out
ROOM = 2_000_000_000  # octets that all images and packages take, with a margin

BARE = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "iproute2",
    "iputils-ping",
    "procps",
    "netbase",
    "less",
)
TOOLS: dict[plan.Role, tuple[str, ...]] = {
    plan.Role.RELAY: (),
    plan.Role.DNS: ("knot", "knot-dnsutils", "unbound"),
    plan.Role.ACME: ("pebble", "unbound", "curl", "ca-certificates"),
    plan.Role.RECEIVER: ("postfix", "rspamd", "dovecot-imapd", "openssl", "ca-certificates"),
    plan.Role.CLIENT: (
        "ca-certificates",
        "curl",
        "knot-dnsutils",
        "libauthen-sasl-perl",
        "libio-socket-ssl-perl",
        "libnet-dns-perl",
        "libnet-ssleay-perl",
        "msmtp",
        "netcat-openbsd",
        "openssl",
        "php-cli",
        "python3",
        "swaks",
    ),
}

# What makes a tree of Debian's packages an image: no identity, no package lists, sources that
# lead to the lab's package cache, a network that comes up by itself. What is masked would change
# packages at a time of its own, or use up the kernel's inotify instances when labs are many.
_FINISH = """
set -e
cd "$1"
rm -rf var/lib/apt/lists/* var/cache/apt/*.bin etc/ssh/ssh_host_* etc/apt/sources.list.d/*
: > etc/machine-id
rm -f etc/resolv.conf etc/hostname usr/sbin/policy-rc.d
printf 'deb http://%s/debian %s main\n' "$2" "$3" "$2" "$3-updates" > etc/apt/sources.list
printf 'deb http://%s/debian-security %s-security main\n' "$2" "$3" >> etc/apt/sources.list
systemctl --root=. enable systemd-networkd.service >/dev/null 2>&1
systemctl --root=. mask apt-daily.timer apt-daily-upgrade.timer getty.target \
    console-getty.service systemd-ask-password-wall.path systemd-ask-password-console.path \
    >/dev/null 2>&1
"""

# $1 is the directory of the build, $2 the lower layers, $3 the address of the package cache,
# $4 the suite, the rest packages.
_LAYER = """
set -e
cd "$1"; lower=$2; from=$3; suite=$4; shift 4
mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work,volatile" root
mount -t proc proc root/proc
printf 'exit 101\n' > root/usr/sbin/policy-rc.d
chmod +x root/usr/sbin/policy-rc.d
printf 'deb %s/debian %s main\n' "$from" "$suite" > root/etc/apt/sources.list
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot root apt-get -q update
chroot root apt-get -q -y --no-install-recommends install "$@"
chroot root apt-get clean
if [ -f root/etc/ca-certificates.conf ]; then  # the lab's hosts trust the lab's authorities only
    : > root/etc/ca-certificates.conf
    chroot root update-ca-certificates --fresh
fi
umount root/proc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A suite's bare Debian, or a role's packages on top of one."""

    suite: str
    role: plan.Role

    @property
    def name(self) -> str:
        """The directory's name: what it is, and a hash of everything it is made from."""
        recipe = json.dumps([_FORMAT, self.suite, *self._own_recipe])
        return f"{self.suite}-{self.role}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"

    @property
    def _own_recipe(self) -> list[object]:
        if self.base is None:
            return [BARE, _FINISH]
        return [self.base.name, TOOLS[self.role], _LAYER]

    @property
    def directory(self) -> Path:
        """Where the image is, or will be."""
        return site.cache() / "images" / self.name

    @property
    def base(self) -> "Image | None":
        """The image below this one."""
        bare = plan.Role.RELAY
        return None if self.role is bare else Image(suite=self.suite, role=bare)

    @property
    def layers(self) -> list[Path]:
        """The directories to mount, uppermost first."""
        below = self.base.layers if self.base else []
        return [self.directory, *below]


def of(role: plan.Role) -> Image:
    """Return the image for hosts of a role: only relays follow LAB_SUITE."""
    return Image(suite=plan.relay_suite() if role is plan.Role.RELAY else "trixie", role=role)


def build(wanted: set[Image]) -> None:
    """Build what is missing of the wanted images and of those below them."""
    missing = [image for image in _with_bases(wanted) if not image.directory.exists()]
    if not missing:
        return
    _require_room()
    bare = [image for image in missing if image.base is None]
    layered = [image for image in missing if image.base is not None]
    with _package_cache() as address, ThreadPoolExecutor(2) as pool:
        for group in (bare, layered):
            list(pool.map(lambda image: _build_locked(image, address), group))


def _with_bases(wanted: set[Image]) -> set[Image]:
    return wanted | {image.base for image in wanted if image.base is not None}


def _require_room() -> None:
    directory = site.cache()
    directory.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(directory).free
    if free < ROOM:
        raise LabError(
            f"{directory} has {free / 1e9:.1f} GB free and the lab's images need"
            f" {ROOM / 1e9:.1f} GB; make room or set OMI_LAB_CACHE to another directory"
        )


@contextmanager
def _package_cache() -> Iterator[str]:
    kept = package_cache.store(site.here().offline_mark, is_logged=False)
    server = package_cache.Server("127.0.0.1", 0, kept)
    try:
        yield f"http://127.0.0.1:{server.start()}"
    finally:
        server.shutdown()
        server.server_close()


def _build_locked(image: Image, address: str) -> None:
    image.directory.parent.mkdir(parents=True, exist_ok=True)
    with image.directory.with_name(f".{image.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if image.directory.exists():  # another checkout built it while we waited
            return
        for leftover in image.directory.parent.glob(f".{image.name}.part-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # A name of its own: programs of a build that was killed may still write into theirs.
        aside = image.directory.with_name(f".{image.name}.part-{time.monotonic_ns()}")
        with progress.step(f"image {image.suite} {image.role}"):
            _build(image, aside, address).rename(image.directory)
        shutil.rmtree(aside, ignore_errors=True)


def _build(image: Image, aside: Path, address: str) -> Path:
    tree = aside / "upper"
    for name in ("upper", "work", "root"):
        (aside / name).mkdir(parents=True)
    if image.base is None:
        _bootstrap(image, tree, address)
        _finish(image, tree)
    else:
        _install(image, aside, image.base.layers, address)
    return tree


def _bootstrap(image: Image, tree: Path, address: str) -> None:
    tree.rmdir()
    options = ["--mode=root", "--variant=minbase", "--quiet", f"--include={','.join(BARE)}"]
    command.run(["mmdebstrap", *options, image.suite, tree, f"{address}/debian"])


def _install(image: Image, aside: Path, layers: list[Path], address: str) -> None:
    lower = ":".join(str(layer) for layer in layers)
    words = [str(aside), lower, address, image.suite, *TOOLS[image.role]]
    command.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _LAYER, "sh", *words]
    )
    _finish_layer(aside / "upper")


def _finish(image: Image, tree: Path) -> None:
    command.run(["sh", "-c", _FINISH, "sh", tree, plan.PACKAGES, image.suite])


def _finish_layer(tree: Path) -> None:
    shutil.rmtree(tree / "var/lib/apt/lists", ignore_errors=True)
    for name in ("usr/sbin/policy-rc.d", "etc/apt/sources.list"):
        (tree / name).unlink(missing_ok=True)
