"""What `omi queue` asks, brought to each relay, and the answer brought back: one round trip."""

from collections.abc import Generator
from pathlib import Path

from pyinfra.api.command import FunctionCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.engine.events import report
from omi_core.engine.given.key import DataKey, filled
from omi_core.engine.login import root
from omi_core.engine.refusal import refusing
from omi_core.errors import InputError
from omi_core.inventory.model import Relay
from omi_core.relay.queue import PROGRAM

REQUEST = DataKey(name="request", judge=filled, is_listed=False)


@operation()
@refusing
def asked(relay: Relay) -> Generator[FunctionCommand]:
    """Hand over the request in `--data request=FILE`; report what the relay answers."""
    file = host.data.get(REQUEST.name)
    if not file:
        raise InputError("the queue is asked by 'omi queue', which says what")
    yield FunctionCommand(_ask, (relay, Path(str(file)).read_text("utf-8")), {})


def _ask(state: State, host: Host, relay: Relay, request: str) -> bool:  # noqa: ARG001 - pyinfra's signature
    script = StringCommand("python3", "-I", QuoteString(PROGRAM), "answer", _stdin=f"{request}\n")
    is_done, output = root.run(host, script)
    name = relay.name.relative
    if is_done:
        report("queue", relay=name, answer=output.stdout)
    else:
        report("queue", relay=name, problem=output.stderr[:300])
    return is_done
