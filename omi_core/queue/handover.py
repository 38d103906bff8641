"""Mails that go from one relay's queue into another's, as the files that Postfix wrote.

Runs on both relays as a program of its own (`python3 -I -c`), so it imports the standard library
alone. A file is staged on the other relay, then put aside on this one, whose Postfix is stopped,
then activated there by one rename. Whatever is killed in between, a mail is in one queue exactly:
what is staged counts only when it was put aside where it came from.
"""

import base64
import os
import pwd
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

SPOOL = Path("/var/spool/postfix")
QUEUES = ("incoming", "active", "deferred", "hold")
# Long queue ids: time, the letter z, and the number of the inode. mail_queue(3)
_ID = re.compile(r"[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+")
_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy"  # base 51 has no z
_ASIDE = "omi-handed-over"
_COMPLETE = 0o700  # what qmgr(8) takes; another mode is of a mail that never came to its end


def listed(spool: Path = SPOOL) -> Iterator[tuple[str, str, int]]:
    """Yield queue, id and size of each whole mail; one that has no id of Postfix is refused later.

    What is not complete was never accepted: cleanup(8) sets the mode when it is.
    """
    for queue in QUEUES:
        for directory, folders, names in os.walk(spool / queue):
            folders.sort()
            for name in sorted(names):
                seen = (Path(directory) / name).lstat()
                if seen.st_mode & _COMPLETE == _COMPLETE:
                    yield queue, name, seen.st_size


def sent(wanted: Iterable[str], spool: Path = SPOOL) -> Iterator[str]:
    """Yield a line for each of these mails: how it waits, its id, and what is in its file."""
    places = _places(spool)
    for name in wanted:
        queue, path = places[name]
        octets = base64.b64encode(path.read_bytes()).decode()
        yield f"{'hold' if queue == 'hold' else 'incoming'} {name} {octets}"


def staged(source: str, lines: Iterable[str], spool: Path = SPOOL) -> Iterator[str]:
    """Write what `sent` yielded on the relay `source`; yield each id that is safe on this disk."""
    directory = _stage(source, spool)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for line in lines:
        queue, name, text = line.split()
        if queue not in {"hold", "incoming"} or not _ID.fullmatch(name):
            raise ValueError(name)
        new = directory / "new"
        with new.open("wb") as file:
            file.write(base64.b64decode(text, validate=True))
            file.flush()
            os.fsync(file.fileno())
        new.rename(directory / f"{queue}.{name}")
        yield name
    _sync(directory)


def put_aside(wanted: Iterable[str], spool: Path = SPOOL) -> Iterator[str]:
    """Take mails that are safe on the other relay out of this queue; yield each id."""
    aside = spool / _ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    places = _places(spool)
    for name in wanted:
        places[name][1].rename(aside / name)
        yield name
    _sync(aside)


def all_aside(spool: Path = SPOOL) -> Iterator[str]:
    """Yield the id of each mail that was put aside."""
    if (spool / _ASIDE).is_dir():
        yield from sorted(each.name for each in (spool / _ASIDE).iterdir())


def activated(
    source: str, aside: Iterable[str], spool: Path = SPOOL, owner: str = "postfix"
) -> Iterator[str]:
    """Put what is staged into this queue, if `source` has put it aside; yield both ids of each."""
    directory, gone = _stage(source, spool), frozenset(aside)
    account = pwd.getpwnam(owner)
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        queue, _, name = path.name.partition(".")
        if queue not in {"hold", "incoming"} or not _ID.fullmatch(name) or name not in gone:
            path.unlink()  # half of a file, or one that will be staged anew
            continue
        if os.geteuid() == 0:
            os.chown(path, account.pw_uid, account.pw_gid)
        path.chmod(_COMPLETE)
        os.utime(path)  # qmgr(8) leaves alone what has a time in the future
        new = f"{name.rpartition('z')[0]}z{_in_base_51(path.stat().st_ino)}"
        path.rename(spool / queue / new)
        yield f"{name} {new}"
    for queue in ("hold", "incoming"):
        _sync(spool / queue)


def _places(spool: Path) -> dict[str, tuple[str, Path]]:
    return {
        name: (queue, Path(directory) / name)
        for queue in QUEUES
        for directory, _, names in os.walk(spool / queue)
        for name in names
    }


def _stage(source: str, spool: Path) -> Path:
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", source):
        raise ValueError(source)
    return spool / "omi-handover" / source


def _in_base_51(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text or _DIGITS[0]


def _sync(directory: Path) -> None:
    """Let renames in a directory outlive a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(words: list[str]) -> None:
    """Do what a word says, with the lines on standard input, and write lines."""
    lines = (line.strip() for line in sys.stdin)
    given = (line for line in lines if line)
    said: Iterator[str] = iter(())
    match words:
        case ["list"]:
            said = (" ".join(map(str, each)) for each in listed())
        case ["send"]:
            said = sent(given)
        case ["stage", source]:
            said = staged(source, given)
        case ["aside"]:
            said = put_aside(given)
        case ["list-aside"]:
            said = all_aside()
        case ["activate", source]:
            said = activated(source, given)
    for line in said:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
