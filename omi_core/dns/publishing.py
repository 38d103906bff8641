"""Publishing a zone: read, plan, apply, and wait until every authoritative server agrees."""

from collections.abc import Callable, Sequence

from omi_core.dns.agreement import authoritative_servers, wait_until_agreed
from omi_core.dns.client.server import Server
from omi_core.dns.errors import NotAgreedError
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.providers.cloudflare.budget import ignore
from omi_core.dns.providers.interface import Provider
from omi_core.dns.safety import OCTODNS_LIMITS, PlanLimits
from omi_core.dns.spf_budget import within_budget
from omi_core.dns.zone import Zone
from omi_core.names import Fqdn

PATIENCE_S = 300.0

Servers = Callable[[Fqdn], Sequence[Server]]


def planned(provider: Provider, wanted: Publication, limits: PlanLimits = OCTODNS_LIMITS) -> Plan:
    """Return what has to change in one zone as it is now."""
    return planned_from(wanted, provider.read(wanted.zone, wanted.looks_at()), limits)


def planned_from(wanted: Publication, observed: Zone, limits: PlanLimits = OCTODNS_LIMITS) -> Plan:
    """Return what has to change in a zone that was read, and would break nobody's SPF."""
    return within_budget(plan(wanted, observed, limits), wanted)


def applied(
    provider: Provider,
    made: Plan,
    *,
    servers: Servers = authoritative_servers,
    patience_s: float = PATIENCE_S,
    progress: Callable[[str], None] = ignore,
) -> None:
    """Apply a plan and return when all servers of the zone serve it.

    Raises what `Provider.apply` raises, and NotAgreedError after `patience_s` seconds.
    """
    made.raise_if_unsafe()
    if not made.changes:
        return
    provider.apply(made.zone, made.changes)
    behind = wait_until_agreed(
        [change.expected for change in made.changes],
        servers(made.zone),
        patience_s=patience_s,
        progress=progress,
    )
    if behind:
        raise NotAgreedError(made.zone, patience_s, [str(one) for one in behind])
