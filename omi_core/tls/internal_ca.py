"""A CA of one's own, for labs and private networks: `root.key` and `root.pem` in one directory.

Made once, on first use. Clients trust it by importing `root.pem`; whoever has `root.key` can
impersonate every host that trusts it, so it is 0600 from its first byte.
"""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.tls.chain import Chain, utc_now

ROOT_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=90)
# Hosts whose clock is a little slow must not meet a certificate from the future.
BACKDATED = timedelta(hours=1)


class InternalCaFiles:
    """The CA in `directory`; opening it makes key and root where there are none."""

    def __init__(self, directory: Path) -> None:
        self._key_file = directory / "root.key"
        self._root_file = directory / "root.pem"
        if not self._key_file.exists():
            self._make()
        self._key = self._load_key()
        self.root = x509.load_pem_x509_certificate(self._root_file.read_bytes())

    def issue(self, request_pem: bytes, names: Iterable[Fqdn]) -> Chain:
        """Sign a PKCS#10 request (RFC 2986) for exactly `names`, whatever else it asks for.

        Raises InputError for a request that is none, or that its key did not sign.
        """
        request = _read_request(request_pem)
        now = utc_now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + LEAF_LIFE, self.root.not_valid_after_utc))
            # RFC 5280 4.2.1.6: critical, because the subject is empty.
            .add_extension(_alternative_names(names), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_authority_key(self.root), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Chain(certificates=(certificate,))

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = _self_signed(key)
        # The root first: a key without its root would be taken for a whole CA by the next run.
        self._root_file.write_bytes(root.public_bytes(Encoding.PEM))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_private(self._key_file, pem)

    def _load_key(self) -> ec.EllipticCurvePrivateKey:
        if self._key_file.stat().st_mode & 0o077:
            raise InputError(f"{self._key_file} can be read by others; chmod 600 it")
        key = load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise InputError(f"{self._key_file} holds no elliptic-curve key")
        return key


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = utc_now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Omi Relay internal CA")])
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _signs_certificates() -> x509.KeyUsage:
    others = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **others)


def _alternative_names(names: Iterable[Fqdn]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name.relative) for name in names])


def _authority_key(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _read_request(pem: bytes) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise InputError(f"no certificate request: {error}") from None
    if not request.is_signature_valid:
        raise InputError("the certificate request is not signed by its own key")
    return request


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
