"""Publishing: read, plan, apply, and wait until every authoritative server agrees.

One orchestration, whether a deploy asks for it or `omi dns plan` and `apply`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from omi_core.dns.client.server import Server
from omi_core.dns.errors import NotAgreedError, PlanRefusedError
from omi_core.dns.operator import Operator, SenderDomain
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.policy_above import without_weaker_policies
from omi_core.dns.providers.cloudflare.budget import ignore
from omi_core.dns.providers.interface import Provider, zone_of
from omi_core.dns.publication import publications, with_stale_keys_removed
from omi_core.dns.safety import OCTODNS_LIMITS, ROTATION_LIMITS, PlanLimits
from omi_core.dns.spf_budget import within_budget, without_aliased_senders
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError
from omi_core.findings.contained import log_fault, not_checked
from omi_core.names import Fqdn
from omi_core.text import SEMICOLON, Text

PATIENCE_S = 300.0
_NOT_PUBLISHED = Text(
    "{zone}: perhaps not published, by a fault of omi itself; please report it: {fault}"
)

Servers = Callable[[Fqdn], Sequence[Server]]


def plans(
    provider: Provider,
    operator: Operator,
    domains: Collection[SenderDomain],
    *,
    is_rotating: bool = False,
    kept: Collection[Fqdn] = (),
    early: Mapping[Fqdn, Zone] = MappingProxyType({}),
) -> list[Plan]:
    """Return what has to change in every zone that may be written, refused records left out.

    A customer's zone that cannot be read or planned costs no other its plan. In the operator's,
    into which all others lead, every refusal stops the whole.
    Where keys are rotated, half of them go, and so do those of domains that are no longer ours
    and not `kept`.
    A zone of `early` is not read again where it was read with all that is looked at.
    """
    limits = ROTATION_LIMITS if is_rotating else OCTODNS_LIMITS

    def planned_one(each: Publication) -> Plan:
        observed = _observed(provider, each, early)
        wanted = (
            with_stale_keys_removed(each, observed, operator, domains, kept)
            if is_rotating
            else each
        )
        return planned_from(wanted, observed, limits)

    made, needed = [], operators_zone(provider, operator)
    for each in publications(operator, domains, provider.zones()):
        if each.zone == needed:
            found = planned_one(each)
            made.append(replace(found, stops=found.refusals))
        else:
            made.append(_contained(each.zone, partial(planned_one, each)))
    return made


def _contained(zone: Fqdn, make: Callable[[], Plan]) -> Plan:
    """Return a zone's plan, or that there is none and why; no other zone loses its plan."""
    try:
        return make()
    except InputError as error:
        return Plan(zone=zone, changes=(), refusals=(error.text,), stops=(error.text,))
    except ObservationError as error:
        return Plan.unread(zone, error.text)
    except Exception as error:  # noqa: BLE001 - whatever is in the zone, or in us
        return Plan.unread(zone, not_checked(zone.relative, error, in_words=False))


def operators_zone(provider: Provider, operator: Operator) -> Fqdn | None:
    """Return the writable zone that holds the operator's names."""
    return zone_of(operator.zone, provider.zones())


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
    wanted = without_aliased_senders(wanted, observed)
    made = within_budget(plan(wanted, observed, limits), wanted)
    return without_weaker_policies(made, wanted)


def to_apply(made: Iterable[Plan], needed: Fqdn | None) -> list[Plan]:
    """Return the plans with something to apply, that of the zone `needed` by all others first.

    Where that one is stopped there are none: what stands elsewhere would lead into nothing.
    """
    plans = sorted(made, key=lambda each: each.zone != needed)
    if any(each.stops for each in plans if each.zone == needed):
        return []
    return [each for each in plans if each.appliable]


def raise_if_any_refused(made: Iterable[Plan]) -> None:
    """Raise, with the reasons of every zone, if something of a plan was refused.

    ObservationError where a zone could not be read, which is no result; else InputError.
    """
    refused = [each for each in made if each.refusals]
    errors = [PlanRefusedError(each.zone, each.refusals) for each in refused]
    if any(each.is_unread for each in refused):
        raise ObservationError(Text.joined([each.text for each in errors], SEMICOLON))
    if len(errors) > 1:
        raise InputError(Text.joined([each.text for each in errors], SEMICOLON))
    if errors:
        raise errors[0]


def by_hand(provider: Provider, made: Iterable[Plan]) -> tuple[str, ...] | None:
    """Return what a person enters, a line a record; None where the provider writes it itself."""
    from omi_core.dns.providers.manual import ManualProvider, to_enter

    if not isinstance(provider, ManualProvider):
        return None
    return tuple(line for each in made for change in each.appliable for line in to_enter(change))


def fault_of(made: Plan, error: Exception) -> ObservationError:
    """Return that a zone was not published by a fault of ours, and log where it is."""
    fault = log_fault(made.zone.relative, error)
    return ObservationError(_NOT_PUBLISHED, zone=made.zone.relative, fault=fault)


def applied(
    provider: Provider,
    made: Plan,
    *,
    servers: Servers | None = None,
    patience_s: float = PATIENCE_S,
    progress: Callable[[Text], None] = ignore,
) -> None:
    """Apply what of a plan is not refused, and return when all servers of the zone serve it.

    `servers` finds those of a zone, by default in the DNS. Raises what `Provider.apply` raises, and
    NotAgreedError after `patience_s` seconds.
    """
    # A slow import, and only for a zone that changes.
    from omi_core.dns.agreement import authoritative_servers, wait_until_agreed

    if made.stops:
        raise PlanRefusedError(made.zone, made.stops)
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
