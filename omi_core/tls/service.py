"""From the settings of an issuer to the issuer; each is imported only when it is used."""

from collections.abc import Callable

from omi_core.issuers import Acme, InternalCa, ProvidedFiles
from omi_core.settings import Environment
from omi_core.tls.issuing import Issuer


def issuer_of(environment: Environment, progress: Callable[[str], None]) -> Issuer:
    """Return who issues for `environment`; `progress` hears of waits and of what is left over."""
    match environment.issuer:
        case InternalCa() as settings:
            from omi_core.tls.internal_issuer import InternalIssuer

            return InternalIssuer(settings=settings)
        case ProvidedFiles() as settings:
            from omi_core.tls.provided import ProvidedIssuer

            return ProvidedIssuer(settings=settings)
        case Acme() as settings:
            from omi_core.dns.service import provider_of
            from omi_core.tls.acme_issuer import AcmeIssuer

            return AcmeIssuer(
                settings=settings,
                provider=lambda: provider_of(environment, progress),
                progress=progress,
            )
