"""A password in the first line of a file, however an editor or a shell wrote it.

Notepad puts a byte order mark before it, PowerShell's `>` writes UTF-16, `printf` no line end.
"""

import codecs
import os
import stat
from io import BufferedReader
from pathlib import Path

from omi_core.errors import InputError
from omi_core.secret import Secret

_LONGEST = 4096  # octets: 1,000 characters in any of the encodings, and their line end
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# By the mark that the file begins with; that of UTF-32-LE begins with that of UTF-16-LE.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def read_password(path: Path) -> Secret:
    """Return the first line of a file that only its owner may read.

    Raises InputError, which never shows what was read.
    """
    try:
        with path.open("rb") as file:
            _require_private(path, os.fstat(file.fileno()))
            octets = _first_line(file)
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {strerror}", path=str(path), strerror=error.strerror
        ) from None
    line = _decoded(octets, path).splitlines()[:1]
    if not line or not line[0]:
        raise InputError("the first line of {path!r} is empty; write the password there", path=path)
    return Secret(line[0])


def _first_line(file: BufferedReader) -> bytes:
    """Read as far as the first line goes, and whatever came with it: a pipe may stay open."""
    octets = b""
    while b"\n" not in octets and len(octets) < _LONGEST:
        piece = file.read1(_LONGEST - len(octets))
        if not piece:
            break
        octets += piece
    return octets


def _require_private(path: Path, status: os.stat_result) -> None:
    """A pipe, as the shell makes it of `<(...)`, is nobody else's."""
    if stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
        raise InputError(
            "{path} may be read by others than its owner; run: chmod 600 {path}", path=path
        )


def _decoded(octets: bytes, path: Path) -> str:
    mark = next((one for one in _MARKS if octets.startswith(one)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    # What is cut off in the middle of a character is behind the first line.
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(octets.removeprefix(mark), final=b"\n" not in octets)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16 without its mark, or no text at all
        raise InputError("{path!r} is not UTF-8; store the password as UTF-8", path=str(path))
    return text
