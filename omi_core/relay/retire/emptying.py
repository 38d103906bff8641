"""The queue of a relay that leaves: closed to new mail, sent, and the rest handed over.

The files go as Postfix wrote them (`omi_core.queue.handover`), through this process's memory: a
mail arrives as it was signed, with its envelope, its time and its marks, and is counted and judged
once.
"""

import time
from collections.abc import Callable, Generator, Iterator
from importlib import resources

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.engine import console, events
from omi_core.engine.refusal import refusing
from omi_core.errors import ObservationError, OmiError
from omi_core.inventory.model import Relay
from omi_core.relay.retire import scripts
from omi_core.relay.retire.leaving import (
    EMPTIED,
    LED_AWAY,
    Leaving,
    leaving,
    mark,
    marks_of,
    row_of,
    run,
)

_POLL_S = 1.0
_LONGEST_ATTEMPT_S = 900  # of smtp(8): it waits ten minutes for the answer to a mail
_BATCH = 200  # mails, or
_BATCH_OCTETS = 16 * 1024 * 1024

Work = Callable[[Leaving], None]


@operation()
@refusing
def closed(relay: Relay) -> Generator[FunctionCommand]:
    """Wait until no resolver leads customers here, and then answer 421 to whoever comes."""
    yield from _of_the_leaving(relay, _close)


@operation()
@refusing
def drained(relay: Relay) -> Generator[FunctionCommand]:
    """Try to deliver once more all that waits."""
    yield from _of_the_leaving(relay, _drain)


@operation()
@refusing
def handed_over(relay: Relay) -> Generator[FunctionCommand]:
    """Stop sending, and bring what still waits into the queue of the first relay that stays."""
    yield from _of_the_leaving(relay, _hand_over)


def _of_the_leaving(relay: Relay, work: Work) -> Generator[FunctionCommand]:
    gone = leaving()
    if relay.name != gone.relay.name:
        console.noop(host, f"it is about {gone.name}")
    elif EMPTIED in marks_of(relay):
        console.noop(host, "its queue is empty, and nothing comes into it")
    else:
        yield FunctionCommand(_done, (work, gone), {})


def _done(
    state: State,  # noqa: ARG001 - pyinfra's signature
    host: Host,
    work: Work,
    gone: Leaving,
) -> bool:
    try:
        work(gone)
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    return True


def _close(gone: Leaving) -> None:
    row = row_of(gone.relay)
    left = marks_of(gone.relay)[LED_AWAY] + gone.wait_s - time.time()
    if left > 0:
        console.log(row, f"retire: resolvers may lead customers here for {left:.0f} s more")
        time.sleep(left)
    run(row, scripts.CLOSE)
    console.log(row, "retire: whoever connects is told 421 now")


def _drain(gone: Leaving) -> None:
    row = row_of(gone.relay)
    run(row, scripts.FLUSH)
    deadline = time.monotonic() + gone.patience_s
    while True:
        on_the_way, put_off = (int(word) for word in run(row, scripts.WAITING)[-1].split())
        if not on_the_way or time.monotonic() > deadline:
            break
        time.sleep(_POLL_S)
    console.log(row, f"retire: {on_the_way + put_off} mails could not be delivered yet")


def _hand_over(gone: Leaving) -> None:
    source, target = row_of(gone.relay), row_of(gone.others[0])
    _stop(source)
    _require_no_older(source, target)
    mails = _listed(source)
    _activate(source, target)  # what an earlier run has staged and put aside
    for batch in _batches(mails):
        names = "".join(f"{name}\n" for name in batch)
        lines = _queue(source, ["send"], names)
        safe = _queue(target, ["stage", source.name], "".join(f"{line}\n" for line in lines))
        if sorted(safe) != sorted(batch):
            raise ObservationError("{name} did not take every mail; run again", name=target.name)
        _queue(source, ["aside"], names)
        _activate(source, target)
    if _listed(source):
        raise ObservationError("{name} still has mails; run again", name=source.name)
    mark(source, EMPTIED, int(time.time()))
    console.log(source, f"retire: {len(mails)} mails were handed over to {target.name}")
    events.report("handed-over", relay=source.name, to=target.name, mails=len(mails))


def _stop(source: Host) -> None:
    """Let attempts that are under way come to their end, and stop Postfix."""
    run(source, scripts.QUIESCE)
    deadline = time.monotonic() + _LONGEST_ATTEMPT_S
    while int(run(source, scripts.SENDING)[-1]):
        if time.monotonic() > deadline:
            raise ObservationError("{name} is still sending a mail; run again", name=source.name)
        time.sleep(_POLL_S)
    run(source, scripts.STOP)


def _require_no_older(source: Host, target: Host) -> None:
    """A newer Postfix reads what an older one wrote; the other way round nobody promises."""
    ours, theirs = (_version(row) for row in (source, target))
    if theirs < ours and _listed(source):
        raise ObservationError(
            "{name} has an older Postfix, which may not read the queue of {source}; let it deliver "
            "for longer (--data patience=SECONDS), or upgrade the other relay first",
            name=target.name,
            source=source.name,
        )


def _version(row: Host) -> tuple[int, ...]:
    words = run(row, scripts.VERSION)[-1].split(".")[:2]
    return tuple(int(word) for word in words if word.isdecimal())


def _listed(row: Host) -> list[tuple[str, int]]:
    """Return id and size of each mail in its queue."""
    words = (line.split() for line in _queue(row, ["list"]))
    return [(name, int(size)) for _, name, size in words]


def _activate(source: Host, target: Host) -> None:
    gone = "".join(f"{name}\n" for name in _queue(source, ["list-aside"]))
    _queue(target, ["activate", source.name], gone)
    run(target, scripts.PICK_UP)


def _batches(mails: list[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield so many ids as fit into memory well."""
    batch: list[str] = []
    octets = 0
    for name, size in mails:
        if batch and (len(batch) >= _BATCH or octets + size > _BATCH_OCTETS):
            yield batch
            batch, octets = [], 0
        batch.append(name)
        octets += size
    if batch:
        yield batch


def _queue(row: Host, words: list[str], given: str = "") -> list[str]:
    """Run the program of `omi_core.queue.handover` on a relay."""
    program = (resources.files("omi_core.queue") / "handover.py").read_text("utf-8")
    script = 'program=$1; shift; exec python3 -I -c "$program" "$@"'
    return run(row, script, given, program, *words)
