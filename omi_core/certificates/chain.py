"""A certificate chain as a value, and the reasons to replace it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from omi_core.certificates.readable import from_pem
from omi_core.names import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A leaf certificate and what stands behind it, leaf first as TLS sends it (RFC 8446 4.4.2)."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, pem: bytes) -> Self:
        """Read PEM certificates.

        Raises InputError when there is none, and UnreadableError for one that cannot be judged.
        """
        return cls(certificates=from_pem(pem))

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the host itself."""
        return self.certificates[0]

    @property
    def pem(self) -> bytes:
        """The chain in PEM, leaf first."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.certificates)

    @property
    def names(self) -> tuple[str, ...]:
        """The DNS names of the leaf's subjectAltName, as written there."""
        try:
            extension = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return ()
        return tuple(extension.value.get_values_for_type(x509.DNSName))

    @property
    def public_key(self) -> bytes:
        """The leaf's SubjectPublicKeyInfo in DER."""
        return self.leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the leaf in hexadecimal."""
        return fingerprint(self.leaf.public_bytes(Encoding.DER))

    @property
    def key_kind(self) -> str:
        """What the leaf's key is, for people: P-256, RSA 2048."""
        key = self.leaf.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            return {"secp256r1": "P-256", "secp384r1": "P-384"}.get(key.curve.name, key.curve.name)
        if isinstance(key, rsa.RSAPublicKey):
            return f"RSA {key.key_size}"
        return type(key).__name__.removesuffix("PublicKey")

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether `moment` is between begin and end of the leaf (RFC 5280 4.1.2.5)."""
        return self.leaf.not_valid_before_utc <= moment <= self.leaf.not_valid_after_utc

    def issued_by(self, issuer: x509.Certificate | None) -> bool:
        """Whether the last certificate of the chain bears `issuer`'s signature."""
        if issuer is None:
            return False
        try:
            self.certificates[-1].verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
        return True


def fingerprint(octets: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, in hexadecimal."""
    return hashlib.sha256(octets).hexdigest()


def covers(pattern: str, name: Fqdn) -> bool:
    """Whether a name of a certificate stands for `name` (RFC 9525 6.3).

    A wildcard is the whole leftmost label and stands for exactly one label.
    """
    first, _, rest = pattern.lower().partition(".")
    if first == "*":
        return bool(rest) and rest == name.parent.relative
    return pattern.lower() == name.relative


def why_replace(chain: Chain | None, wanted: Iterable[Fqdn], now: datetime) -> str | None:
    """Say why a new certificate is due, in one sentence; None while the present one will do.

    Due when there is none, when a wanted name stands not in it by itself, before its time, and
    when less than a third of its life is left.
    """
    if chain is None:
        return "there is no certificate with its key yet"
    missing = [name.relative for name in wanted if not any(covers(p, name) for p in chain.names)]
    if missing:
        return f"the certificate covers {_listed(chain.names)}, but not {_listed(missing)}"
    begin, end = chain.leaf.not_valid_before_utc, chain.leaf.not_valid_after_utc
    if begin <= now and (end - now) >= (end - begin) / 3:
        return None
    from omi_core.message.launch_time import told_time  # a run with nothing to do tells no time

    if now < begin:
        return f"the certificate is valid only from {told_time(begin)}"
    return f"the certificate ends on {told_time(end)}, and less than a third is left"


def utc_now() -> datetime:
    """Return the present; replaced in tests."""
    return datetime.now(UTC)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "no name"
