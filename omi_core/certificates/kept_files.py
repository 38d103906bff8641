"""Files that this machine keeps between runs: whole or not at all, private from the first byte."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from omi_core.errors import InputError, system_text


def read(path: Path) -> bytes:
    """Return what stands in a file; raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "{path} cannot be read: {strerror}", path=path, strerror=system_text(error)
        ) from None


def read_private(path: Path) -> bytes:
    """Return what stands in a secret file; raises InputError, also if others may read it."""
    content = read(path)
    if path.stat().st_mode & 0o077:
        raise InputError("{path} can be read by others; run chmod 600 on it", path=path)
    return content


def write_once(path: Path, content: bytes, mode: int) -> None:
    """Make `path` whole or not at all; one that another run made meanwhile stays."""
    try:
        name = _written(path, content, mode)
        with suppress(FileExistsError):
            os.link(name, path)
        name.unlink()
    except OSError as error:
        raise InputError(
            "{path} cannot be written: {strerror}", path=path, strerror=system_text(error)
        ) from None


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Make `path` whole or not at all; raises InputError, also where it is there already."""
    try:
        name = _written(path, content, mode)
        try:
            os.link(name, path)
        finally:
            name.unlink()
    except OSError as error:
        raise InputError(
            "{path} cannot be written: {strerror}", path=path, strerror=system_text(error)
        ) from None


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` in the place of `path`, whole or not at all; raises InputError."""
    try:
        _written(path, content, mode).replace(path)
    except OSError as error:
        raise InputError(
            "{path} cannot be written: {strerror}", path=path, strerror=system_text(error)
        ) from None


def _written(path: Path, content: bytes, mode: int) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = mkstemp(dir=path.parent)  # 0600 from the first byte
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
    except OSError:  # no room: half of it is of no use to anybody
        Path(name).unlink()
        raise
    return Path(name)
