"""The narrow door to whoever issues certificates: a request goes in, a chain comes out."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from omi_core.certificates.chain import Chain
from omi_core.errors import InputError
from omi_core.names import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one relay asks for with one key: a PKCS#10 request (RFC 2986), made on the relay.

    `place` is the relay's name and the kind of key, by which an order that did not come to its end
    is found again. `replaces` is the certificate in use.
    """

    place: str
    names: tuple[Fqdn, ...]
    pem: bytes
    replaces: Chain | None = None

    @property
    def public_key(self) -> bytes:
        """The SubjectPublicKeyInfo (DER) that the certificate must be for; raises InputError."""
        try:
            request = x509.load_pem_x509_csr(self.pem)
        except ValueError as error:
            raise InputError(
                "{place}: no certificate request: {error}", place=self.place, error=error
            ) from None
        return request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Issuer(Protocol):
    """Issues certificates, or has them.

    `issue` raises InputError for what was written wrong, ObservationError where it cannot be
    asked, and IssuanceError where it says no.
    """

    @property
    def mark(self) -> str:
        """One line that tells this issuer from another; it stands beside the chain on the relay."""

    def issue(self, request: Request) -> Chain:
        """Return a chain for exactly the names and the key of the request."""

    def is_under_way(self, place: str) -> bool:
        """Whether an earlier run began to issue for `place` and did not come to its end."""

    def forget(self, place: str) -> None:
        """Forget what was under way for `place`, whose relay serves it now."""

    def revoke(self, chain: Chain) -> bool:
        """Revoke a certificate whose relay is gone; False where this issuer cannot."""

    def renew_at(self, chain: Chain) -> datetime | None:
        """Return when the issuer wants the certificate renewed (RFC 9773); None if it is silent."""


class AtOnce:
    """What an issuer answers that asks nobody, so that nothing is ever under way."""

    __slots__ = ()

    def is_under_way(self, place: str) -> bool:
        """Never."""
        del place
        return False

    def forget(self, place: str) -> None:
        """Nothing is remembered."""

    def revoke(self, chain: Chain) -> bool:
        """Nobody looks at a list of what was revoked."""
        del chain
        return False

    def renew_at(self, chain: Chain) -> datetime | None:
        """No wish of its own: the last third of the certificate's life counts."""
        del chain
        return None


def issuer_id(text: bytes) -> str:
    """Return a short name for what identifies an issuer, such as its root."""
    return sha256(text).hexdigest()[:32]
