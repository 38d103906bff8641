"""The name of a time zone, as an inventory writes it."""

import re

from omi_core.errors import InputError

_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*", re.ASCII)


def timezone_name(written: str) -> str:
    """Return the name; raises InputError for what cannot be one."""
    # tzdata may be absent where the inventory is read, so only the form is judged here.
    if not _TIMEZONE.fullmatch(written):
        raise InputError(
            "{written!r} is not a time zone, such as Etc/UTC or Asia/Taipei", written=written
        )
    return written
