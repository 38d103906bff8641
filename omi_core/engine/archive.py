"""A tree of small files as text for the standard input of a remote command.

pyinfra's standard input is text, so the archive travels in base64; owners are set on the host.
"""

import base64
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of the archive, by a path relative to where it is unpacked."""

    name: str
    content: bytes
    mode: int = 0o600


def pack(members: Iterable[Member]) -> str:
    """Return a tar archive of `members` in base64, the same for the same members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size = len(member.content)
            info.mode = member.mode
            archive.addfile(info, io.BytesIO(member.content))
    return base64.encodebytes(buffer.getvalue()).decode()
