"""The steps of a deploy: what each asks of the hosts, what it installs, and its operation."""

from collections.abc import Callable
from dataclasses import dataclass

from pyinfra.context import host

from omi_core.engine import connection, debian, events, prefetch
from omi_core.engine.given.key import DataKey
from omi_core.engine.given.run import require_known
from omi_core.engine.prefetch import FactQuery
from omi_core.engine.rows import this_environment, this_relay
from omi_core.inventory.model import Environment

INSTALL = "Install Debian packages"

# pyinfra types what an operation takes with its keywords before the operation's own.
_packages: Callable[..., object] = debian.packages


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployStep:
    """One operation of a deploy, and what must be true of a host before it.

    `name` is what a run says. The operation gets the settings of the relay that it runs for, or,
    where it is `for_all`, the environment; such a step is taken on the control's row as well.
    `packages_for` are those that only some environments need.
    `beforehand` begins, with the deploy, to look at what the operation needs. `data` are the keys
    of `--data` that it reads. What only `follows` does nothing where no step before it did
    something.
    """

    name: str
    operation: Callable[..., object]
    for_all: bool = False
    packages: tuple[str, ...] = ()
    packages_for: Callable[[Environment], tuple[str, ...]] | None = None
    preseed: tuple[str, ...] = ()
    queries: tuple[FactQuery, ...] = ()
    beforehand: Callable[[Environment], None] | None = None
    data: tuple[DataKey, ...] = ()
    follows: bool = False


def take(*steps: DeployStep) -> None:
    """Ask at once what the steps want to know, install what they need, and take them in order."""
    require_known(tuple(key for step in steps for key in step.data))
    relay, environment = this_relay(), this_environment()
    here = relay.here if relay else environment
    packages = tuple(name for step in steps for name in _packages_of(step, here))
    queries = tuple(query for step in steps for query in step.queries)
    if packages:
        queries = (debian.fact_query(packages), *queries)
    if queries:
        prefetch.ask(queries)
    elif relay:
        connection.send_at_once()
    for beforehand in (step.beforehand for step in steps if step.beforehand):
        beforehand(environment)
    if packages and relay:
        preseed = tuple(answer for step in steps for answer in step.preseed)
        events.begin_step(host, INSTALL)
        _packages(packages, preseed=preseed, name=INSTALL)
    # pyinfra's own loop: what it orders by would otherwise be one line for all of them.
    for step in host.loop(steps):
        events.begin_step(host, step.name)
        if step.for_all:
            step.operation(environment, name=step.name)
        elif relay:
            step.operation(relay, name=step.name)
    events.end_row(host, [step.name for step in steps if step.follows])


def _packages_of(step: DeployStep, environment: Environment) -> tuple[str, ...]:
    return (*step.packages, *(step.packages_for(environment) if step.packages_for else ()))
