"""Puts a host's own files into its overlay before it boots."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a host; `link` instead of content makes a symbolic link."""

    path: str
    content: str = ""
    mode: int = 0o644
    link: str | None = None


def plant(files: Iterable[File], upper: Path, layers: Sequence[Path]) -> None:
    """Write the files into the upper layer, below directories like those of the layers."""
    for file in files:
        target = upper / file.path.lstrip("/")
        _make_parents(target.parent, upper, layers)
        if file.link is not None:
            target.symlink_to(file.link)
            continue
        target.touch(mode=0o600)
        target.write_text(file.content)
        target.chmod(file.mode)


def _make_parents(directory: Path, upper: Path, layers: Sequence[Path]) -> None:
    """Make the directory as the layers have it: an overlay shows the uppermost one's mode."""
    if directory == upper or directory.exists():
        return
    _make_parents(directory.parent, upper, layers)
    directory.mkdir()
    for layer in layers:
        below = layer / directory.relative_to(upper)
        if below.is_dir():
            known = below.stat()
            os.chown(directory, known.st_uid, known.st_gid)
            directory.chmod(known.st_mode & 0o7777)
            return
