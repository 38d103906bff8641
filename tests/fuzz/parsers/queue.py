"""What postcat prints of mails of strangers, what relays are asked and answer, and the index."""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from omi_core.printable import printable
from omi_core.queue.answer import answer
from omi_core.queue.index import QueuedMail, in_memory, opened
from omi_core.queue.postcat import MOST_RECIPIENTS, QueueFile, read_queue_files
from omi_core.queue.request import (
    MOST,
    QueueAnswer,
    QueueRequest,
    read_answer,
    read_request,
    written_answer,
    written_request,
)
from omi_core.queue.schedule import HEADER, Schedule, read_schedule, written
from omi_core.queue.spool import Queue, Spool, Spooled

RAISES = (ValueError,)
ID = "4jc4l56r39zcmRh"
_IDS = (ID, "4jc4l56r39zcmRi", "4jc4l56r39zcmRj")
_TIMES = Schedule(launch=1795858825, expire=1795859425)
_AFTER_THEM = 1795862425.0
_LONGEST = 320
_NAME = re.compile(rb"[!-9;-~]+")  # RFC 5322 3.6.8


@dataclass(frozen=True, kw_only=True)
class _Hold(Spool):
    """A hold queue with these mails in it, and what postcat says of each."""

    files: tuple[QueueFile, ...]

    def scan(self) -> dict[str, Spooled]:
        return {each.id: Spooled(queue=Queue.HOLD, path=each.id) for each in self.files}

    def read(self, paths: Iterable[str]) -> Iterator[QueueFile]:
        wanted = {*paths}
        return (each for each in self.files if each.id in wanted)

    def reasons(self) -> Iterator[tuple[str, dict[str, str]]]:
        return iter(())


def read_printed(octets: bytes) -> tuple[QueueFile, ...]:
    """Read what postcat printed: octets as they are, or made of what a stranger chose."""
    lines = octets if octets.startswith(b"*") else _printed(octets)
    return tuple(read_queue_files(BytesIO(lines)))


def _chosen(octets: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """Return a sender, recipients and fields: no address has a line end, no field an empty name."""
    pieces = [each.replace(b"\n", b"?") for each in octets.split(b"\0")]
    fields = []
    for each in pieces[1:]:
        name, colon, value = each.partition(b":")
        if colon and _NAME.fullmatch(name) and name.lower() != HEADER.lower().encode():
            fields.append(name + b":" + value + b"\n " + value)
    return pieces[0], pieces[1:], fields


def _printed(octets: bytes) -> bytes:
    """Return what Postfix 3.10's `postcat -eh` prints of a mail with these."""
    sender, recipients, fields = _chosen(octets)
    place = f"/var/spool/postfix/hold/{ID} ***\n".encode()
    times = f"{HEADER}: {written(_TIMES)}\n".encode()
    return b"".join(
        [
            b"*** ENVELOPE RECORDS " + place,
            b"message_size:             646             760               2\n",
            b"message_arrival_time: Sat Nov 28 09:30:25 2026\n",
            b"named_attribute: sasl_username=shop-alice\nsender: " + sender + b"\n",
            *(b"recipient: " + each + b"\n" for each in recipients),
            b"*** MESSAGE CONTENTS " + place,
            *(each + b"\n" for each in fields),
            times,
            b"*** HEADER EXTRACTED " + place,
            b"*** MESSAGE FILE END " + place,
        ]
    )


def judge_printed(octets: bytes, found: Any) -> None:
    """Nobody is taken for another, and what is there can be kept, listed and told."""
    if not octets.startswith(b"*"):
        sender, recipients, _ = _chosen(octets)
        [one] = found
        assert one.id == ID
        assert one.login == "shop-alice"
        assert one.size == 646
        assert one.arrived == 1795858225
        assert one.times == _TIMES
        assert one.count == len(recipients)
        assert len(one.recipients) == min(len(recipients), MOST_RECIPIENTS)
        assert one.sender == sender.decode(errors="replace").strip()[:_LONGEST]
    for one in found:
        assert len(one.recipients) <= MOST_RECIPIENTS
        assert max(map(len, (one.login, one.sender, *one.recipients))) <= _LONGEST
        assert len(one.domains) <= one.count
        _assert_told(one)


def _assert_told(one: QueueFile) -> None:
    kept = replace(one, id=ID)  # a file with another name is never asked for
    spool = _Hold(files=(kept,))
    with in_memory(spool) as index:
        told = answer(index, QueueRequest())
        again = read_answer(written_answer(told))
        assert again == told
        [mail] = index.mails()
        assert mail.file == kept
        timed = [each.file.id for each in index.timed(_AFTER_THEM)]
        times = (kept.times.launch, kept.times.expire)
        assert bool(timed) == any(each is not None and each <= _AFTER_THEM for each in times)


def read_said(octets: bytes) -> QueueAnswer | QueueRequest:
    """Read a request where there is a verb, else an answer: text as it comes over SSH."""
    text = octets.decode(errors="replace")
    return read_request(text) if b'"verb"' in octets else read_answer(text)


def judge_said(octets: bytes, found: Any) -> None:
    """What is done is only what was said, and what was told can be shown."""
    if isinstance(found, QueueRequest):
        assert read_request(written_request(found)) == found
        assert found.dry or json.loads(octets.decode(errors="replace"))["dry"] is False
        assert 0 <= found.most <= MOST
        assert all(each.isascii() and each.isalnum() for each in found.match.ids)
    elif found is not None:
        assert read_answer(written_answer(found)) == found
        assert len(found.mails) <= MOST
        assert len(found.groups) <= MOST
        for mail in found.mails:
            assert mail.id.isascii()
            assert mail.id.isalnum()
            for each in (mail.login, mail.sender, mail.reason, *mail.recipients):
                assert len(each) <= _LONGEST
                printable(each).encode()


def read_times(octets: bytes) -> Schedule:
    return read_schedule(octets.decode(errors="replace"))


def judge_times(octets: bytes, found: Any) -> None:
    """Moments are those that another reader finds there, and they are written as they were read."""
    text = octets.decode(errors="replace").strip()
    moments = [each for each in (found.launch, found.expire) if each is not None]
    if moments:
        said = [each.partition("=")[2] for each in text.split("; ")]
        assert moments == [int(datetime.fromisoformat(each).timestamp()) for each in said]
        assert min(moments) >= 0
        assert written(found) == text
    assert read_schedule(written(found)) == found


_QUEUE = _Hold(files=tuple(QueueFile(id=each, sender="a@shop.example") for each in _IDS))


@cache
def _index_file() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-")) / "index.sqlite"


def read_index(octets: bytes) -> list[QueuedMail]:
    """Open what stands in the index's place, and look at the queue with it; then once more."""
    file = _index_file()
    for each in file.parent.iterdir():
        each.unlink()
    file.write_bytes(octets)
    for _ in range(2):
        with opened(_QUEUE, file) as index:
            index.refresh()
            list(index.timed(_AFTER_THEM))
            found = list(index.mails())
            index.suspend([ID])
    return found


def judge_index(_: bytes, found: Any) -> None:
    """Whatever the file was, each mail of the queue is seen once, as text that can be asked for."""
    assert sorted(each.file.id for each in found) == sorted(_IDS)
    for each in found:
        names = (each.file.sender, each.file.login, *each.file.recipients, *each.file.domains)
        assert all(isinstance(name, str) for name in names)
        assert all(isinstance(name, int) for name in (each.file.count, each.file.size))
