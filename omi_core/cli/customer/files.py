"""Customers' files as the verbs of `omi customer` find and change them.

One command at a time changes the files of a directory: the second is refused with a sentence. A
file is replaced in one step, and only if nobody has changed it since it was read.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from omi_core.cli.files import replaced_file
from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.files import load_customers, read_customer, refuse_shared


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """A customer's file as it was read."""

    path: Path
    text: str
    customer: Customer


def directory_of(inventory: Path, given: str | None) -> Path:
    """Return where the customers' files of an inventory are: `given`, or beside it."""
    directory = Path(given) if given else inventory.with_suffix("") / "customers"
    if not directory.is_dir():
        raise InputError(
            "{directory!r} is not a directory; say with --customers where the files are",
            directory=str(directory),
        )
    return directory


def file_of(directory: Path, name: str) -> CustomerFile:
    """Return the customer whose file is NAME.toml, or whose name it is; raises InputError."""
    paths = sorted(directory.glob("*.toml"))
    found = [path for path in paths if path.stem == name]
    if not found:
        by_path = zip(paths, load_customers(directory), strict=True)
        found = [path for path, one in by_path if one.name.casefold() == name.casefold()]
    if len(found) != 1:
        known = ", ".join(path.stem for path in paths[:20]) or "-"
        if found:
            known = ", ".join(path.stem for path in found)
        raise InputError(
            "{name!r} is not the name of one customer; there are {known}", name=name, known=known
        )
    return read_file(found[0])


def read_file(path: Path) -> CustomerFile:
    """Read and judge one file; raises SettingsError."""
    customer, text = read_customer(path)
    return CustomerFile(path=path, text=text, customer=customer)


def replace(file: CustomerFile, text: str) -> None:
    """Put `text` in the file's place.

    Raises SettingsError for what would be refused later, InputError if somebody was faster.
    """
    read_customer(file.path, text)
    if file.path.read_bytes() != file.text.encode():
        raise InputError(
            "{path!r} was changed by somebody else meanwhile; look at it and try again",
            path=str(file.path),
        )
    replaced_file(str(file.path), text.encode(), BytesIO())


def require_unclaimed(path: Path, text: str) -> None:
    """Raise SettingsError where `text` would be refused as a file beside the others.

    InputError where there is such a file.
    """
    if path.exists():
        raise InputError("{path!r} is there already; choose another name", path=str(path))
    others = {str(one): read_customer(one)[0] for one in sorted(path.parent.glob("*.toml"))}
    refuse_shared({**others, str(path): read_customer(path, text)[0]})


def create(path: Path, text: str) -> None:
    """Write a new file, whole or not at all; raises SettingsError and InputError as above."""
    require_unclaimed(path, text)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as new:
        new.write(text.encode())
        new.flush()
        os.fsync(new.fileno())
        Path(path).hardlink_to(new.name)


def diff(path: Path, before: str, after: str) -> str:
    """Return what a change does to a file, as diff -u shows it; a password hash is not shown."""
    lines = unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="")
    return "\n".join(map(_without_hash, lines))


def _without_hash(line: str) -> str:
    head, key, _ = line.partition("password_hash")
    return f'{head}{key} = "..."' if key else line


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Be the only command that changes the files of the directory, and what follows from them.

    The lock ends with the process, however it ends.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InputError(
            "another command is changing the customers in {directory!r}; try again when it has"
            " ended",
            directory=str(directory),
        ) from None
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
