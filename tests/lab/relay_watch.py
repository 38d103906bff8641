"""Looks at files and processes of a relay from outside, again and again while something runs."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab import hosts
from lab.site import Site

WRITTEN = (
    "etc",
    "home",
    "root",
    "tmp",
    "usr/local",
    "var/backups",
    "var/lib/dovecot",
    "var/lib/omi",
    "var/lib/postfix",
    "var/lib/rspamd",
    "var/log",
    "var/spool",
    "var/tmp",
)
VOLATILE = ("dev/shm", "run", "tmp", "var/tmp")
SECRET = (b"PRIVATE KEY-----", b"{SHA512-CRYPT}$6$")
LARGEST = 1 << 20


@contextmanager
def again_and_again(look: Callable[[], None], pause: float = 0.002) -> Iterator[None]:
    """Call `look` in the background until the block ends."""
    stopped = threading.Event()

    def loop() -> None:
        while not stopped.is_set():
            look()
            time.sleep(pause)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@dataclass
class Exposure:
    """Finds secrets in files of a host that others than their owner can reach and read."""

    site: Site
    host: str
    groups: tuple[str, ...]
    found: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    looks: int = 0
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def look(self) -> None:
        self.looks += 1
        upper = hosts.files(self.site, self.host)
        inside = Path(f"/proc/{hosts.leader(self.site, self.host)}/root")
        for root, folders in ((upper, WRITTEN), (inside, VOLATILE)):
            for folder in folders:
                self._walk(root / folder, f"/{folder}", reach_of(root, folder))

    def _walk(self, directory: Path, shown: str, reach: int) -> None:
        try:
            entries = list(directory.iterdir())
            own = directory.lstat()
        except OSError:
            return
        reach &= own.st_mode & 0o011
        for entry in entries:
            name = f"{shown}/{entry.name}"
            try:
                mode = entry.lstat().st_mode
            except OSError:
                continue
            if mode & 0o170000 == 0o040000:
                self._walk(entry, name, reach)
            elif mode & 0o170000 == 0o100000:
                self._judge(entry, name, reach)

    def _judge(self, file: Path, shown: str, reach: int) -> None:
        try:
            stat = file.stat()
            state = (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_mode)
            if self._known.get(shown) == state or stat.st_size > LARGEST:
                return
            content = file.read_bytes()
        except OSError:
            return
        self._known[shown] = state
        if not any(mark in content for mark in SECRET):
            return
        self.seen.add(shown)
        if stat.st_mode & 0o007 and reach & 0o001:
            self.found.add(f"{shown} {stat.st_mode & 0o777:o} to everybody")
        # The group may read, where it is the daemon's own and nobody else is in the way.
        if stat.st_mode & 0o030 or (stat.st_mode & 0o040 and self._group(stat.st_gid) is None):
            self.found.add(f"{shown} {stat.st_mode & 0o777:o} to group {stat.st_gid}")

    def _group(self, gid: int) -> str | None:
        root = Path(f"/proc/{hosts.leader(self.site, self.host)}/root")
        rows = [row.split(":") for row in (root / "etc/group").read_text().splitlines()]
        return next((r[0] for r in rows if r[2] == str(gid) and r[0] in self.groups), None)


def reach_of(root: Path, folder: str) -> int:
    """Which of group and others may pass every directory above."""
    reach = 0o011
    for parent in (root / folder).parents:
        if parent == root:
            break
        try:
            reach &= parent.stat().st_mode
        except OSError:
            return 0
    return reach


@dataclass
class Arguments:
    """Collects the command line and the environment of every process of this machine."""

    lines: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            for what in ("cmdline", "environ"):
                try:
                    self.lines.add((process / what).read_bytes())
                except OSError:
                    continue

    @property
    def text(self) -> str:
        return b"\n".join(sorted(self.lines)).replace(b"\0", b" ").decode(errors="replace")
