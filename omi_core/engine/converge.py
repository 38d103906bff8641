"""How anything becomes true on a host.

One operation and one fact serve all components: a run with nothing to do is one command; otherwise
the files are staged, judged by the daemon's checker, made live by rename, and the daemon is asked
whether it serves.
"""

from collections.abc import Collection, Generator
from secrets import token_hex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.engine import console, events, prefetch
from omi_core.engine.archive import Member, pack
from omi_core.engine.component import Component, members
from omi_core.engine.component_state import ROOT, ComponentState, ObservedComponent, reasons
from omi_core.engine.difference import show_differences


def converge(wanted: Component, seen: ComponentState) -> Generator[StringCommand]:
    """Yield the commands that make `wanted` true, or none when the host is like that already.

    Each failing command ends the run on this host.
    """
    if not (why := reasons(wanted, seen)):
        _say_up_to_date(wanted)
        return
    announce(wanted, seen, why)
    yield from steps(wanted)


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


def ensure(wanted: Component) -> Generator[StringCommand]:
    """Look at the host and yield what makes `wanted` true; inside another operation."""
    seen = prefetch.cached_fact(host, ObservedComponent, component_name=wanted.name)
    if seen is not None and not reasons(wanted, seen):
        _say_up_to_date(wanted)
        return
    seen = host.get_fact(ObservedComponent, component_name=wanted.name, paths=wanted.paths)
    yield from converge(wanted, seen)


@operation()
def component(wanted: Component) -> Generator[StringCommand]:
    """Make `wanted` true on the host; one command when it already is."""
    yield from ensure(wanted)


def _say_up_to_date(wanted: Component) -> None:
    console.noop(host, f"{wanted.name} is up to date")


def _fingerprint(wanted: Component) -> Member:
    return Member(name="fingerprint", content=f"{wanted.fingerprint}\n".encode())
