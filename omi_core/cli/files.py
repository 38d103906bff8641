"""Messages in files: opened, copied, and replaced without ever leaving half of one."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from omi_core.cli.terminal import abandon_stdout
from omi_core.errors import InputError, ObservationError, system_text


@contextmanager
def message_file(name: str) -> Iterator[BinaryIO]:
    """Open the file `name`, or stdin where it is `-`, and name it in what is wrong with it.

    Raises InputError where there is no such file or it is not a message, OSError where it cannot be
    read.
    """
    try:
        if name == "-":
            yield sys.stdin.buffer
        else:
            with Path(name).open("rb") as stream:
                yield stream
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("{name!r}: there is no such file", name=name) from None
    except IsADirectoryError:
        raise InputError("{name!r} is a directory; name a message in it", name=name) from None
    except InputError as error:
        raise InputError("{name}: {error}", name=_shown(name), error=error) from None


def refuse_pipes(name: str) -> None:
    """Raise InputError for what cannot be replaced: stdin, a pipe, a device."""
    path = Path(name)
    if name == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        raise InputError("{name!r} is not an ordinary file; --in-place needs one", name=name)


def copy_rest(head: bytes, rest: BinaryIO, to: BinaryIO) -> None:
    """Write `head` and then what is left of `rest`, a piece at a time.

    Raises ObservationError where the reader of `to` leaves before the end.
    """
    try:
        to.write(head)
        shutil.copyfileobj(rest, to)
        to.flush()
    except BrokenPipeError:
        abandon_stdout()
        raise ObservationError("the message was cut off: its reader left early") from None


def replaced_file(name: str, head: bytes, rest: BinaryIO) -> None:
    """Replace the file `name` by `head` and the rest of it; its mode and, if may be, owner stay.

    The new file is complete on the disk before it takes the place of the old one, in one step. A
    link keeps pointing where it points. Raises OSError where the folder cannot be written.
    """
    target = Path(name).resolve()
    old = target.stat()
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as new:
        try:
            copy_rest(head, rest, new)  # type: ignore[arg-type]
            with suppress(PermissionError):  # only root may give a file away
                os.fchown(new.fileno(), old.st_uid, old.st_gid)
            os.fchmod(new.fileno(), S_IMODE(old.st_mode))
            os.fsync(new.fileno())
            Path(new.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(new.name).unlink()
            raise


def _shown(name: str) -> str:
    return "stdin" if name == "-" else repr(name)


def write_file(path: str, text: str) -> None:
    """Write a report; raises InputError where that cannot be."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            "{path!r} cannot be written: {strerror}", path=path, strerror=system_text(error)
        ) from None
