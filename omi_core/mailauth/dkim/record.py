"""DKIM keys as they stand in DNS (RFC 6376 3.6.1; RFC 8463 for Ed25519)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from omi_core.errors import InputError
from omi_core.mailauth.taglist import Tags, format_tags, parse_tags, without

_PEM_START = b"-----BEGIN"
_ED25519_OCTETS = 32  # RFC 8032 5.1.5
SHORTEST_RSA, LONGEST_RSA = 1024, 4096  # RFC 8301 3.2: what every verifier must be able to check


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A public key record: `v=DKIM1; k=rsa; p=...`.

    `public_key` is the SubjectPublicKeyInfo in DER for rsa, the 32 octets of the point for
    ed25519 (RFC 8463 4), and empty for a key that is revoked. `others` holds all other tags
    (h, n, s, t, unknown ones) in their order.
    """

    algorithm: str = "rsa"
    public_key: bytes
    others: Tags = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key record.

        Raises InputError for what is not a tag list, another version, no `p=`, or a key that is
        no base64.
        """
        tags = parse_tags(text)
        _refuse_other_version(tags)
        values = dict(tags)
        if "p" not in values:
            raise InputError("the DKIM key record has no p= tag, which holds the key")
        return cls(
            algorithm=values.get("k", "rsa"),  # RFC 6376 3.6.1: the default
            public_key=_decoded(values["p"]),
            others=without(tags, "v", "k", "p"),
        )

    @classmethod
    def from_spki(cls, encoded: bytes) -> Self:
        """Take a public key in SubjectPublicKeyInfo, PEM or DER, RSA or Ed25519.

        Raises InputError for anything else, and for RSA below 1024 or above 4096 bits.
        """
        from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = _load(encoded)
        if isinstance(key, ed25519.Ed25519PublicKey):
            return cls.ed25519(key.public_bytes_raw())
        if isinstance(key, rsa.RSAPublicKey) and SHORTEST_RSA <= key.key_size <= LONGEST_RSA:
            return cls(public_key=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        raise InputError(
            "a DKIM key must be RSA of {shortest_rsa} to {longest_rsa} bits, or Ed25519",
            shortest_rsa=SHORTEST_RSA,
            longest_rsa=LONGEST_RSA,
        )

    @classmethod
    def ed25519(cls, point: bytes) -> Self:
        """Take the 32 octets of an Ed25519 public key; InputError for another number of them."""
        if len(point) != _ED25519_OCTETS:
            raise InputError("an Ed25519 public key has 32 octets, not {point}", point=len(point))
        return cls(algorithm="ed25519", public_key=point)

    @property
    def revoked(self) -> bool:
        """Whether the record says that signatures under this selector fail (RFC 6376 3.6.1)."""
        return not self.public_key

    def __str__(self) -> str:
        key = base64.b64encode(self.public_key).decode()
        # RFC 6376 3.6.1: v comes first
        return format_tags((("v", "DKIM1"), ("k", self.algorithm), *self.others, ("p", key)))


def _refuse_other_version(tags: Tags) -> None:
    versions = [(place, value) for place, (name, value) in enumerate(tags) if name == "v"]
    if versions not in ([], [(0, "DKIM1")]):
        raise InputError("a DKIM key record with a version must begin with v=DKIM1")


def _decoded(written: str) -> bytes:
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except binascii.Error as error:
        raise InputError(
            "the p= tag of the DKIM key record is not base64: {error}", error=error
        ) from error


def _load(encoded: bytes) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_der_public_key,
        load_pem_public_key,
    )

    is_pem = encoded.lstrip().startswith(_PEM_START)
    try:
        return load_pem_public_key(encoded) if is_pem else load_der_public_key(encoded)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(
            "the DKIM public key is not a SubjectPublicKeyInfo in PEM or DER"
        ) from error
