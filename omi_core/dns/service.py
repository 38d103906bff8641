"""From the settings of a DNS service to the service; each is imported only when it is used."""

from collections.abc import Callable

from omi_core.dns.budget import Budget, ignore
from omi_core.dns.provider import Provider
from omi_core.errors import InputError
from omi_core.settings import CloudflareDns, Environment, ManualDns, Rfc2136


def provider_of(environment: Environment, progress: Callable[[str], None] = ignore) -> Provider:
    """Return the service that publishes for `environment`; `progress` hears of long waits.

    Raises InputError if there is none, or its key or token cannot be used.
    """
    writable = environment.writable_zones or (environment.operator_zone,)
    match environment.dns:
        case Rfc2136() as settings:
            from omi_core.dns import rfc2136
            from omi_core.dns.server import Server
            from omi_core.dns.tsig import TsigKey

            return rfc2136.Rfc2136(
                server=Server(host=str(settings.server), port=settings.port),
                key=TsigKey.read(settings.key_file),
                writable=writable,
            )
        case CloudflareDns() as settings:
            from omi_core.dns.cloudflare import CloudflareZones
            from omi_core.dns.cloudflare_api import Api
            from omi_core.dns.cloudflare_token import read_token

            api = Api(token=read_token(settings.token_file), budget=Budget(progress=progress))
            return CloudflareZones(api=api, writable=writable, batch_limit=settings.batch_limit)
        case ManualDns():
            from omi_core.dns.manual import ByHand

            return ByHand(writable=writable)
    raise InputError("the inventory sets no DNS service; give environment(...) a dns=")
