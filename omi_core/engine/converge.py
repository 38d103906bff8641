"""How anything becomes true on a host.

One operation and one fact serve all components: a run with nothing to do is one command; otherwise
the files are staged, judged by the daemon's checker, made live by rename, and the daemon is asked
whether it serves.
"""

from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex

from gevent.lock import Semaphore
from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.engine import console, events, prefetch
from omi_core.engine.archive import Member, pack
from omi_core.engine.component import Component, members
from omi_core.engine.component_state import (
    ROOT,
    ComponentState,
    ObservedComponent,
    needs_restart,
    reasons,
)
from omi_core.engine.difference import show_differences
from omi_core.engine.memory import RunMemory
from omi_core.engine.refusal import failing
from omi_core.engine.trial.trial import Trial, on_trial


@dataclass(slots=True)
class RestartQueue:
    """Whose daemons are restarted now, and which relay's did not come back."""

    turn: Semaphore = field(default_factory=Semaphore)
    failed: str = ""


_restarts: RunMemory[RestartQueue] = RunMemory()


def converge(wanted: Component, seen: ComponentState) -> Generator[PyinfraCommand]:
    """Yield the commands that make `wanted` true, or none when the host is like that already.

    Each failing command ends the run on this host.
    """
    if not (why := reasons(wanted, seen)):
        _say_up_to_date(wanted)
        return
    announce(wanted, seen, why)
    stage, check, activate = steps(wanted)
    yield stage
    yield check
    if not needs_restart(wanted, seen):
        yield activate
        return
    with _turn_to_restart() as queue:
        if queue.failed:
            yield failing(f"{queue.failed} does not serve since its restart: nothing changes here")
        yield activate


@contextmanager
def _turn_to_restart() -> Iterator[RestartQueue]:
    """Wait until no other relay of the run restarts a daemon.

    What follows a command that fails is not reached: pyinfra closes the generator there.
    """
    queue = _restarts.now().setdefault("all", RestartQueue())
    name = host.name
    with queue.turn:
        try:
            yield queue
        except GeneratorExit:
            queue.failed = queue.failed or name
            raise


def steps(wanted: Component) -> tuple[StringCommand, StringCommand, StringCommand]:
    """Return the commands that stage, check and activate `wanted`.

    Before the last one nothing live is touched; the last one puts the previous files back when
    the daemon does not serve with the new ones.
    """
    here = f"{ROOT}/{wanted.name}"
    # A stage of its own for each run: another operator's must not replace what this one checked.
    stage = f"stage.{token_hex(8)}"
    return (
        StringCommand(
            f"umask 077 && mkdir -p {here} && cd {here}"
            " && find . -maxdepth 1 -name 'stage.*' -mmin +60 -exec rm -rf {} +"
            f" && mkdir {stage} && base64 -d | tar -x -C {stage}",
            _stdin=pack((*members(wanted), _fingerprint(wanted))),
        ),
        StringCommand(
            f"umask 077 && cd {here}/{stage} && STAGE={here}/{stage}/tree && export STAGE"
            " && sh ./build && sh ./check"
        ),
        StringCommand(f"cd {here} && sh {stage}/activate"),
    )


def announce(wanted: Component, seen: ComponentState, why: Collection[str]) -> None:
    """Log the plan once: while preparing, or while executing where nothing was prepared."""
    if state.is_executing and state.should_check_for_changes():
        return
    events.component_differs(host, wanted.name, why)
    for sentence in why:
        console.log(host, f"{wanted.name}: {sentence}")
    if state.config.DIFF:
        show_differences(wanted, seen)


def ensure(wanted: Component) -> Generator[PyinfraCommand]:
    """Look at the host and yield what makes `wanted` true; inside another operation."""
    if (seen := _differing(wanted)) is not None:
        yield from converge(wanted, seen)


def ensure_on_trial(wanted: Component, trial: Trial) -> Generator[PyinfraCommand]:
    """Do as `ensure` does, but activate only what a new login has got through."""
    seen = _differing(wanted)
    if seen is None:
        return
    if not (why := reasons(wanted, seen)):
        _say_up_to_date(wanted)
        return
    announce(wanted, seen, why)
    stage, check, activate = steps(wanted)
    yield stage
    yield check
    yield from on_trial(trial, activate)


def _differing(wanted: Component) -> ComponentState | None:
    """Return what is seen on the host; None where the prefetch has seen that all is well."""
    seen = prefetch.cached_fact(host, ObservedComponent, component_name=wanted.name)
    if seen is not None and not reasons(wanted, seen):
        _say_up_to_date(wanted)
        return None
    return host.get_fact(ObservedComponent, component_name=wanted.name, paths=wanted.paths)


@operation()
def component(wanted: Component) -> Generator[PyinfraCommand]:
    """Make `wanted` true on the host; one command when it already is."""
    yield from ensure(wanted)


def _say_up_to_date(wanted: Component) -> None:
    console.noop(host, f"{wanted.name} is up to date")


def _fingerprint(wanted: Component) -> Member:
    return Member(name="fingerprint", content=f"{wanted.fingerprint}\n".encode())
