"""A bought certificate as an issuer: checked as a whole before any relay hears of it."""

from dataclasses import dataclass

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.issuer import AtOnce, Request
from omi_core.certificates.kept_files import read
from omi_core.certificates.private_key import private_pem, public_half
from omi_core.certificates.rules import CertificateRequirements, require_sound
from omi_core.certificates.trust import roots_in
from omi_core.inventory.issuers import ProvidedFiles
from omi_core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidedIssuer(AtOnce):
    """Hands out the chain of a file. Is an `Issuer`."""

    settings: ProvidedFiles

    @property
    def chain(self) -> Chain:
        """The chain of the file; raises InputError."""
        return Chain.parse(read(self.settings.chain_file))

    @property
    def private_key(self) -> Secret:
        """The key that goes to every relay; raises InputError."""
        return private_pem(self.settings.key_file)

    @property
    def mark(self) -> str:
        """The leaf: another one in the file is what there is to deploy."""
        return f"provided {self.chain.fingerprint}"

    def issue(self, request: Request) -> Chain:
        """Return the chain, if it is right for the names and the key; raises InputError."""
        chain = self.chain
        wanted = CertificateRequirements(
            names=request.names,
            key=public_half(self.settings.key_file),
            roots=roots_in(self.settings.root_file),
        )
        require_sound(str(self.settings.chain_file), chain, wanted, utc_now())
        return chain
