"""From the settings of an issuer to the issuer; each is imported only when it is used."""

from collections.abc import Callable

from omi_core.certificates.issuer import Issuer
from omi_core.inventory.issuers import Acme, InternalCa, ProvidedFiles
from omi_core.inventory.model import Environment
from omi_core.text import Text


def issuer_of(environment: Environment, progress: Callable[[Text], None]) -> Issuer:
    """Return who issues for `environment`; `progress` hears of waits and of what is left over."""
    match environment.issuer:
        case InternalCa() as settings:
            from omi_core.certificates.issuers.internal import InternalIssuer

            return InternalIssuer(settings=settings)
        case ProvidedFiles() as settings:
            from omi_core.certificates.issuers.files import ProvidedIssuer

            return ProvidedIssuer(settings=settings)
        case Acme() as settings:
            from omi_core.certificates.issuers.acme.issuer import AcmeIssuer
            from omi_core.dns.providers.factory import provider_of

            return AcmeIssuer(
                settings=settings,
                provider=lambda: provider_of(environment, progress),
                progress=progress,
            )
