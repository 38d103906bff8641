"""What a customer's file says of limits, of all his accounts together or of one: read once.

`[limits]` with `recipients_per_day = 20000` is the customer's, `limits = { mails_per_hour = 500 }`
in an `[[account]]` that account's. docs/customers.md
"""

from collections.abc import Mapping

from omi_core.errors import InputError, SettingsError
from omi_core.limits.limit import KEYS, parse_limit

TABLE = "limits"


def read_limits_said(table: Mapping[str, object], where: str, prefix: str) -> dict[str, int]:
    """Read `limits` of a file's table, 0 for one that is lifted; raises SettingsError."""
    written = table.get(TABLE, {})
    if not isinstance(written, dict):
        raise SettingsError(
            where, prefix + TABLE, "must be a table, [limits], with lines as mails_per_hour = 500"
        )
    return read_said(written, where, prefix + TABLE)


def read_said(written: Mapping[str, object], where: str, key: str) -> dict[str, int]:
    """Read limits by their names, 0 for one that is lifted; raises SettingsError."""
    said: dict[str, int] = {}
    for name, value in written.items():
        place = f"{key}.{name}"
        if name not in KEYS:
            known = ", ".join(KEYS)
            raise SettingsError(where, place, "is not a limit; known are {known}", known=known)
        try:
            said[name] = parse_limit(name, value)
        except InputError as error:
            raise SettingsError(where, place, error.text) from None
    return said
