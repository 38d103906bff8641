"""The chain that a TLS session was shown, read once."""

from functools import lru_cache

from omi_core.certificates.chain import Chain
from omi_core.certificates.chain import fingerprint as sha256_of
from omi_core.certificates.readable import UnreadableError, from_der
from omi_core.smtp.channel import TlsSeen
from omi_core.text import Text

_UNREADABLE = Text("the certificate cannot be read: {why}")


def chain_of(tls: TlsSeen | None) -> Chain | None:
    """Return the served chain, or None where there is none that can be read."""
    read = _read(tls.chain) if tls and tls.chain else None
    return read if isinstance(read, Chain) else None


def unreadable(tls: TlsSeen | None) -> Text | None:
    """Return why the served chain cannot be judged; None where it can, or there is none."""
    read = _read(tls.chain) if tls and tls.chain else None
    return _UNREADABLE.format(why=read.text) if isinstance(read, UnreadableError) else None


@lru_cache(maxsize=64)
def _read(octets: tuple[bytes, ...]) -> Chain | UnreadableError:
    try:
        return Chain(certificates=from_der(octets))
    except UnreadableError as error:
        return error


def fingerprint(tls: TlsSeen | None) -> str:
    """Return the SHA-256 of the leaf in hexadecimal; empty where there is none."""
    return sha256_of(tls.chain[0]) if tls and tls.chain else ""
