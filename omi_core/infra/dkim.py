"""Making DKIM keys on one relay and carrying them to the others.

A private key travels through this process's memory over two SSH connections, never to this
machine's disk and never to an output. Two operations, because a key must be made before another
relay can fetch it; between them they look at each relay once a run when nothing is to be done.
"""

from collections.abc import Generator

import gevent
from gevent.lock import RLock
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.errors import ObservationError
from omi_core.infra.dkim_keys import (
    MAKE,
    READ,
    RECEIVE,
    DkimKeys,
    HostKeys,
    KeyName,
    Lack,
    lack_of,
    signing_selectors,
    to_make,
    to_read,
    unknown_keys,
    wanted_keys,
)
from omi_core.infra.inventory import relay_rows
from omi_core.infra.memory import RunMemory
from omi_core.infra.refusal import refusing
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.settings import Environment, Relay

_lock = RLock()
_held: RunMemory[dict[str, HostKeys]] = RunMemory()


@operation()
@refusing
def made(relay: Relay) -> Generator[StringCommand]:
    """Make the keys that no relay has, on the first relay asked; guard those that are here."""
    lack = _lack(relay)
    if not lack.make and not lack.guard:
        host.noop("no DKIM key is to be made here")
        return
    for key in lack.make:
        host.log(f"dkim: no relay has the key of {key.domain.relative}; {key.selector} is made")
    for key in lack.guard:
        host.log(f"dkim: {key.stem} could be read or changed by others; they are shut out")
    yield StringCommand("sh", "-c", QuoteString(MAKE), _stdin=to_make(lack.make))
    _look_again(relay.environment)


@operation()
@refusing
def carried(relay: Relay) -> Generator[StringCommand]:
    """Fetch the keys that another relay has and this one lacks."""
    lack = _lack(relay)
    if not lack.fetch:
        host.noop("every DKIM key is here")
        return
    for source, keys in lack.fetch.items():
        for key in keys:
            host.log(f"dkim: {key.stem} comes from {source}")
        yield StringCommand("true")  # what follows runs only while executing
        archive = _read(source, keys)
        yield StringCommand("sh", "-c", QuoteString(RECEIVE), _stdin=archive.unmask())
    _look_again(relay.environment)


def _lack(relay: Relay) -> Lack:
    running = {row.name for row in relay_rows() if row in state.active_hosts}
    return lack_of(
        host.name, wanted_keys(relay.environment), order(), held(relay.environment), running
    )


def signable(relay: Relay) -> frozenset[Fqdn]:
    """The sender domains whose every signing key is on this host.

    While preparing, the keys that this run is about to make or fetch count as present.
    """
    if not state.is_executing:
        return frozenset(relay.environment.sender_domains)
    here = held(relay.environment)[host.name]
    return frozenset(
        domain
        for domain in relay.environment.sender_domains
        if all(KeyName(domain, s).stem in here for s in signing_selectors(relay.environment))
    )


def held(environment: Environment) -> dict[str, HostKeys]:
    """Return the keys on each relay that could be asked, looked up once in each stage of a run.

    A relay outside `--limit` is asked as soon as a key is found nowhere else: were one made
    beside it, half of the customer's mail would bear a signature that no record verifies.
    Raises ObservationError when such a relay cannot be reached.
    """
    with _lock:
        stages = _held.now()
        if state.current_stage.name not in stages:
            stages[state.current_stage.name] = _ask_all(wanted_keys(environment))
        return stages[state.current_stage.name]


def _ask_all(wanted: tuple[KeyName, ...]) -> dict[str, HostKeys]:
    rows = relay_rows()
    found = _ask([row for row in rows if row.connected])
    if missing := unknown_keys(wanted, found):
        others = [row for row in rows if not row.connected]
        for row in others:
            _connect(row, missing[0])
        found |= _ask(others)
    return found


def _ask(rows: list[Host]) -> dict[str, HostKeys]:
    jobs = {row.name: gevent.spawn(row.get_fact, DkimKeys) for row in rows}
    return {name: job.get() for name, job in jobs.items()}


def _connect(row: Host, key: KeyName) -> None:
    try:
        row.connect(reason="to look for DKIM keys", show_errors=False, raise_exceptions=True)
    except ConnectError as error:
        raise ObservationError(
            f"the key of {key.domain.relative} is on no relay that could be asked, and"
            f" {row.name} cannot be reached ({error}); bring it back, or take it out of the"
            " inventory if it is lost for good"
        ) from None


def _look_again(environment: Environment) -> None:
    held(environment)[host.name] = host.get_fact(DkimKeys)


def _read(source: str, keys: tuple[KeyName, ...]) -> Secret:
    row = next(row for row in relay_rows() if row.name == source)
    # Straight to the connector: a fact's or an operation's output is printed with -vvv.
    status, output = row.run_shell_command(
        StringCommand(READ), print_output=False, print_input=False, _stdin=to_read(keys)
    )
    if not status:
        raise ObservationError(f"{source} did not hand over its DKIM keys; run again")
    return Secret(output.stdout)


def order() -> tuple[str, ...]:
    """The names of the relays in the inventory's order, which decides whose key is right."""
    return tuple(row.name for row in relay_rows())
