"""The last step of a deploy: what it changed is looked at from outside, by `gate.py`.

A run that changed nothing does not pay for the import of all that looks.
"""

from collections.abc import Generator

from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.engine import console
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import Relay


@operation()
@refusing
def customers_view(relay: Relay) -> Generator[PyinfraCommand]:
    """Look at the relay as a customer does, if this run changed it; put back what broke it.

    Belongs at the end of a deploy. No account is needed, and no mail is sent.
    """
    if not _is_changed():
        console.noop(host, "nothing changed on this relay, so it is not looked at again")
        return
    from omi_core.relay import gate

    yield FunctionCommand(gate.passed, (relay,), {})


def _is_changed() -> bool:
    """Whether an operation before this one changes, or did change, the host."""
    if not state.is_executing and not state.should_check_for_changes():
        return True
    metas = [data.operation_meta for data in state.ops[host].values()]
    if state.is_executing:
        return any(meta.is_complete() and meta.did_change() for meta in metas)
    return any(meta.will_change for meta in metas)
