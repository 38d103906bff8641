"""From the settings of a DNS service to the service; each is imported only when it is used."""

from collections.abc import Callable

from omi_core.dns.providers.cloudflare.budget import Budget, ignore
from omi_core.dns.providers.interface import Provider
from omi_core.errors import InputError
from omi_core.inventory.model import CloudflareDns, Environment, ManualDns, Rfc2136Dns


def provider_of(environment: Environment, progress: Callable[[str], None] = ignore) -> Provider:
    """Return the service that publishes for `environment`; `progress` hears of long waits.

    Raises InputError if there is none, or its key or token cannot be used.
    """
    writable = environment.writable_zones or (environment.operator_zone,)
    match environment.dns:
        case Rfc2136Dns() as settings:
            from omi_core.dns.client.server import Server
            from omi_core.dns.client.tsig import TsigKey
            from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider

            return Rfc2136Provider(
                server=Server(host=str(settings.server), port=settings.port),
                key=TsigKey.read(settings.key_file),
                writable=writable,
            )
        case CloudflareDns() as settings:
            from omi_core.dns.providers.cloudflare.api import Api
            from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
            from omi_core.dns.providers.cloudflare.token import read_token

            api = Api(token=read_token(settings.token_file), budget=Budget(progress=progress))
            return CloudflareProvider(api=api, writable=writable, batch_limit=settings.batch_limit)
        case ManualDns():
            from omi_core.dns.providers.manual import ManualProvider

            return ManualProvider(writable=writable)
    raise InputError("the inventory sets no DNS service; give environment(...) a dns=")
