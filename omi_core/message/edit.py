"""Sets and removes control headers in a message; every other octet stays as it is."""

from collections.abc import Mapping
from datetime import tzinfo

from omi_core.message.control import ControlHeader, Value, wire
from omi_core.message.fields import Field, Header, parse

_LINE_LENGTH = 76  # RFC 2047 2, for a line that holds an encoded word


def edit(message: bytes, changes: Mapping[ControlHeader, Value | None], *, zone: tzinfo) -> bytes:
    """Return `message` with each header of `changes` set to its value, or removed where None.

    A header that is there already is replaced where it stands first, and its duplicates go; a new
    one is added at the end of the header. The body may be cut off. Raises InputError for a text
    that is not a message, and for a value that may not stand in a header.
    """
    header = parse(message)
    new = {
        one.name.lower(): b"" if value is None else _line(one, value, zone, header.newline)
        for one, value in changes.items()
    }
    kept = _replaced(message, header, new)
    added = b"".join(new.values())
    if added and not kept.endswith(b"\n"):
        kept += header.newline
    return kept + added + message[header.end :]


def _replaced(message: bytes, header: Header, new: dict[str, bytes]) -> bytes:
    """Return the header with its fields replaced; what was placed is emptied in `new`."""
    named = {field.name.lower() for field in header.fields} & set(new)
    parts, done = [], 0
    for field in header.fields:
        if field.name.lower() in named:
            parts += [message[done : field.start], _take(field, new)]
            done = field.end
    return b"".join([*parts, message[done : header.end]])


def _take(field: Field, new: dict[str, bytes]) -> bytes:
    line, new[field.name.lower()] = new[field.name.lower()], b""
    return line


def _line(header: ControlHeader, value: Value, zone: tzinfo, newline: bytes) -> bytes:
    written = f"{header.name}: {wire(header, value, zone)}"
    if "=?" not in written:
        return written.encode("ascii") + newline
    return _folded(written.split(" "), newline)


def _folded(words: list[str], newline: bytes) -> bytes:
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > _LINE_LENGTH:
            lines.append("")
        lines[-1] += f" {word}"
    return newline.join(line.encode("ascii") for line in lines) + newline
