"""Chains for tests, right ones and wrong ones, signed by keys that are made once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from omi_core.certificates.chain import Chain

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT_KEY, MIDDLE_KEY, KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


@dataclass(frozen=True, kw_only=True)
class Made:
    """One certificate to make; what is wrong with it is said by the test."""

    subject: str = ""
    issuer: str = "Test intermediate"
    key: Any = KEY
    signer: Any = MIDDLE_KEY
    names: Sequence[str] = ()
    begin: timedelta = -30 * DAY
    end: timedelta = 60 * DAY
    authority: bool = False
    usage: Any = SERVER
    now: datetime = NOW

    def certificate(self) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(self.subject))
            .issuer_name(name(self.issuer))
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + self.begin)
            .not_valid_after(self.now + self.end)
            .add_extension(
                x509.BasicConstraints(ca=self.authority, path_length=None), critical=True
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.signer.public_key()),
                critical=False,
            )
        )
        if self.names:
            alternative = x509.SubjectAlternativeName([x509.DNSName(one) for one in self.names])
            builder = builder.add_extension(alternative, critical=not self.subject)
        if self.usage is not None and not self.authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.usage]), critical=False)
        return builder.sign(self.signer, hashes.SHA256())


ROOT = Made(
    subject="Test root", issuer="Test root", key=ROOT_KEY, signer=ROOT_KEY, authority=True
).certificate()


def middle(begin: timedelta = -3650 * DAY, end: timedelta = 36500 * DAY) -> x509.Certificate:
    """The intermediate, whose key signs leaves; it outlives whoever runs the tests."""
    return Made(
        subject="Test intermediate",
        issuer="Test root",
        key=MIDDLE_KEY,
        signer=ROOT_KEY,
        authority=True,
        begin=begin,
        end=end,
    ).certificate()


MIDDLE = middle()


def leaf(*names: str, **changes: Any) -> x509.Certificate:
    return Made(names=names, **changes).certificate()


def chain(*names: str, **changes: Any) -> Chain:
    """A leaf for `names` and its intermediate."""
    return Chain(certificates=(leaf(*names, **changes), MIDDLE))


def private(key: Any = KEY) -> bytes:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem
