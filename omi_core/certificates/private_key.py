"""Private keys in files; what leaves this module is the public half, or a Secret."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from omi_core.certificates.kept_files import read, read_private
from omi_core.errors import InputError
from omi_core.secret import Secret


def public_half(file: Path) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of the key in `file`; raises InputError."""
    pem = read(file)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise InputError(
            "{file}: the private key is password-protected; store it without a password", file=file
        ) from None
    except ValueError:
        raise InputError("{file} holds no private key in PEM", file=file) from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_pem(file: Path) -> Secret:
    """Return the key in `file` as it stands there; raises InputError where others may read it."""
    public_half(file)
    return Secret(read_private(file).decode("ascii", "strict"))
