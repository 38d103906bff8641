"""DNS while a relay leaves: first its customers are led away, later its addresses go.

Between the two it still sends, so `_spf` names it, and its own name stays unless customers type it.
"""

import time
from collections.abc import Generator
from dataclasses import replace

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.dns.operator import Operator, RelayAddress, operator_of
from omi_core.engine import console
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import this_control
from omi_core.errors import OmiError
from omi_core.inventory.model import Environment
from omi_core.names import Fqdn
from omi_core.relay import zones
from omi_core.relay.retire.leaving import (
    EMPTIED,
    LED_AWAY,
    Leaving,
    leaving,
    mark,
    marks_of,
    row_of,
)


@operation()
@refusing
def led_away(environment: Environment) -> Generator[FunctionCommand]:
    """Let every name that customers type lead to the relays that stay."""
    gone = leaving()
    if this_control() is None:
        console.noop(host, "DNS is published from the control row")
        return
    if EMPTIED in marks_of(gone.relay):
        console.noop(host, f"{gone.name} is out of DNS, or about to be")
        return
    if environment.dns is not None:
        yield from zones.published(environment, None, operator=without_customers(gone))
    yield FunctionCommand(_remember, (gone,), {})


def _remember(state: State, host: Host, gone: Leaving) -> bool:  # noqa: ARG001 - pyinfra's signature
    try:
        mark(row_of(gone.relay), LED_AWAY, int(time.time()))
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    return True


@operation()
@refusing
def withdrawn(environment: Environment) -> Generator[FunctionCommand]:
    """Take the addresses of the relay out of `_spf`, and what stands at its own name."""
    gone = leaving()
    if this_control() is None:
        console.noop(host, "DNS is published from the control row")
    elif environment.dns is None:
        console.noop(host, "no DNS service is set; take its addresses out of _spf by hand")
    else:
        operator = without_relay(gone)
        # What the run before this step has published was shown with this, so nothing is compared.
        yield from zones.published(environment, None, operator=operator, is_shown=False)


def without_customers(gone: Leaving) -> Operator:
    """Return the operator's side while the relay sends what it has, and takes nothing new."""
    everybody = operator_of(gone.relay.environment, gone.everybody)
    return replace(everybody, public_names=_public_names(gone))


def without_relay(gone: Leaving) -> Operator:
    """Return the operator's side when the relay is gone."""
    environment = gone.relay.environment
    is_typed = gone.relay.name in environment.public_names
    is_ours = gone.relay.name.within(environment.operator_zone)
    retired = () if is_typed or not is_ours else (gone.relay.name,)
    return operator_of(environment, gone.others, retired)


def _public_names(gone: Leaving) -> dict[Fqdn, tuple[RelayAddress, ...]]:
    return dict(operator_of(gone.relay.environment, gone.others).public_names)
