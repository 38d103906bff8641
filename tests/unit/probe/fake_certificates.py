"""Certificates for servers that exist for one test, right ones and wrong ones."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)  # one: they are slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    directory: Path

    @classmethod
    def make(cls, directory: Path, name: str = "Test root") -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        certificate = (
            _builder(subject, subject, key, -DAY, 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signing=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        made = cls(key=key, certificate=certificate, directory=directory)
        made.file.write_bytes(certificate.public_bytes(Encoding.PEM))
        return made

    @property
    def file(self) -> Path:
        return self.directory / f"root-{self.certificate.serial_number}.pem"

    def context(
        self,
        names: tuple[str, ...],
        *,
        begin: timedelta = -DAY,
        end: timedelta = 90 * DAY,
        common_name: str = "",
        oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> ssl.SSLContext:
        """Return what a server with certificates for `names` listens with, one a kind of key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for key in (ec.generate_private_key(ec.SECP256R1()), RSA_KEY):
            certificate = self.issue(key, names, begin=begin, end=end, common_name=common_name)
            context.load_cert_chain(_written(self.directory, key, certificate))
        return _opened(context, oldest, newest)

    def issue(
        self,
        key: Key,
        names: tuple[str, ...],
        *,
        begin: timedelta = -DAY,
        end: timedelta = 90 * DAY,
        common_name: str = "",
    ) -> x509.Certificate:
        subject = _name(common_name) if common_name else x509.Name([])
        builder = _builder(subject, self.certificate.subject, key, begin, end)
        if names:
            alternative = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
            builder = builder.add_extension(alternative, critical=not common_name)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())


def self_signed(directory: Path, name: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
    builder = _builder(_name(name), _name(name), key, -DAY, 90 * DAY)
    certificate = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    return serving(directory, key, certificate)


def serving(
    directory: Path,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_written(directory, key, certificate))
    return _opened(context, oldest, newest)


def _written(directory: Path, key: Key, certificate: x509.Certificate) -> Path:
    file = directory / f"{certificate.serial_number}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


def _opened(
    context: ssl.SSLContext, oldest: ssl.TLSVersion, newest: ssl.TLSVersion
) -> ssl.SSLContext:
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = oldest, newest
    return context


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    begin: timedelta,
    end: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signing,
        crl_sign=signing,
        encipher_only=False,
        decipher_only=False,
    )
