"""Postfix's queue on this host: which mails are in it, and what postsuper(1) does to them."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
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
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """The queue below `directory`."""

    directory: Path = DIRECTORY

    def scan(self) -> dict[str, Spooled]:
        """Return all mails by id. One that moves meanwhile may be missing, or in its old place."""
        return {
            name: Spooled(queue=queue, path=path)
            for queue in Queue
            for name, path in _files(str(self.directory / queue))
            if QUEUE_ID.fullmatch(name)
        }

    def read(self, paths: Iterable[str]) -> Iterator[QueueFile]:
        """Yield what the files say; one that is gone, or is no queue file, is left out."""
        rest = iter(paths)
        while batch := list(islice(rest, _BATCH)):
            yield from _read(batch)

    def release(self, ids: Iterable[str]) -> None:
        """Let what is held go on its way, now."""
        self._super("-H", ids, Queue.HOLD)
        self._kick("D")

    def hold(self, ids: Iterable[str]) -> None:
        """Keep mails in the hold queue until they are released."""
        self._super("-h", ids, Queue.INCOMING, Queue.ACTIVE, Queue.DEFERRED)

    def drop(self, ids: Iterable[str]) -> None:
        """Delete mails; nobody is told."""
        self._super("-d", ids)

    def expire(self, ids: Iterable[str]) -> None:
        """Give mails up, held ones too: their senders get a bounce, and no attempt is made."""
        self._make_due(self._super("-f", ids))
        self._kick("D")

    def retry(self, ids: Iterable[str]) -> None:
        """Try at once what was put off, and forget which destinations were silent."""
        self._make_due(ids)
        self._kick("FD")

    def is_given_up(self, place: Spooled) -> bool:
        """Whether postsuper(1) was told so before, which marks the file; or it is gone."""
        try:
            return bool(os.stat(place.path).st_mode & stat.S_IXGRP)  # noqa: PTH116 - a path as text
        except FileNotFoundError:
            return True

    def _make_due(self, ids: Iterable[str]) -> None:
        """qmgr(8) keeps the time of the next attempt in the mtime of a deferred file."""
        found = self.scan()
        for each in ids:
            if each in found and found[each].queue is Queue.DEFERRED:
                _touch(found[each].path)

    def _kick(self, what: str) -> None:
        """Let qmgr(8) do it now: look at its deferred queue (D), forget silent destinations (F).

        It looks every five minutes by itself, so whether it was heard is not asked.
        """
        _run(["postkick", "public", "qmgr", what])

    def reasons(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield for each mail that was put off why, by recipient."""
        with _started(["postqueue", "-j"]) as process:
            for line in process.stdout or ():
                told = json.loads(line.decode(errors="replace"))
                waiting = told["recipients"] if told["queue_name"] == Queue.DEFERRED else ()
                yield (
                    told["queue_id"],
                    {
                        one["address"]: one["delay_reason"]
                        for one in waiting
                        if "delay_reason" in one
                    },
                )

    def _super(self, action: str, ids: Iterable[str], *queues: Queue) -> Sequence[str]:
        safe = [each for each in ids if QUEUE_ID.fullmatch(each)]
        if safe:
            words = ["postsuper", action, "-", *queues]
            _run(words, stdin="".join(f"{one}\n" for one in safe))
        return safe


def _touch(path: str) -> None:
    with suppress(FileNotFoundError):  # under way by now
        os.utime(path)


def _files(directory: str) -> Iterator[tuple[str, str]]:
    """Yield names and paths of a queue; hash_queue_depth may have put them into folders."""
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        else:
            yield entry.name, entry.path


def _read(batch: list[str]) -> Iterator[QueueFile]:
    """Yield what postcat says of these; it ends at the first that it cannot read."""
    while batch:
        seen: set[str] = set()
        with _started(["postcat", "-eh", *batch]) as process:
            for one in read_queue_files(process.stdout or ()):
                seen.add(one.id)
                yield one
        batch = [path for path in batch if path.rpartition("/")[2] not in seen][1:]


def _started(words: list[str]) -> "subprocess.Popen[bytes]":
    """Start a program; its octets are read, since a CR ends no line of it."""
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        bufsize=1 << 16,
    )


def _run(words: list[str], stdin: str = "") -> None:
    """Run to the end; whoever asked looks afterwards at what became of it."""
    subprocess.run(
        words, input=stdin, text=True, capture_output=True, check=False, env=_ENVIRONMENT
    )
