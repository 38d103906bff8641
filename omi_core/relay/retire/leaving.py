"""Which relay leaves, how far it has come, and how this run speaks to it.

How far is remembered on the relay itself, so that a run that was killed goes on, from any machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.context import host

from omi_core.dns.publication import ADDRESS_TTL
from omi_core.engine.given.key import DataKey, text
from omi_core.engine.login import root
from omi_core.engine.rows import all_relays, relay_rows
from omi_core.errors import InputError, ObservationError
from omi_core.inventory.model import Relay
from omi_core.names import Fqdn

PATIENCE_S = 600
_LONGEST_NUMBER = 6  # digits; eleven days
MARKS = "/var/lib/omi-retiring"
# Since when DNS leads elsewhere; when the queue was empty for good; when the keys were gone.
LED_AWAY, EMPTIED, ERASED = "led-away", "emptied", "erased"


def _seconds(written: str) -> int:
    if not written.isdecimal() or not written.isascii() or len(written) > _LONGEST_NUMBER:
        raise InputError("must be a number of seconds, not {written!r}", written=written)
    return int(written)


RETIRE = text("retire", Fqdn.parse)
WAIT, PATIENCE = text("wait", _seconds), text("patience", _seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The relay that leaves, and all relays in the inventory's order.

    `wait_s` is how long resolvers may lead customers to it, `patience_s` how long mail that is on
    its way is waited for, in seconds.
    """

    relay: Relay
    everybody: tuple[Relay, ...]
    wait_s: int = ADDRESS_TTL
    patience_s: int = PATIENCE_S

    @property
    def others(self) -> tuple[Relay, ...]:
        """Those that stay."""
        return tuple(each for each in self.everybody if each.name != self.relay.name)

    @property
    def name(self) -> str:
        """The name of its row."""
        return self.relay.name.relative


def leaving() -> Leaving:
    """Return what `--data retire=NAME` says, with `wait` and `patience`; raises InputError."""
    written = str(host.data.get(RETIRE.name) or "")
    if not written:
        raise InputError("say which relay leaves: --data retire=NAME")
    name, relays = Fqdn.parse(written), all_relays()
    found = [each for each in relays if each.name == name]
    if not found:
        raise InputError(
            "{name} is no relay of this inventory, which has {names}",
            name=name.relative,
            names=", ".join(each.name.relative for each in relays),
        )
    gone = Leaving(
        relay=found[0],
        everybody=relays,
        wait_s=_seconds_of(WAIT, ADDRESS_TTL),
        patience_s=_seconds_of(PATIENCE, PATIENCE_S),
    )
    if not gone.others:
        raise InputError("{name} is the last relay and cannot be retired", name=name.relative)
    return gone


def _seconds_of(key: DataKey, default: int) -> int:
    return _seconds(str(host.data.get(key.name, default)))


class RetireMarks(FactBase[Mapping[str, int]]):
    """What is remembered on a relay that leaves: the time of each step that is done."""

    def command(self) -> StringCommand:
        """Print a name and a time a line."""
        return StringCommand(f"cd {MARKS} 2>/dev/null && grep -H . * 2>/dev/null | tr : ' ' || :")

    @staticmethod
    def default() -> Mapping[str, int]:
        """Nothing is done yet."""
        return {}

    def process(self, output: list[str]) -> Mapping[str, int]:
        """Read the lines; what a login shell says beside them is passed over."""
        words = (line.split() for line in output)
        return {each[0]: int(each[1]) for each in words if len(each) == 2 and each[1].isdecimal()}  # noqa: PLR2004 - name and time


def row_of(relay: Relay) -> Host:
    """Return the row of a relay; raises ObservationError where this run has no connection."""
    row = next(each for each in relay_rows() if each.name == relay.name.relative)
    if not row.connected:
        raise ObservationError("{name} is not part of this run", name=row.name)
    return row


def marks_of(relay: Relay) -> Mapping[str, int]:
    """Return how far it has come; looked up anew each time."""
    found: Mapping[str, int] = row_of(relay).get_fact(RetireMarks)
    return found


def mark(row: Host, step: str, seconds: int) -> None:
    """Remember that a step is done, unless that is remembered already."""
    run(row, f"mkdir -p {MARKS} && test -f {MARKS}/{step} || echo {seconds} > {MARKS}/{step}")


def run(row: Host, script: str, given: str = "", *words: str) -> list[str]:
    """Run a shell script on a relay and return its lines; nothing of either is shown.

    Raises ObservationError with the last line of what it says where it fails.
    """
    command = StringCommand("sh", "-c", QuoteString(script), "sh", *map(QuoteString, words))
    # An empty input would stay open.
    command.connector_arguments["_stdin"] = given or "\n"
    is_done, output = root.run(row, command)
    if not is_done:
        said = output.stderr_lines[-1:] or ["it said nothing"]
        raise ObservationError("{name}: {said}", name=row.name, said=said[0][:300])
    return output.stdout_lines
