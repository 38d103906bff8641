"""Publishing: read, plan, apply, and wait until every authoritative server agrees.

One orchestration, whether a deploy asks for it or `omi dns plan` and `apply`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from omi_core.dns.client.server import Server
from omi_core.dns.errors import NotAgreedError, PlanRefusedError
from omi_core.dns.operator import Operator, SenderDomain
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.policy_above import without_weaker_policies
from omi_core.dns.providers.cloudflare.budget import ignore
from omi_core.dns.providers.interface import Provider
from omi_core.dns.publication import publications, with_stale_keys_removed
from omi_core.dns.safety import OCTODNS_LIMITS, ROTATION_LIMITS, PlanLimits
from omi_core.dns.spf_budget import within_budget
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.text import SEMICOLON, Text

PATIENCE_S = 300.0

Servers = Callable[[Fqdn], Sequence[Server]]


def plans(
    provider: Provider,
    operator: Operator,
    domains: Collection[SenderDomain],
    *,
    is_rotating: bool = False,
    early: Mapping[Fqdn, Zone] = MappingProxyType({}),
) -> list[Plan]:
    """Return what has to change in every zone that may be written, refused records left out.

    Where keys are rotated, half of them go, and so do those of domains that are no longer ours.
    A zone of `early` is not read again where it was read with all that is looked at.
    """
    limits = ROTATION_LIMITS if is_rotating else OCTODNS_LIMITS
    made = []
    for each in publications(operator, domains, provider.zones()):
        observed = _observed(provider, each, early)
        wanted = with_stale_keys_removed(each, observed, operator, domains) if is_rotating else each
        made.append(planned_from(wanted, observed, limits))
    return made


def _observed(provider: Provider, wanted: Publication, early: Mapping[Fqdn, Zone]) -> Zone:
    names = wanted.looks_at()
    zone = early.get(wanted.zone)
    if zone is not None and all(map(zone.knows, names)):
        return zone
    return provider.read(wanted.zone, names)


def planned(provider: Provider, wanted: Publication, limits: PlanLimits = OCTODNS_LIMITS) -> Plan:
    """Return what has to change in one zone as it is now."""
    return planned_from(wanted, provider.read(wanted.zone, wanted.looks_at()), limits)


def planned_from(wanted: Publication, observed: Zone, limits: PlanLimits = OCTODNS_LIMITS) -> Plan:
    """Return what has to change in a zone that was read, and would break nobody's mail."""
    made = within_budget(plan(wanted, observed, limits), wanted)
    return without_weaker_policies(made, wanted)


def raise_if_any_unsafe(made: Iterable[Plan]) -> None:
    """Raise InputError, with the reasons of every zone, if one of the plans may not be applied."""
    refused = [PlanRefusedError(each.zone, each.refusals) for each in made if each.refusals]
    if len(refused) > 1:
        raise InputError(Text.joined([each.text for each in refused], SEMICOLON))
    if refused:
        raise refused[0]


def by_hand(provider: Provider, made: Iterable[Plan]) -> tuple[str, ...] | None:
    """Return what a person enters, a line a record; None where the provider writes it itself."""
    from omi_core.dns.providers.manual import ManualProvider, to_enter

    if not isinstance(provider, ManualProvider):
        return None
    return tuple(line for each in made for change in each.changes for line in to_enter(change))


def applied(
    provider: Provider,
    made: Plan,
    *,
    servers: Servers | None = None,
    patience_s: float = PATIENCE_S,
    progress: Callable[[Text], None] = ignore,
) -> None:
    """Apply a plan and return when all servers of the zone serve it.

    `servers` finds those of a zone, by default in the DNS. Raises what `Provider.apply` raises, and
    NotAgreedError after `patience_s` seconds.
    """
    # A slow import, and only for a zone that changes.
    from omi_core.dns.agreement import authoritative_servers, wait_until_agreed

    made.raise_if_unsafe()
    if not made.changes:
        return
    provider.apply(made.zone, made.changes)
    behind = wait_until_agreed(
        [change.expected for change in made.changes],
        (servers or authoritative_servers)(made.zone),
        patience_s=patience_s,
        progress=progress,
    )
    if behind:
        raise NotAgreedError(made.zone, patience_s, [str(one) for one in behind])
