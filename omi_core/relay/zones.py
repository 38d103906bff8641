"""The zones that a deploy publishes into: read early, planned, and applied by the control row."""

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import host, state

from omi_core.dns.operator import Operator, operator_of
from omi_core.dns.plan import Action, Plan
from omi_core.dns.providers.factory import provider_of
from omi_core.dns.providers.interface import Provider
from omi_core.dns.publication import publications
from omi_core.dns.publishing import (
    applied,
    by_hand,
    fault_of,
    operators_zone,
    plans,
    raise_if_any_refused,
    to_apply,
)
from omi_core.dns.reviewed import (
    Reviewed,
    plans_in,
    require_reviewed,
)
from omi_core.dns.zone import Zone
from omi_core.engine import console, events
from omi_core.engine.memory import RunMemory
from omi_core.engine.refusal import failing
from omi_core.engine.rows import all_relays
from omi_core.errors import OmiError
from omi_core.inventory.model import Environment
from omi_core.mailauth.dkim.selectors import SLOTS
from omi_core.names import Fqdn
from omi_core.relay import dns_given as given
from omi_core.relay.dkim import former
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.domains import sender_domains
from omi_core.relay.dkim.public import sender_domain

_providers: RunMemory[Provider] = RunMemory()
_shown: RunMemory[tuple[Reviewed, ...]] = RunMemory()

Zones = Mapping[Fqdn, Zone]


def read_early(environment: Environment) -> Zones:
    """Return the zones as they stand; none where one cannot be read, which a later read says."""
    try:
        provider = _provider(environment)
        domains = [sender_domain(name, environment, ()) for name in environment.signing_domains]
        wanted = publications(_operator(environment), domains, provider.zones())
        return {each.zone: provider.read(each.zone, each.looks_at()) for each in wanted}
    except Exception:  # noqa: BLE001 - the later read of the same zone says it, of that zone alone
        return {}


def published(
    environment: Environment,
    early: Zones | None,
    *,
    operator: Operator | None = None,
    is_shown: bool = True,
) -> Generator[FunctionCommand]:
    """Yield what makes every zone as it should be; inside the operation of the control row.

    `operator` is another one than the inventory's. What was read early only ever says that nothing
    is to be done. Unless it `is_shown`, what is applied may be another than was prepared. A refused
    record stays as it is, and the row fails for it after all others are published; in the
    operator's zone it stops all.
    """
    provider = _provider(environment)
    operator = operator or _operator(environment)
    made = _plans(environment, provider, operator, early or {})
    if early and any(made):
        made = _plans(environment, provider, operator, {})
    needed = operators_zone(provider, operator)
    for each in made:
        events.zone_planned(host, each)
    raise_if_any_refused(each for each in made if each.zone == needed)
    if is_shown:
        _require_shown(made)
    for each in made:
        _say(each)
    going = to_apply(made, needed)
    if (entered := by_hand(provider, going)) is not None:
        for line in entered:
            console.log(host, f"by hand: {line}")
        console.noop(host, "these zones are edited by hand")
    elif not any(made):
        console.noop(host, "every zone is as it should be")
    else:
        for each in going:
            yield FunctionCommand(_apply, (provider, each), {})
    try:
        raise_if_any_refused(made)
    except OmiError as error:  # raised while preparing, it would stop all that comes after
        yield failing(str(error))


def _say(made: Plan) -> None:
    """Say what a zone's plan is: each change, or of many how many there are of each kind."""
    kinds: dict[tuple[Action, str], list[str]] = {}
    for change in made.changes:
        kinds.setdefault((change.action, change.type), []).append(str(change))
    for (action, kind), lines in kinds.items():
        console.log_each(
            host, lines, f"{action.value} {{count}} {kind} sets in {made.zone.relative}"
        )
    refused = replace(made, changes=()).lines()
    console.log_each(host, refused, f"! {{count}} sets in {made.zone.relative} are refused")


def _require_shown(made: list[Plan]) -> None:
    """Refuse what is not what a person has read, of a file or of what preparing has shown."""
    if file := host.data.get(given.PLAN.name):
        require_reviewed(plans_in(str(file)), made)
    if not state.is_executing:
        _shown.now()["plans"] = tuple(Reviewed.of(each) for each in made)
    elif shown := _shown.now().get("plans"):
        # Keys that this run has made were not there to be shown.
        require_reviewed(shown, made, _is_key)


def _is_key(name: str) -> bool:
    return name.startswith(SLOTS) and ".dkim." in name


def _provider(environment: Environment) -> Provider:
    """Return the service, one for the whole run: it remembers which zone is which."""
    providers = _providers.now()
    if "dns" not in providers:
        providers["dns"] = provider_of(environment, lambda told: console.log(host, told.en))
    return providers["dns"]


def _plans(
    environment: Environment, provider: Provider, operator: Operator, early: Zones
) -> list[Plan]:
    is_rotating = dkim.is_acting()
    kept: Collection[Fqdn] = ()
    if is_rotating:
        kept = former.kept(environment, dkim.held(environment), dkim.run_began())
    return plans(
        provider,
        operator,
        sender_domains(environment),
        is_rotating=is_rotating,
        kept=kept,
        early=early,
    )


def _operator(environment: Environment) -> Operator:
    return operator_of(environment, all_relays(), _retired())


def _retired() -> list[Fqdn]:
    """The names that `--data retire=NAME,NAME` says are relays no more."""
    return given.names(str(host.data.get(given.RETIRE.name) or ""))


def _apply(state: State, host: Host, provider: Provider, planned: Plan) -> bool:  # noqa: ARG001 - pyinfra passes both by name
    """Apply one plan; False, after one sentence, fails the control row without a traceback."""
    # What asks every authoritative server is a slow import, and needed only after a change.

    try:
        applied(provider, planned, progress=lambda told: console.log(host, told.en))
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    except Exception as error:  # noqa: BLE001 - the other zones are still published
        console.log_styled(host, str(fault_of(planned, error)), fg="red")
        return False
    return True
