"""What is known of each mail in the queue, so that each is read once: SQLite, in one file.

All but two columns can be read again from the queue. `launched` says that a mail left the hold
queue once, whoever released it: if it is held later, an operator did that. `suspended` says that it
is held for its account. Where the file is lost, mails that somebody holds stay held, but for those
that wait for a time as well: they leave at it, also while their account is suspended.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from omi_core.queue.postcat import QueueFile
from omi_core.queue.schedule import Schedule
from omi_core.queue.spool import Queue, Spool, Spooled

FILE = Path("/var/lib/omi-queue/index.sqlite")
_BUSY_S = 60
_PRIMARY = 0xFF  # of a code of SQLite, whose other bits say more
_CHECK = "PRAGMA quick_check(1)"
_TABLE = """CREATE TABLE mail (
    id TEXT PRIMARY KEY, login TEXT NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL CHECK (json_valid(recipients)),
    domains TEXT NOT NULL CHECK (json_valid(domains)),
    count INTEGER NOT NULL, size INTEGER NOT NULL, arrived INTEGER NOT NULL,
    launch INTEGER, expire INTEGER,
    launched INTEGER NOT NULL DEFAULT 0, suspended INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID"""
# What says nothing about the file: it is there another time, or the whole disk has a fault.
_PASSING = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM),
}
_INSERT = (
    "INSERT OR IGNORE INTO mail (id, login, sender, recipients, domains, count, size, arrived,"
    " launch, expire) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SUSPEND = "UPDATE mail SET suspended = 1 WHERE id = ?"
_RESUME = "UPDATE mail SET suspended = 0 WHERE id = ?"
_SELECT = (
    "SELECT id, login, sender, recipients, domains, count, size, arrived, launch, expire,"
    " launched, suspended FROM mail"
)


class Held(StrEnum):
    """Why a mail is in the hold queue."""

    SCHEDULE = "schedule"
    SUSPENSION = "suspension"
    OPERATOR = "operator"
    NOT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMail:
    """A mail, where it is, and why it is held if it is.

    One that `waits` was never launched: at its time it is.
    """

    file: QueueFile
    place: Spooled
    held: Held
    waits: bool


class Index:
    """The index over a spool, as of the last `refresh`."""

    def __init__(self, spool: Spool, connection: sqlite3.Connection) -> None:
        self.spool = spool
        self._connection = connection
        self._places: Mapping[str, Spooled] = {}

    def refresh(self, queues: Collection[Queue] = tuple(Queue)) -> None:
        """Read what is new in these queues, and forget what is gone from all."""
        self._places = places = self.spool.scan()
        known = {id_ for (id_,) in self._connection.execute("SELECT id FROM mail")}
        if gone := known - places.keys():
            gone -= self.spool.scan().keys()  # what moved while it was looked for
            self._mark("DELETE FROM mail WHERE id = ?", gone)
        new = [one.path for id_, one in places.items() if id_ not in known and one.queue in queues]
        with self._connection:
            self._connection.executemany(_INSERT, map(_row, self.spool.read(new)))
        left = (
            id_
            for (id_,) in self._connection.execute(
                "SELECT id FROM mail WHERE launch IS NOT NULL AND NOT launched"
            )
            if id_ in places and places[id_].queue is not Queue.HOLD
        )
        self._mark("UPDATE mail SET launched = 1 WHERE id = ?", list(left))

    def mails(self) -> Iterator[QueuedMail]:
        """Yield what is in the queue, the oldest first."""
        return self._selected("ORDER BY arrived, id")

    def timed(self, now: float) -> Iterator[QueuedMail]:
        """Yield the mails one of whose times has come by `now`; the earliest first."""
        which = "WHERE launch <= :now OR expire <= :now ORDER BY launch, id"
        return self._selected(which, now=int(now))

    def _selected(self, which: str, **values: int) -> Iterator[QueuedMail]:
        for row in self._connection.execute(f"{_SELECT} {which}", values):
            *columns, launched, suspended = row
            if place := self._places.get(row[0]):
                waits = row[8] is not None and not launched
                held = _held(place, waits=waits, suspended=bool(suspended))
                yield QueuedMail(file=_file(columns), place=place, held=held, waits=waits)

    def suspend(self, ids: Iterable[str], *, is_on: bool = True) -> None:
        """Remember which mails are held for their account; raises sqlite3.Error if it cannot."""
        self._mark(_SUSPEND if is_on else _RESUME, ids)

    def _mark(self, statement: str, ids: Iterable[str]) -> None:
        with self._connection:
            self._connection.executemany(statement, ((each,) for each in ids))


@contextmanager
def opened(spool: Spool, file: Path = FILE) -> Iterator[Index]:
    """Open the index in `file`, a new one where what is there is none, or has a fault inside."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = _connected(str(file))
    except (sqlite3.Error, UnicodeError) as fault:  # which a sentence with what it read may be
        if getattr(fault, "sqlite_errorcode", 0) & _PRIMARY in _PASSING:
            raise
        file.unlink()
        connection = _connected(str(file))
    try:
        yield Index(spool, connection)
    finally:
        connection.close()


@contextmanager
def in_memory(spool: Spool) -> Iterator[Index]:
    """An index for one run, where the disk takes nothing."""
    connection = _connected(":memory:")
    with suppress(OSError):
        yield Index(spool, connection)
    connection.close()


def _connected(file: str) -> sqlite3.Connection:
    """Open a file that is whole; raises sqlite3.Error or UnicodeError."""
    connection = sqlite3.connect(file, timeout=_BUSY_S)
    connection.text_factory = _text
    try:
        connection.execute("BEGIN IMMEDIATE")  # what cannot be written is known now
        _make_table(connection)
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _make_table(connection: sqlite3.Connection) -> None:
    """Make the table where there is none; raises sqlite3.Error for another, or one with a fault."""
    told = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    if not told:
        connection.execute(_TABLE)
    elif told != [(_TABLE,)] or connection.execute(_CHECK).fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError("another table, or a page that is none")


def _text(octets: bytes) -> str:
    return octets.decode(errors="replace")


def _held(place: Spooled, *, waits: bool, suspended: bool) -> Held:
    if place.queue is not Queue.HOLD:
        return Held.NOT
    if suspended:
        return Held.SUSPENSION
    return Held.SCHEDULE if waits else Held.OPERATOR


def _row(one: QueueFile) -> tuple[object, ...]:
    names = json.dumps(one.recipients), json.dumps(one.domains)
    times = one.times.launch, one.times.expire
    return (one.id, one.login, one.sender, *names, one.count, one.size, one.arrived, *times)


def _file(columns: list[object]) -> QueueFile:
    id_, login, sender, recipients, domains, count, size, arrived, launch, expire = columns
    return QueueFile(
        id=str(id_),
        login=str(login),
        sender=str(sender),
        recipients=tuple(map(str, json.loads(str(recipients)))),
        domains=tuple(map(str, json.loads(str(domains)))),
        count=int(str(count)),
        size=int(str(size)),
        arrived=int(str(arrived)),
        times=Schedule(launch=_moment(launch), expire=_moment(expire)),
    )


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) else None
