"""What a run reports to the program that started it: a JSON object a line, beside what people read.

`--data events=FILE` names the file; without it nothing is written. A run that is not to change
anything, `pyinfra --dry`, reports what it would do: there, pyinfra has each operation say so while
it prepares. Nothing secret is among it: paths, names of steps, and records of DNS.
"""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra.api.host import Host
from pyinfra.context import host, state

from omi_core.engine.memory import RunMemory

if TYPE_CHECKING:
    from omi_core.dns.plan import Plan


def report(event: str, **values: object) -> None:
    """Append one event with its values, which JSON must be able to hold."""
    if file := host.data.get("events"):
        with Path(str(file)).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"event": event, **values}) + "\n")


_steps: RunMemory[str] = RunMemory()


def is_asked_for(row: Host) -> bool:
    """Whether this run only looks, and somebody wants to know what it sees."""
    return bool(
        row.data.get("events") and not state.is_executing and state.should_check_for_changes()
    )


def begin_step(row: Host, step: str) -> None:
    """Say which step the operations of this row belong to from now on."""
    _steps.now()[row.name] = step


def component_differs(row: Host, name: str, reasons: Iterable[str]) -> None:
    """Report why a component on this row is not what is wanted."""
    if is_asked_for(row):
        _report(row, "component", component=name, reasons=list(reasons))


def packages_missing(row: Host, missing: Iterable[str]) -> None:
    """Report which packages this row lacks."""
    if is_asked_for(row):
        _report(row, "packages", missing=list(missing))


def zone_planned(row: Host, plan: "Plan") -> None:
    """Report what differs in a zone, or nothing where it was read and is right."""
    if is_asked_for(row):
        changes = json.loads(plan.to_json())["changes"]
        refusals = [each.en for each in plan.refusals]
        _report(row, "zone", zone=plan.zone.relative, changes=changes, refusals=refusals)


def end_row(row: Host, following: Collection[str]) -> None:
    """Report each step of this row, and whether it would do something; then that all were seen.

    Those that are `following` only act where another one did.
    """
    if not is_asked_for(row):
        return
    for operation, data in state.ops[row].items():
        [name, *_] = state.op_meta[operation].names
        if name not in following:
            changes = data.operation_meta.will_change
            report("step", row=row.name, step=name, changes=changes)
    report("row", row=row.name)


def _report(row: Host, event: str, **values: object) -> None:
    step = _steps.now().get(row.name, "")
    report(event, row=row.name, step=step, **values)
