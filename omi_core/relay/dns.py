"""Publishing DNS from the control row: desired and observed become a plan, the plan is applied.

It has a row of its own in the inventory, because what runs "once" on whichever relay comes first
runs nowhere when that relay has failed.
"""

from collections.abc import Generator
from pathlib import Path

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
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
from omi_core.engine.memory import RunMemory
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays, this_control
from omi_core.errors import InputError, OmiError
from omi_core.inventory.model import Environment, ManualDns
from omi_core.mailauth.dkim.selectors import SLOTS
from omi_core.names import Fqdn
from omi_core.relay.dkim import operations as dkim

_providers: RunMemory[Provider] = RunMemory()
ROTATION_LIMITS = PlanLimits(updates=0.3, deletes=0.6, least=10)
_shown: RunMemory[tuple[Reviewed, ...]] = RunMemory()


@operation()
@refusing
def records(environment: Environment) -> Generator[FunctionCommand]:
    """Publish what the relays and their sender domains need in every zone that may be written.

    Called for every row, although only the control row does anything: pyinfra orders operations
    by what comes before and after on the same host, and this one belongs between a relay's keys
    and its signer. `--data plan=FILE` applies what `omi dns plan --json` wrote, or nothing;
    `--data retire=NAME` withdraws what stands at the name of a relay that is gone.
    """
    if this_control() is None:
        host.noop("DNS is published from the control row")
        return
    if environment.dns is None:
        host.noop("no DNS service is set; `omi dns records` prints what to enter")
        return
    provider = _provider(environment)
    plans = _plans(environment, provider)
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


def _plans(environment: Environment, provider: Provider) -> list[Plan]:
    domains = dkim.sender_domains(environment)
    ours = operator_of(environment, all_relays(), _retired())
    wanted = publications(ours, domains, provider.zones())
    plans = [_planned(provider, each, ours, domains) for each in wanted]
    for each in plans:
        each.raise_if_unsafe()
    return plans


def _retired() -> list[Fqdn]:
    """The names that `--data retire=NAME,NAME` says are relays no more."""
    return [Fqdn.parse(name) for name in str(host.data.get("retire") or "").split(",") if name]


def _planned(
    provider: Provider, wanted: Publication, ours: Operator, domains: list[SenderDomain]
) -> Plan:
    observed = provider.read(wanted.zone, wanted.looks_at())
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
