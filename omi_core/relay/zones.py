"""The zones that a deploy publishes into: what stands there, what should, and the plan between."""

from collections.abc import Generator, Mapping
from pathlib import Path

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import host, state

from omi_core.dns.operator import Operator, SenderDomain, operator_of
from omi_core.dns.plan import Plan, Publication
from omi_core.dns.providers.factory import provider_of
from omi_core.dns.providers.interface import Provider
from omi_core.dns.publication import publications, with_stale_keys_removed
from omi_core.dns.publishing import applied, planned_from
from omi_core.dns.reviewed import Reviewed, plans_of, require_same, reviewed_of
from omi_core.dns.safety import PlanLimits
from omi_core.dns.zone import Zone
from omi_core.engine.memory import RunMemory
from omi_core.engine.rows import all_relays
from omi_core.errors import InputError, OmiError
from omi_core.inventory.model import Environment, ManualDns
from omi_core.mailauth.dkim.selectors import SLOTS
from omi_core.names import Fqdn
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.domains import sender_domains
from omi_core.relay.dkim.public import sender_domain

_providers: RunMemory[Provider] = RunMemory()
ROTATION_LIMITS = PlanLimits(updates=0.3, deletes=0.6, least=10)
_shown: RunMemory[tuple[Reviewed, ...]] = RunMemory()

Zones = Mapping[Fqdn, Zone]


def read_early(environment: Environment) -> Zones:
    """Return the zones as they stand; none where one cannot be read, which a later read says."""
    try:
        provider = _provider(environment)
        domains = [sender_domain(name, environment, ()) for name in environment.sender_domains]
        wanted = publications(_operator(environment), domains, provider.zones())
        return {each.zone: provider.read(each.zone, each.looks_at()) for each in wanted}
    except OmiError:
        return {}


def published(environment: Environment, early: Zones | None) -> Generator[FunctionCommand]:
    """Yield what makes every zone as it should be; inside the operation of the control row.

    What was read early only ever says that nothing is to be done.
    """
    provider = _provider(environment)
    plans = _plans(environment, provider, early or {})
    if early and any(plans):
        plans = _plans(environment, provider, {})
    _require_safe(plans)
    _require_shown(plans)
    for line in (line for each in plans for line in each.lines()):
        host.log(line)
    if isinstance(environment.dns, ManualDns):
        _say_what_to_enter(plans)
        return
    if not any(plans):
        host.noop("every zone is as it should be")
        return
    for each in filter(None, plans):
        yield FunctionCommand(_apply, (provider, each), {})


def _say_what_to_enter(plans: list[Plan]) -> None:
    from omi_core.dns.providers.manual import to_enter

    for line in (line for each in plans for change in each.changes for line in to_enter(change)):
        host.log(f"by hand: {line}")
    host.noop("these zones are edited by hand")


def _require_shown(plans: list[Plan]) -> None:
    """Refuse what is not what a person has read, of a file or of what preparing has shown."""
    if file := host.data.get("plan"):
        reviewed = plans_of(_read(Path(str(file))))
        for each in plans:
            require_same(reviewed_of(each.zone, reviewed), each)
    if not state.is_executing:
        _shown.now()["plans"] = tuple(Reviewed.of(each) for each in plans)
    elif shown := _shown.now().get("plans"):
        for each in plans:
            # Keys that this run has made were not there to be shown.
            require_same(reviewed_of(each.zone, shown), each, _is_key)


def _is_key(name: str) -> bool:
    return name.startswith(SLOTS) and ".dkim." in name


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError("the plan {file!r} cannot be read", file=str(file)) from None


def _provider(environment: Environment) -> Provider:
    """Return the service, one for the whole run: it remembers which zone is which."""
    providers = _providers.now()
    if "dns" not in providers:
        providers["dns"] = provider_of(environment, host.log)
    return providers["dns"]


def _plans(environment: Environment, provider: Provider, early: Zones) -> list[Plan]:
    domains = sender_domains(environment)
    ours = _operator(environment)
    wanted = publications(ours, domains, provider.zones())
    return [_planned(_observed(provider, each, early), each, ours, domains) for each in wanted]


def _operator(environment: Environment) -> Operator:
    return operator_of(environment, all_relays(), _retired())


def _observed(provider: Provider, wanted: Publication, early: Zones) -> Zone:
    names = wanted.looks_at()
    zone = early.get(wanted.zone)
    if zone is not None and all(zone.knows(name) for name in names):
        return zone
    return provider.read(wanted.zone, names)


def _require_safe(plans: list[Plan]) -> None:
    for each in plans:
        each.raise_if_unsafe()


def _retired() -> list[Fqdn]:
    """The names that `--data retire=NAME,NAME` says are relays no more."""
    return [Fqdn.parse(name) for name in str(host.data.get("retire") or "").split(",") if name]


def _planned(
    observed: Zone, wanted: Publication, ours: Operator, domains: list[SenderDomain]
) -> Plan:
    if not dkim.is_acting():
        return planned_from(wanted, observed)
    # Half of a domain's keys go at the end of each rotation, which is meant.
    return planned_from(
        with_stale_keys_removed(wanted, observed, ours, domains), observed, ROTATION_LIMITS
    )


def _apply(state: State, host: Host, provider: Provider, planned: Plan) -> bool:  # noqa: ARG001 - pyinfra passes both by name
    """Apply one plan; False, after one sentence, fails the control row without a traceback."""
    try:
        applied(provider, planned, progress=host.log)
    except OmiError as error:
        host.log_styled(str(error), fg="red")
        return False
    return True
