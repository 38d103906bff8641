"""A password for an account: typed, piped, in a file, or made here and shown once."""

import secrets
from pathlib import Path

from omi_core.cli.account.hashing import asked_password, hash_password
from omi_core.cli.smtp.password_file import read_password
from omi_core.errors import InputError
from omi_core.secret import Secret

# Neither 0 and o nor 1, i and l: it is read from paper. Four times five of 31 are 99 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LENGTH = 4, 5


def chosen_password(login: str, *, generate: bool, file: str | None) -> tuple[str, Secret | None]:
    """Return the hash, and the password itself if it was made here.

    Raises InputError for a weak one, or for two ways at once.
    """
    if generate and file:
        raise InputError("--generate and --password-file contradict each other; give one of them")
    if generate:
        made = Secret("-".join(_group() for _ in range(_GROUPS)))
        return hash_password(made.unmask(), login), made
    typed = read_password(Path(file)).unmask() if file else asked_password()
    return hash_password(typed, login), None


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
