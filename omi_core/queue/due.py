"""What a timer does on the relay: launch mails whose time has come, give up those it is over for.

Each step can be repeated: a run that was killed at any point is completed by the next. What an
operator or a suspension holds is left alone.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from omi_core.queue.index import FILE, Held, Index, QueuedMail, in_memory, opened
from omi_core.queue.spool import Queue, Spool

Log = Callable[[str], None]  # a line of the journal, its priority in front (sd-daemon(3))
_SHOWN = 20  # ids in a line of the log
_READ = (Queue.DEFERRED, Queue.HOLD)  # what is under way is asked when it is put off


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The ids of mails that are to be launched, and to be given up."""

    launch: tuple[str, ...] = ()
    expire: tuple[str, ...] = ()


def due(mails: Iterable[QueuedMail], now: float) -> Due:
    """Return what is due at `now`, in seconds since the epoch. Pure."""
    launch, expire = [], []
    for mail in mails:
        times = mail.file.times
        if mail.held is not Held.SCHEDULE and mail.place.queue is not Queue.DEFERRED:
            continue
        if times.expire is not None and times.expire <= now:
            expire.append(mail.file.id)
        elif mail.held and times.launch is not None and times.launch <= now:
            launch.append(mail.file.id)
    return Due(launch=tuple(launch), expire=tuple(expire))


def run(spool: Spool, log: Log, file: Path = FILE) -> bool:
    """Do what is due, with an index in memory where the disk takes none.

    Returns whether nothing is left that should have gone.
    """
    try:
        with opened(spool, file) as index:
            return _run(index, log)
    except (sqlite3.Error, OSError) as fault:
        log(f"<4>{file} cannot be written ({fault}); the whole queue is read")
    with in_memory(spool) as index:
        return _run(index, log)


def _run(index: Index, log: Log) -> bool:
    index.refresh(_READ)
    now = time.time()
    timed = (each for each in index.timed(now) if not index.spool.is_given_up(each.place))
    found = due(timed, now)
    if found.launch:
        log(f"<5>launched: {len(found.launch)}; {_shown(found.launch)}")
        index.spool.release(found.launch)
    if found.expire:
        log(f"<5>expired: {len(found.expire)}; {_shown(found.expire)}")
        index.spool.expire(found.expire)
    if found.launch or found.expire:
        index.refresh(_READ)
    left = [each.file.id for each in index.timed(now) if each.held is Held.SCHEDULE]
    if left:
        log(f"<3>still held: {len(left)}; {_shown(tuple(left))}")
    return not left


def _shown(ids: tuple[str, ...]) -> str:
    return " ".join([*ids[:_SHOWN], *["..."][: len(ids) > _SHOWN]])
