"""The CA of one's own as an issuer like any other."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding

from omi_core.certificates.chain import Chain
from omi_core.certificates.issuer import AtOnce, Request, issuer_id
from omi_core.certificates.issuers.internal_ca import InternalCaFiles
from omi_core.inventory.issuers import InternalCa


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalIssuer(AtOnce):
    """Issues at once, and asks nobody. Is an `Issuer`."""

    settings: InternalCa

    @property
    def mark(self) -> str:
        """The root: another one is another issuer."""
        root = InternalCaFiles(self.settings.directory).root
        return f"internal {issuer_id(root.public_bytes(Encoding.DER)) if root else 'none yet'}"

    def issue(self, request: Request) -> Chain:
        """Sign for the names of the request; raises InputError for a CA that is not whole."""
        return InternalCaFiles(self.settings.directory).issue(request.pem, request.names)
