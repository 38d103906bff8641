"""One run: read the log, judge, write the table, and have Postfix look again at what is under way.

Each step can be repeated: a run that was killed at any point is completed by the next. Where the
table cannot be written, none is paused.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock
from pathlib import Path

from omi_core.queue.pauses import judge
from omi_core.queue.pauses.journal import JournalError, entries
from omi_core.queue.pauses.log_line import read_delivery
from omi_core.queue.pauses.memory import PauseMemory, kept, read_memory, written_memory
from omi_core.queue.pauses.rules import DIRECTORY, FILE, TABLE, PauseRules, read_rules

Log = Callable[[str], None]  # a line of the journal, its priority in front (sd-daemon(3))
GENERAL = "postfix/smtp"  # the service of all who have none of their own
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the rules, and what is remembered and written, are on a relay."""

    rules: Path = Path(FILE)
    directory: Path = Path(DIRECTORY)
    master: Path = Path("/var/spool/postfix/pid/master.pid")

    @property
    def memory(self) -> Path:
        """What is remembered from run to run."""
        return self.directory / "state.json"

    @property
    def table(self) -> Path:
        """The table that Postfix reads, as text; the one that it reads has `.lmdb` behind it."""
        return self.directory / Path(TABLE).name


def run(log: Log, places: Places | None = None) -> bool:
    """Pause whom the log speaks for, and let go whose time is over; whether that could be done."""
    places = places or Places()
    if not places.rules.exists():  # there is no Postfix yet
        return True
    try:
        _run(log, places)
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as fault:
        log(f"<3>no receiver is paused: {type(fault).__name__}: {str(fault)[:200]}")
        _clear(places.table)
        return False
    return True


def _run(log: Log, places: Places) -> None:
    told = read_rules(places.rules.read_text("utf-8"))
    before = _text(places.memory)
    memory, now = read_memory(before), int(time.time())
    _read_log(memory, told, now, log)
    judge.settled(memory, told, now)
    after = written_memory(memory)
    if after != before:
        kept(after, places.memory)
    paused = tuple(judge.pauses(memory, told, now))
    wanted, found = judge.table(memory, told, paused), _text(places.table)
    if wanted == found and _compiled(places.table).exists():
        return
    _write(wanted, places.table)
    new = [each for each in paused if f"{each.rule.key} " not in found]
    for each in new:
        log(f"<5>paused: {each.why}")
    if new:
        _reload(places.master)


def _read_log(memory: PauseMemory, told: PauseRules, now: int, log: Log) -> None:
    if not told.receivers:
        return
    services = {each.identifier: each for each in told.receivers}
    try:
        for entry in entries([GENERAL, *services], memory.cursor, _beginning(told, now)):
            memory.cursor = entry.cursor
            if delivery := read_delivery(entry.message):
                rule = services.get(entry.identifier)
                judge.taken_in(memory, told, rule, delivery, entry.at)
    except JournalError as fault:
        log(f"<4>what was sent lately is not known: {fault}")
        memory.cursor = ""


def _beginning(told: PauseRules, now: int) -> int:
    """Return from when on the log is read where nothing is known: a plan counts the whole day."""
    zone = judge.zone_of(told)
    today = datetime.fromtimestamp(now, zone).date()
    if told.share(today) is None:
        return now - judge.MINUTE
    return int(datetime.combine(today, clock(), zone).timestamp())


def _reload(master: Path) -> None:
    """Do as `postfix reload` does: no session is cut, and no delivery.

    Of what is in its active queue qmgr(8) has looked up the service already; and trivial-rewrite(8)
    would see the new table within ten seconds.
    """
    with suppress(OSError, ValueError):
        pid = int(master.read_text("ascii"))
        if Path(f"/proc/{pid}/comm").read_text("ascii").strip() == "master":
            os.kill(pid, signal.SIGHUP)


def _write(text: str, table: Path) -> None:
    """Make the table live: a file beside it, renamed; trivial-rewrite(8) then sees another one."""
    if not _nothing(table).exists():
        _compile("", _nothing(table))
    new = table.with_suffix(".new")
    _compile(text, _compiled(new))
    _compiled(new).rename(_compiled(table))
    new.rename(table)


def _compile(text: str, target: Path) -> None:
    source = target.with_suffix("")
    source.write_text(text, "utf-8")
    words = ["postmap", f"lmdb:{source}"]
    subprocess.run(words, check=True, capture_output=True, env=_ENVIRONMENT, timeout=_PATIENCE_S)


def _clear(table: Path) -> None:
    """Put the empty table into the place of the other: a link, which needs no room on the disk."""
    new = table.with_suffix(".none")
    with suppress(OSError):
        for each in (new, table):
            each.unlink(missing_ok=True)
        os.link(_nothing(table), new)
        new.rename(_compiled(table))


def _compiled(source: Path) -> Path:
    return source.with_name(f"{source.name}.lmdb")


def _nothing(table: Path) -> Path:
    return table.with_name("nothing.lmdb")


def _text(file: Path) -> str:
    with suppress(OSError, ValueError):
        return file.read_text("utf-8")
    return ""
