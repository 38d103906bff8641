"""Where a secret of an inventory comes from: a file of this machine, or secret_command(...)."""

from omi_core.inventory.reader import Reader
from omi_core.secret import Secret

_MADE = "secret_command(...)"


def read_secret(read: Reader, key: str, written: object) -> Secret | None:
    """Return a secret that is given as such; what a person types is refused, unrepeated."""
    if written is None:
        return None
    if not isinstance(written, Secret):
        read.refuse(key, "must be what {made} returns; a secret is not written here", made=_MADE)
    return written


def raise_unless_one(read: Reader, file_key: str, file: object, key: str, secret: object) -> None:
    """Raise SettingsError unless a secret has exactly one source."""
    if (file is None) == (secret is None):
        read.refuse(file_key, "give either {file_key} or {key}", file_key=file_key, key=key)
