"""Certificates from octets, read whole at once: what cannot be read is said here and nowhere else.

cryptography reads a part when it is asked for, and raises a dozen kinds of errors then. A name in a
server's certificate must not end a run, wherever it is first looked at.
"""

import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from cryptography import x509

from omi_core.errors import InputError

T = TypeVar("T")
Certificates = tuple[x509.Certificate, ...]

_LONGEST = 160
_PARTS: dict[str, Callable[[x509.Certificate], object]] = {
    "subject": lambda one: one.subject.rfc4514_string(),
    "issuer": lambda one: one.issuer.rfc4514_string(),
    "dates": lambda one: (one.not_valid_before_utc, one.not_valid_after_utc),
    "extensions": lambda one: tuple(one.extensions),
}


class UnreadableError(InputError):
    """A certificate holds what cannot be read; the text says what, in one clause."""


def from_der(octets: Iterable[bytes]) -> Certificates:
    """Return the certificates that a server sent; UnreadableError says what is wrong."""
    return _whole(lambda: tuple(map(x509.load_der_x509_certificate, octets)))


def from_pem(pem: bytes) -> Certificates:
    """Return the certificates of a file.

    Raises InputError where there is none, UnreadableError for one that is odd.
    """
    kind = UnreadableError if b"-----BEGIN CERTIFICATE-----" in pem else InputError
    return _whole(partial(_loaded, pem, kind))


def _loaded(pem: bytes, kind: type[InputError]) -> Certificates:
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except Exception as error:  # noqa: BLE001 - see _read
        raise kind(f"no PEM certificate: {_words(error)}") from None


def _whole(load: Callable[[], Certificates]) -> Certificates:
    with warnings.catch_warnings():
        # A serial number below 1 is against RFC 5280 4.1.2.2, a name of more than 64 characters
        # against its appendix A.1, and no client minds; a warning would reach the terminal.
        warnings.simplefilter("ignore", UserWarning)  # such as CryptographyDeprecationWarning
        certificates = _read("certificate", load)
        for one in certificates:
            for part, read in _PARTS.items():
                _read(part, partial(read, one))
    if certificates:  # of those above it only what is shown is needed
        _read("public key", certificates[0].public_key)
    return certificates


def _read(part: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InputError:  # it says already what is wrong
        raise
    except Exception as error:  # noqa: BLE001 - of many classes without a common one
        raise UnreadableError("its {part}: {error}", part=part, error=_words(error)) from None


def _words(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
