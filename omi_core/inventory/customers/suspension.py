"""What a customer's file says of a suspension, of all his accounts or of one: read once.

    suspended = "unpaid since 2026-10"

The reason is what his programs are answered at each mail. One that stands at an account goes
before the customer's.
"""

from collections.abc import Mapping

from omi_core.errors import SettingsError
from omi_core.printable import control_character

KEY = "suspended"
LONGEST = 300  # characters; with the words around it, a line of RFC 5321 4.5.3.1.5


def read_suspended(table: Mapping[str, object], where: str, prefix: str) -> str:
    """Return the reason, "" where nothing is suspended; raises SettingsError."""
    written = table.get(KEY, "")
    key = prefix + KEY
    if not isinstance(written, str) or (KEY in table and not written.strip()):
        raise SettingsError(where, key, 'must be the reason as a text, as "unpaid since October"')
    if control_character(written):
        raise SettingsError(
            where, key, "holds a control character; a line break would be a new setting"
        )
    if len(written) > LONGEST:
        raise SettingsError(where, key, "must not have more than {most} characters", most=LONGEST)
    return written
