"""Postfix's queue on this host: which mails are in it, and what postsuper(1) does to them."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from omi_core.queue.postcat import QueueFile, read_queue_files

DIRECTORY = Path("/var/spool/postfix")
QUEUE_ID = re.compile(r"[0-9A-Za-z]{6,30}", re.ASCII)
_BATCH = 1000  # files that one postcat reads
# The daemons' own words and times, whatever the host speaks.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


class Queue(StrEnum):
    """The queues of qmgr(8), in the order in which a mail goes through them."""

    INCOMING = "incoming"
    ACTIVE = "active"
    DEFERRED = "deferred"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """Where the file of a mail is."""

    queue: Queue
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """The queue below `directory`."""

    directory: Path = DIRECTORY

    def scan(self) -> dict[str, Spooled]:
        """Return all mails by id. One that moves meanwhile may be missing, or in its old place."""
        return {
            path.name: Spooled(queue=queue, path=path)
            for queue in Queue
            for path in _files(self.directory / queue)
            if QUEUE_ID.fullmatch(path.name)
        }

    def read(self, paths: Iterable[Path]) -> Iterator[QueueFile]:
        """Yield what the files say; one that is gone, or is no queue file, is left out."""
        rest = iter(paths)
        while batch := list(islice(rest, _BATCH)):
            yield from _read(batch)

    def release(self, ids: Iterable[str]) -> None:
        """Let what is held go on its way, now."""
        self._super("-H", ids, Queue.HOLD)
        self.kick()

    def hold(self, ids: Iterable[str]) -> None:
        """Keep mails in the hold queue until they are released."""
        self._super("-h", ids, Queue.INCOMING, Queue.ACTIVE, Queue.DEFERRED)

    def drop(self, ids: Iterable[str]) -> None:
        """Delete mails; nobody is told."""
        self._super("-d", ids)

    def expire(self, ids: Iterable[str]) -> None:
        """Give mails up, held ones too: their senders get a bounce, and no attempt is made."""
        self.retry(self._super("-f", ids))

    def retry(self, ids: Iterable[str]) -> None:
        """Try at once what was put off.

        qmgr(8) keeps the time of the next attempt in the file's mtime.
        """
        found = self.scan()
        for each in ids:
            if each in found and found[each].queue is Queue.DEFERRED:
                self._touch(found[each].path)
        self.kick()

    def kick(self) -> None:
        """Let qmgr(8) look at its deferred queue, and forget which destinations were silent."""
        _run(["postkick", "public", "qmgr", "FD"])

    def reasons(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield for each mail that was put off why, by recipient."""
        with _started(["postqueue", "-j"]) as process:
            for line in process.stdout or ():
                told = json.loads(line)
                waiting = told["recipients"] if told["queue_name"] == Queue.DEFERRED else ()
                yield (
                    told["queue_id"],
                    {one["address"]: one["delay_reason"] for one in waiting if "delay_reason" in one},
                )

    def _super(self, action: str, ids: Iterable[str], *queues: Queue) -> Sequence[str]:
        safe = [each for each in ids if QUEUE_ID.fullmatch(each)]
        if safe:
            _run(["postsuper", action, "-", *queues], stdin="".join(f"{one}\n" for one in safe))
        return safe

    def _touch(self, path: Path) -> None:
        try:
            now = time.time()
            os.utime(path, (now, now))
        except FileNotFoundError:  # under way by now
            return


def _files(directory: Path) -> Iterator[Path]:
    """Yield the files of a queue; hash_queue_depth may have put them into folders."""
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _read(batch: list[Path]) -> Iterator[QueueFile]:
    """Yield what postcat says of these; it ends at the first that it cannot read."""
    while batch:
        seen: set[str] = set()
        with _started(["postcat", "-eh", *map(str, batch)]) as process:
            for one in read_queue_files(process.stdout or ()):
                seen.add(one.id)
                yield one
        batch = [path for path in batch if path.name not in seen][1:]


def _started(words: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        env=_ENVIRONMENT,
        bufsize=1 << 16,
    )


def _run(words: list[str], stdin: str = "") -> None:
    """Run to the end; what Postfix says goes into its own log."""
    subprocess.run(
        words, input=stdin, text=True, capture_output=True, check=False, env=_ENVIRONMENT
    )
