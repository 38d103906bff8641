"""Encryption to age recipients (age-encryption.org/v1), in memory, by pyrage.

To encrypt, only recipients are needed, which are public. What is wrong is said in one sentence, and
never with what is in the file.
"""

from collections.abc import Iterable
from pathlib import Path

from omi_core.backup.document import MOST_OCTETS
from omi_core.certificates.kept_files import read_private
from omi_core.errors import InputError, system_text
from omi_core.secret import Secret

_IDENTITY = "AGE-SECRET-KEY-1"
_MAGIC = b"age-encryption.org/v1\n"
_MAC = b"\n--- "
# A file may name many recipients, and each costs a multiplication on a curve.
_LONGEST_HEADER = 64 * 1024
_MOST_RECIPIENTS = 100
_LONGEST_IDENTITY_FILE = 64 * 1024


def recipients_in(words: Iterable[str], where: str = "--recipient") -> tuple[str, ...]:
    """Return the recipients in lines as age(1) -R reads them; raises InputError for others."""
    from pyrage import RecipientError, x25519

    lines = (each.strip() for word in words for each in word.splitlines())
    found = tuple(dict.fromkeys(each for each in lines if each and not each.startswith("#")))
    for each in found:
        if each.upper().startswith(_IDENTITY):  # not shown: somebody took the wrong file
            raise InputError(
                "{where}: this is a private identity; give its recipient, which begins with age1",
                where=where,
            )
        try:
            x25519.Recipient.from_str(each)
        except RecipientError:
            raise InputError(
                "{where}: {each!r} is no age recipient, which begins with age1",
                where=where,
                each=each,
            ) from None
    if not found or len(found) > _MOST_RECIPIENTS:
        raise InputError(
            "{where}: give one to {most} age recipients", where=where, most=_MOST_RECIPIENTS
        )
    return found


def sealed(plain: Secret, recipients: Iterable[str]) -> bytes:
    """Return `plain` encrypted, so that each of the recipients can read it."""
    from pyrage import encrypt, x25519

    keys = [x25519.Recipient.from_str(each) for each in recipients]
    return bytes(encrypt(plain.unmask().encode(), keys))


def opened(file: Path, identity: Path) -> bytes:
    """Return what is encrypted in `file`, by the identities in a file that age-keygen(1) wrote.

    Raises InputError where it is not for them, or is damaged, or is something else.
    """
    from pyrage import DecryptError, IdentityError, decrypt, x25519

    octets = _read(file)
    try:
        lines = read_private(identity)[:_LONGEST_IDENTITY_FILE].decode("ascii", "replace")
        keys = [
            x25519.Identity.from_str(line)
            for line in map(str.strip, lines.splitlines())
            if line and not line.startswith("#")
        ]
    except IdentityError:
        keys = []
    if not keys:
        raise InputError(
            "{file!r} holds no age identity, whose line begins with AGE-SECRET-KEY-1",
            file=str(identity),
        )
    try:
        return bytes(decrypt(octets, keys))
    except DecryptError:
        raise InputError(
            "{file!r} cannot be decrypted: it is cut off or damaged, or encrypted to others than "
            "{identity!r}",
            file=str(file),
            identity=str(identity),
        ) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            octets = stream.read(MOST_OCTETS + 1)
    except OSError as error:
        raise InputError(
            "{file!r} cannot be read: {strerror}", file=str(file), strerror=system_text(error)
        ) from None
    if len(octets) > MOST_OCTETS:
        raise InputError("{file!r} is longer than a backup can be", file=str(file))
    if not octets.startswith(_MAGIC) or octets.find(_MAC, 0, _LONGEST_HEADER) < 0:
        raise InputError(
            "{file!r} is not a backup: it is no file that age has encrypted", file=str(file)
        )
    return octets
