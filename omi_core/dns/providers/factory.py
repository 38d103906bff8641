"""From the settings of a DNS service to the service; each is imported only when it is used."""

from collections.abc import Callable
from importlib import import_module

from omi_core.dns.providers.cloudflare.budget import ignore
from omi_core.dns.providers.interface import Provider
from omi_core.errors import InputError
from omi_core.inventory.model import Environment
from omi_core.text import Text

# By the name of the service: the module whose `provider` makes it. Another one is a line here.
SERVICES = {
    "rfc2136": "omi_core.dns.providers.rfc2136.provider",
    "cloudflare": "omi_core.dns.providers.cloudflare.provider",
    "manual": "omi_core.dns.providers.manual",
}


def provider_of(environment: Environment, progress: Callable[[Text], None] = ignore) -> Provider:
    """Return the service that publishes for `environment`; `progress` hears of long waits.

    Raises InputError if there is none, or its settings, key or token cannot be used.
    """
    settings = environment.dns
    if settings is None:
        raise InputError("the inventory sets no DNS service; give environment(...) a dns=")
    if settings.service not in SERVICES:
        known = ", ".join(sorted(SERVICES))
        raise InputError(
            "dns: {service!r} is not one of the services, {known}",
            service=settings.service,
            known=known,
        )
    writable = environment.writable_zones or (environment.operator_zone,)
    made: Provider = import_module(SERVICES[settings.service]).provider(
        settings, writable, progress
    )
    return made
