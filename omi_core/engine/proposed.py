"""What a run would do, as values for the program that started it: see `events.py`.

Only a run that is not to change anything reports it, `pyinfra --dry`; there, pyinfra has each
operation say what it would do while it prepares. Nothing secret is among it: paths, names of
steps and components, and records of DNS, which are public.
"""

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pyinfra.context import host, state

from omi_core.engine import events
from omi_core.engine.memory import RunMemory

if TYPE_CHECKING:
    from omi_core.dns.plan import Plan

_steps: RunMemory[str] = RunMemory()


def is_asked_for() -> bool:
    """Whether this run only looks, and somebody wants to know what it sees."""
    return bool(
        host.data.get("events") and not state.is_executing and state.should_check_for_changes()
    )


def begin(step: str) -> None:
    """Say which step the operations of this row belong to from now on."""
    _steps.now()[host.name] = step


def component(name: str, reasons: Iterable[str]) -> None:
    """Report why a component on this row is not what is wanted."""
    if is_asked_for():
        _report("component", component=name, reasons=list(reasons))


def packages(missing: Iterable[str]) -> None:
    """Report which packages this row lacks."""
    if is_asked_for():
        _report("packages", missing=list(missing))


def zone(plan: "Plan") -> None:
    """Report what differs in a zone, or nothing where it was read and is right."""
    if is_asked_for():
        changes = json.loads(plan.to_json())["changes"]
        refusals = [each.en for each in plan.refusals]
        _report("zone", zone=plan.zone.relative, changes=changes, refusals=refusals)


def row(following: Collection[str]) -> None:
    """Report each step of this row, and whether it would do something; then that all were seen.

    Those that are `following` only act where another one did.
    """
    if not is_asked_for():
        return
    for operation, data in state.ops[host].items():
        [name, *_] = state.op_meta[operation].names
        if name not in following:
            changes = data.operation_meta.will_change
            events.report("step", row=host.name, step=name, changes=changes)
    events.report("row", row=host.name)


def _report(event: str, **values: object) -> None:
    step = _steps.now().get(host.name, "")
    events.report(event, row=host.name, step=step, **values)
