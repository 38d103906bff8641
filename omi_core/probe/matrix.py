"""The whole run: names are looked up, all cells looked at together, then everything judged."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from omi_core.certificates.served import fingerprint
from omi_core.findings.contained import not_checked
from omi_core.findings.verdict import CheckResult, unknown
from omi_core.names import Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.checklist import judge_cell, unchecked_cell
from omi_core.probe.context import (
    SMTP_PORT,
    Address,
    CheckContext,
    ProbeInputs,
    agreed,
    most_common,
    open_elsewhere,
    plain_ports,
)
from omi_core.probe.name_seen import NameSeen, Resolver, given
from omi_core.probe.observation import CellSeen, Step
from omi_core.probe.observe import observe
from omi_core.probe.probe import Probe
from omi_core.probe.report import CellReport, NameReport, Report, cell_report, masked
from omi_core.probe.rules.between import greeter
from omi_core.probe.rules.name import judge_name
from omi_core.probe.rules.name_texts import NAME_RESOLVES
from omi_core.probe.rules.tls import is_sound
from omi_core.smtp.listeners import ACCESSES, Access
from omi_core.text import Text

FAMILIES = (4, 6)


async def verify(
    names: Iterable[Fqdn],
    probe: Probe,
    *,
    resolver: Resolver | None = None,
    addresses: Mapping[Fqdn, tuple[Address, ...]] | None = None,
    accesses: Iterable[Access] = ACCESSES,
    only: Mapping[Fqdn, tuple[Access, ...]] | None = None,
    families: Iterable[int] = FAMILIES,
) -> Report:
    """Look at every cell of the matrix at once and return what was found.

    `addresses` are used instead of DNS for the names in it, and `only` its ways in instead of
    `accesses`. Returns within the probe's bounds,
    whatever the servers do; raises InputError for nothing a server says.
    """
    began, start = datetime.now(UTC), time.monotonic()
    accesses = tuple(accesses)
    seen_names = await _look_up(names, addresses or {}, resolver)
    cells = [
        Cell(name=seen.name, address=each.address, access=access)
        for seen in seen_names
        for each in seen.addresses
        if each.address.version in set(families)
        for access in (only or {}).get(seen.name) or accesses
    ]
    for cell in cells:
        probe.turns.expect(cell)
    seen_cells = await asyncio.gather(*(_observed(cell, probe) for cell in cells))
    return _judged(seen_names, seen_cells, probe, began, time.monotonic() - start)


async def _observed(cell: Cell, probe: Probe) -> CellSeen | CellReport:
    """Look at a cell; a fault of ours is this cell's alone, and keeps no other waiting."""
    try:
        return await observe(cell, probe)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still looked at
        await probe.turns.leaves(cell)
        return unchecked_cell(cell, not_checked(cell.subject, error, in_words=False))


async def _look_up(
    names: Iterable[Fqdn],
    addresses: Mapping[Fqdn, tuple[Address, ...]],
    resolver: Resolver | None,
) -> list[NameSeen]:
    asking = resolver

    async def one(name: Fqdn) -> NameSeen:
        nonlocal asking
        if name in addresses:
            return given(name, addresses[name])
        try:
            asking = asking or Resolver()
            return await asking.look_up(name)
        except Exception as error:  # noqa: BLE001 - as for a cell
            not_checked(name.relative, error, in_words=False)
            why = Text.plain(type(error).__name__)
            return NameSeen(name=name, problems={"IPv4": why, "IPv6": why})

    return list(await asyncio.gather(*(one(name) for name in names)))


def _judged(
    names: Iterable[NameSeen],
    cells: Iterable[CellSeen | CellReport],
    probe: Probe,
    began: datetime,
    seconds: float,
) -> Report:
    cells = list(cells)
    context = _context([each for each in cells if isinstance(each, CellSeen)], probe, began)
    return Report(
        began=began,
        seconds=seconds,
        names=tuple(
            NameReport(
                name=seen.name,
                results=_of_name(seen, probe),
            )
            for seen in names
        ),
        cells=tuple(_of_cell(seen, context, probe) for seen in cells),
    )


def _of_name(seen: NameSeen, probe: Probe) -> tuple[CheckResult, ...]:
    try:
        judged = judge_name(seen, probe.expectation)
        results = tuple(masked(each, probe.redactor) for each in judged)
        json.dumps([each.to_json() for each in results])
    except Exception as error:  # noqa: BLE001 - as for a cell
        why = not_checked(seen.name.relative, error, in_words=False)
        return (CheckResult(check=NAME_RESOLVES, verdict=unknown(why)),)
    return results


def _of_cell(seen: CellSeen | CellReport, context: CheckContext, probe: Probe) -> CellReport:
    if isinstance(seen, CellReport):  # it could not be looked at
        return seen
    try:
        report = cell_report(seen, judge_cell(seen, context), probe.redactor)
        json.dumps(report.to_json())
    except Exception as error:  # noqa: BLE001 - as for looking at it
        why = not_checked(seen.cell.subject, error, in_words=False)
        return unchecked_cell(seen.cell, why)
    return report


def _context(cells: list[CellSeen], probe: Probe, now: datetime) -> CheckContext:
    asked = ProbeInputs(
        account=probe.credentials is not None,
        sender=probe.sender is not None,
        recipient=probe.recipient is not None,
        smuggling=probe.smuggling_to is not None,
    )
    first = CheckContext(expectation=probe.expectation, asked=asked, now=now)
    return CheckContext(
        expectation=probe.expectation,
        asked=asked,
        now=now,
        open_elsewhere=open_elsewhere(cells),
        plain_ports=plain_ports(cells),
        greeters=agreed(
            (seen.cell.address, name)
            for seen in cells
            if seen.cell.access.port != SMTP_PORT and (name := _greeter(seen))
        ),
        leaves=most_common(
            (seen.cell.address, fingerprint(seen.look.tls))
            for seen in cells
            if seen.look.tls is not None and _is_sound(seen, first)
        ),
    )


def _greeter(seen: CellSeen) -> str:
    try:
        return greeter(seen.look.replies.get(Step.BANNER))
    except Exception:  # noqa: BLE001 - its own cell says why
        return ""


def _is_sound(seen: CellSeen, context: CheckContext) -> bool:
    try:
        return is_sound(seen, context)
    except Exception:  # noqa: BLE001 - its own cell says why
        return False
