"""Tag lists, `v=DKIM1; k=rsa; p=...`, the form of DKIM and DMARC records (RFC 6376 3.2)."""

import re

from omi_core.errors import InputError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# RFC 6376 3.2: printable ASCII without the semicolon, white space only inside
_VALUE = re.compile(r"[\x21-\x3A\x3C-\x7E\t\r\n ]*")

Tags = tuple[tuple[str, str], ...]


def parse_tags(text: str) -> Tags:
    """Return (name, value) in the order written, white space around both removed.

    Raises InputError for a part that is no `name=value`, and for a name that comes twice
    (RFC 6376 3.2: the whole list is invalid then).
    """
    parts = text.split(";")
    if not parts[-1].strip(" \t\r\n"):  # a semicolon may end the list
        parts.pop()
    tags = tuple(_parse_tag(part) for part in parts)
    _refuse_twice(tags)
    return tags


def readable_tags(text: str) -> tuple[Tags, tuple[str, ...]]:
    """Return the tags that can be read, and the parts that cannot: none raises."""
    tags, unread = [], []
    for part in text.split(";"):
        if written := part.strip(" \t\r\n"):
            try:
                tags.append(_parse_tag(part))
            except InputError:
                unread.append(written)
    return tuple(tags), tuple(unread)


def refuse_twice(tags: Tags) -> None:
    """Raise InputError for a name that comes twice."""
    _refuse_twice(tags)


def format_tags(tags: Tags) -> str:
    """Return the list as it is published, one space after each semicolon."""
    return "; ".join(f"{name}={value}" for name, value in tags)


def without(tags: Tags, *names: str) -> Tags:
    """Return the tags that are not called one of `names`, in their order."""
    return tuple(tag for tag in tags if tag[0] not in names)


def _parse_tag(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    name, value = name.strip(" \t\r\n"), value.strip(" \t\r\n")
    if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise InputError(
            "{part!r} is not a tag; write name=value, with ';' between", part=part.strip()[:40]
        )
    return name, value


def _refuse_twice(tags: Tags) -> None:
    seen: set[str] = set()
    for name, _ in tags:
        if name in seen:
            raise InputError("the tag {name}= is there twice", name=name[:40])
        seen.add(name)
