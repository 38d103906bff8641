"""Whether a relay waits for something: a restart, a reboot, or updates that came to no end."""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine import console
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import Relay
from omi_core.relay.updates.files import SCRIPT


@operation()
@refusing
def software(relay: Relay) -> Generator[PyinfraCommand]:
    """Ask the relay's own program; what waits is printed, and fails the row."""
    if relay.environment.updates is None:
        console.noop(host, "its inventory leaves updates to somebody else")
        return
    yield StringCommand("sh", SCRIPT, "waiting")
