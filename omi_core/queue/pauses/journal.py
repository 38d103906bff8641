"""What the journal says since it was last read, by cursor: no line twice, none left out."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

MOST_LINES = 100_000  # of one run; the next one goes on there
_LONGEST = 1 << 16  # characters of an entry; Postfix's lines end at 2,048 octets (syslog(3))
_CURSOR = re.compile(r"[0-9A-Za-z=;_-]{1,400}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A line of the log: `at` is in seconds since the epoch, `identifier` who wrote it."""

    cursor: str
    at: int
    identifier: str
    message: str


class JournalError(Exception):
    """The journal cannot be read from where it was left."""


def entries(identifiers: Iterable[str], cursor: str, since: int) -> Iterator[LogEntry]:
    """Yield what was written after `cursor`, or since then where it is ""; raises JournalError."""
    words = ["journalctl", "--quiet", "--no-pager", "--output=json"]
    words += ["--output-fields=MESSAGE,SYSLOG_IDENTIFIER"]
    words += [f"--identifier={each}" for each in identifiers]
    words += [f"--after-cursor={cursor}" if cursor else f"--since=@{since}"]
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
    )
    with process:
        lines = process.stdout
        for _ in range(MOST_LINES):
            line = lines.readline(_LONGEST) if lines else ""
            if not line:
                break
            if entry := read_entry(line):
                yield entry
        else:
            process.kill()
            return
    if process.returncode:
        raise JournalError(f"journalctl exits with {process.returncode}")


def read_entry(line: str) -> LogEntry | None:
    """Read one line of `journalctl -o json`; None where it is no text of a program."""
    told: object = None
    with suppress(ValueError, RecursionError):
        told = json.loads(line)
    if not isinstance(told, dict):
        return None
    names = ("__CURSOR", "__REALTIME_TIMESTAMP", "SYSLOG_IDENTIFIER", "MESSAGE")
    cursor, at, identifier, message = (told.get(name) for name in names)
    # What is no UTF-8 comes as a list of numbers.
    if not isinstance(message, str) or not isinstance(identifier, str):
        return None
    if not _CURSOR.fullmatch(str(cursor)) or not re.fullmatch(r"\d{1,18}", str(at), re.ASCII):
        return None
    seconds = int(str(at)) // 1_000_000
    return LogEntry(cursor=str(cursor), at=seconds, identifier=identifier, message=message)
