"""A CA of one's own, for labs and private networks: `root.key` and `root.pem` in one directory.

Made once, on first use. Clients trust it by importing `root.pem`; whoever has `root.key` can
impersonate every host that trusts it, so it is 0600 from its first byte.
"""

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

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.kept_files import read, read_private, write_once
from omi_core.errors import InputError
from omi_core.names import Fqdn

ROOT_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=90)
# Hosts whose clock is a little slow must not meet a certificate from the future.
BACKDATED = timedelta(hours=1)


class InternalCaFiles:
    """The CA in `directory`, made when it first issues; only looking changes nothing."""

    def __init__(self, directory: Path) -> None:
        self._key_file = directory / "root.key"
        self._root_file = directory / "root.pem"

    @property
    def root(self) -> x509.Certificate | None:
        """The certificate that clients trust; None before the first one is issued."""
        if not self._root_file.exists():
            return None
        try:
            return x509.load_pem_x509_certificate(read(self._root_file))
        except ValueError:
            raise InputError(
                "{root_file} holds no certificate in PEM", root_file=self._root_file
            ) from None

    def issue(self, request_pem: bytes, names: Iterable[Fqdn]) -> Chain:
        """Sign a PKCS#10 request (RFC 2986) for exactly `names`, whatever else it asks for.

        Raises InputError for a request that is none, or that its key did not sign, and for a CA
        that is not whole.
        """
        request = _read_request(request_pem)
        key, root = self._open()
        now = utc_now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + LEAF_LIFE, root.not_valid_after_utc))
            # RFC 5280 4.2.1.6: critical, because the subject is empty.
            .add_extension(_alternative_names(names), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_authority_key(root), critical=False)
            .sign(key, hashes.SHA256())
        )
        return Chain(certificates=(certificate,))

    def _open(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        if not self._key_file.exists():
            self._make_key()
        key = self._load_key()
        # A kill between the two: any root of this key verifies what it signs.
        if not self._root_file.exists():
            write_once(self._root_file, _self_signed(key).public_bytes(Encoding.PEM), 0o644)
        root = self.root
        if root is None or root.public_key() != key.public_key():
            raise InputError(
                "{root_file} is not the certificate of {key_file}",
                root_file=self._root_file,
                key_file=self._key_file,
            )
        return key, root

    def _make_key(self) -> None:
        if self._root_file.exists():
            raise InputError(
                "{root_file} is there without {key_file}; put the key back, or remove "
                "the certificate for a new CA, which every client must be told to trust",
                root_file=self._root_file,
                key_file=self._key_file,
            )
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(self._key_file, pem, 0o600)

    def _load_key(self) -> ec.EllipticCurvePrivateKey:
        pem = read_private(self._key_file)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):  # TypeError: it has a password
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise InputError(
                "{key_file} holds no elliptic-curve key without password", key_file=self._key_file
            )
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
        raise InputError("no certificate request: {error}", error=error) from None
    if not request.is_signature_valid:
        raise InputError("the certificate request is not signed by its own key")
    return request
