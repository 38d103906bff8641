"""Private DKIM keys in PEM: whether one is whole, and what its public half is."""

from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from omi_core.mailauth.dkim.record import LONGEST_RSA, SHORTEST_RSA
from omi_core.secret import Secret


def public_of(private: Secret) -> bytes | None:
    """Return the SubjectPublicKeyInfo (DER) of a DKIM key; None for whatever is none."""
    try:
        # Tests of primality take 0.1 s a key, and a backup has ten thousand. Whoever could write a
        # key into it that is not sound could write a sound one of his own as well.
        key = load_pem_private_key(
            private.unmask().encode(), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    is_rsa = isinstance(key, rsa.RSAPrivateKey) and SHORTEST_RSA <= key.key_size <= LONGEST_RSA
    if not is_rsa and not isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(private: Secret, *, is_ed25519: bool) -> str | None:
    """Return the SHA-256 of the public half; None for what is no key of that algorithm."""
    public = public_of(private)
    if public is None or (len(public) == _ED25519_OCTETS) is not is_ed25519:
        return None
    return sha256(public).hexdigest()


_ED25519_OCTETS = 44  # of a SubjectPublicKeyInfo; RFC 8410 section 4
