"""What this side of a handshake offers and accepts."""

import ssl
import warnings
from pathlib import Path

from omi_core.errors import InputError, system_text

VERSIONS = {
    "TLS 1.0": ssl.TLSVersion.TLSv1,
    "TLS 1.1": ssl.TLSVersion.TLSv1_1,
    "TLS 1.2": ssl.TLSVersion.TLSv1_2,
    "TLS 1.3": ssl.TLSVersion.TLSv1_3,
}


def looking() -> ssl.SSLContext:
    """Return a context that accepts any certificate, so that it can be looked at.

    No password may go through it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def verifying(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return a context as a strict customer's: chain and name are checked (RFC 9525).

    `ca_file` holds PEM roots to trust instead of the system's. Raises InputError.
    """
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            "{ca_file}: no PEM certificates: {strerror}",
            ca_file=ca_file,
            strerror=system_text(error),
        ) from None


def rsa_alone() -> ssl.SSLContext:
    """Return a context as old printers and programs have it: TLS 1.2, and no certificate but RSA's.

    In TLS 1.3 the cipher suite says nothing of the certificate, and such clients do not know it.
    """
    context = exactly(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("aRSA:@SECLEVEL=0")
    return context


def exactly(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a context that offers one version and every cipher that this library still has.

    OpenSSL 3 does not even try TLS 1.0 and 1.1 at its usual security level, which a careless
    client reports as if the server had refused.
    """
    context = looking()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
        context.minimum_version = version
    return context
