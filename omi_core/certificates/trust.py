"""What clients trust: the system's roots, or those of a file."""

import ssl
import warnings
from pathlib import Path

from cryptography import x509

from omi_core.certificates.kept_files import read
from omi_core.errors import InputError


def roots_in(file: Path | None = None) -> tuple[x509.Certificate, ...]:
    """Return the roots in `file` (PEM), or those that this system trusts; raises InputError."""
    if file is None:
        found = ssl.create_default_context().get_ca_certs(binary_form=True)
        return tuple(root for one in found if (root := _read(one)) is not None)
    content = read(file)
    try:
        return tuple(x509.load_pem_x509_certificates(content))
    except ValueError:
        raise InputError("{file}: no PEM certificates", file=file) from None


def _read(der: bytes) -> x509.Certificate | None:
    """Return a root of the system; some old ones break RFC 5280, and sign nothing that we meet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return x509.load_der_x509_certificate(der)
    except (ValueError, Warning):
        return None
