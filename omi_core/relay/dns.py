"""Publishing DNS from the control row: desired and observed become a plan, the plan is applied.

It has a row of its own in the inventory, because what runs "once" on whichever relay comes first
runs nowhere when that relay has failed. What reads and compares zones is in `zones.py`, a slow
import that only this row pays for.
"""

from collections.abc import Generator

from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation
from pyinfra.context import ctx_host, host

from omi_core.engine import console
from omi_core.engine.background import begin, result
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import this_control
from omi_core.inventory.model import Environment

_READING = "zones"


def begin_reading(environment: Environment) -> None:
    """Read the zones while the relays answer; what this finds can only spare `records` a read."""
    if this_control() is None or environment.dns is None:
        return
    row = ctx_host.get()

    def read() -> object:
        with ctx_host.use(row):
            from omi_core.relay import zones

            return zones.read_early(environment)

    begin(_READING, read)


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
        console.noop(host, "DNS is published from the control row")
        return
    if environment.dns is None:
        console.noop(host, "no DNS service is set; `omi dns records` prints what to enter")
        return
    from omi_core.relay import zones

    yield from zones.published(environment, result(_READING))
