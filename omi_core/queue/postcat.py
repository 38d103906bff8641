"""What postcat(1) prints of queue files, read into values. Pure.

`postcat -eh` prints the envelope's records and the message's header. The lines between them cannot
be forged: what is no header field ends a header, and Postfix lets no address or attribute have a
second line. LF alone ends a line: a CR may stand in an address.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath

from omi_core.queue.schedule import HEADER, Schedule, read_schedule

MOST_RECIPIENTS = 5  # that are kept by name; of all others the domain is
_LONGEST = 320  # characters of an address or a login; RFC 5321 4.5.3.1
_DIGITS = 16  # of a size that JSON carries exactly
_ARRIVAL = "%a %b %d %H:%M:%S %Y"  # ctime(3), in UTC by the environment that postcat gets


class _Section(Enum):
    ENVELOPE = "ENVELOPE RECORDS"
    MESSAGE = "MESSAGE CONTENTS"
    EXTRACTED = "HEADER EXTRACTED"
    END = "MESSAGE FILE END"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFile:
    """A mail in the queue; `login` is "" for this host's own, `sender` "" for the null sender.

    `recipients` are the first that are still to get it, `domains` those of all of them.
    """

    id: str
    login: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    count: int = 0
    size: int = 0
    arrived: int = 0
    times: Schedule = field(default_factory=Schedule)


@dataclass(slots=True)
class _FileSoFar:
    id: str
    login: str = ""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    domains: dict[str, None] = field(default_factory=dict)
    count: int = 0
    size: int = 0
    arrived: int = 0
    times: Schedule = field(default_factory=Schedule)

    def take_record(self, name: str, value: str) -> None:
        match name:
            case "sender":
                self.sender = value[:_LONGEST]
            case "recipient":
                self._take_recipient(value[:_LONGEST])
            case "message_size":
                self.size = _number(value.partition(" ")[0])
            case "message_arrival_time":
                self.arrived = _seconds(value)
            case "named_attribute" if value.startswith("sasl_username="):
                self.login = value.partition("=")[2][:_LONGEST]

    def take_field(self, name: str, value: str) -> None:
        if name.lower() == HEADER.lower():
            self.times = read_schedule(value)

    def _take_recipient(self, address: str) -> None:
        self.count += 1
        self.domains[address.rpartition("@")[2].lower()] = None
        if len(self.recipients) < MOST_RECIPIENTS:
            self.recipients.append(address)

    def read(self) -> QueueFile:
        return QueueFile(
            id=self.id,
            login=self.login,
            sender=self.sender,
            recipients=tuple(self.recipients),
            domains=tuple(self.domains),
            count=self.count,
            size=self.size,
            arrived=self.arrived,
            times=self.times,
        )


def read_queue_files(lines: Iterable[bytes]) -> Iterator[QueueFile]:
    """Yield each file that `postcat -eh FILE...` printed to its end; each line ends with LF."""
    section, reading = _Section.END, _FileSoFar("")
    for octets in lines:
        line = octets.decode(errors="replace")
        if started := _started(line):
            section, path = started
            if section is _Section.ENVELOPE:
                reading = _FileSoFar(PurePosixPath(path).name)
            elif section is _Section.END:
                yield reading.read()
            continue
        name, _, value = line.rstrip("\n").partition(":")
        if section is _Section.MESSAGE:
            reading.take_field(name, value)
        elif section in {_Section.ENVELOPE, _Section.EXTRACTED}:
            reading.take_record(name, value.strip())


def _started(line: str) -> tuple[_Section, str] | None:
    if not line.startswith("*** "):
        return None
    words = line.rstrip("\n").removeprefix("*** ").removesuffix(" ***")
    for section in _Section:
        if words.startswith(f"{section.value} "):
            return section, words.removeprefix(f"{section.value} ")
    return None


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < _DIGITS
    return int(text) if is_number else 0


def _seconds(text: str) -> int:
    import calendar

    try:
        return max(0, calendar.timegm(time.strptime(text, _ARRIVAL)))
    except ValueError:
        return 0
