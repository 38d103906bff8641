"""The whole run: names are looked up, all cells looked at together, then everything judged."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from omi_core.checks.around import Address, Around, Asked, most_common, open_elsewhere, plain_ports
from omi_core.checks.cell import LISTENERS, Cell, Listener
from omi_core.checks.certificate import fingerprint
from omi_core.checks.checklist import judge_cell
from omi_core.checks.judge_name import judge_name
from omi_core.checks.judge_tls import is_sound
from omi_core.checks.name_seen import NameSeen, Resolver, given
from omi_core.checks.observation import CellSeen
from omi_core.checks.observe import observe
from omi_core.checks.probe import Probe
from omi_core.checks.report import NameReport, Report, cell_report, masked
from omi_core.names import Fqdn

FAMILIES = (4, 6)


async def verify(
    names: Iterable[Fqdn],
    probe: Probe,
    *,
    resolver: Resolver | None = None,
    addresses: Mapping[Fqdn, tuple[Address, ...]] | None = None,
    listeners: Iterable[Listener] = LISTENERS,
    families: Iterable[int] = FAMILIES,
) -> Report:
    """Look at every cell of the matrix at once and return what was found.

    `addresses` are used instead of DNS for the names in it. Returns within the probe's bounds,
    whatever the servers do; raises InputError for nothing a server says.
    """
    began, start = datetime.now(UTC), time.monotonic()
    seen_names = await _look_up(names, addresses or {}, resolver)
    cells = [
        Cell(name=seen.name, address=each.address, listener=listener)
        for seen in seen_names
        for each in seen.addresses
        if each.address.version in set(families)
        for listener in listeners
    ]
    for cell in cells:
        probe.turns.expect(cell.address)
    seen_cells = await asyncio.gather(*(observe(cell, probe) for cell in cells))
    return _judged(seen_names, seen_cells, probe, began, time.monotonic() - start)


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
        asking = asking or Resolver()
        return await asking.look_up(name)

    return list(await asyncio.gather(*(one(name) for name in names)))


def _judged(
    names: Iterable[NameSeen],
    cells: Iterable[CellSeen],
    probe: Probe,
    began: datetime,
    seconds: float,
) -> Report:
    cells = list(cells)
    around = _around(cells, probe, began)
    return Report(
        began=began,
        seconds=seconds,
        names=tuple(
            NameReport(
                name=seen.name,
                results=tuple(
                    masked(each, probe.redactor) for each in judge_name(seen, probe.expectation)
                ),
            )
            for seen in names
        ),
        cells=tuple(cell_report(seen, judge_cell(seen, around), probe.redactor) for seen in cells),
    )


def _around(cells: list[CellSeen], probe: Probe, now: datetime) -> Around:
    asked = Asked(
        account=probe.credentials is not None,
        sender=probe.sender is not None,
        recipient=probe.recipient is not None,
        smuggling=probe.smuggling_to is not None,
    )
    first = Around(expectation=probe.expectation, asked=asked, now=now)
    return Around(
        expectation=probe.expectation,
        asked=asked,
        now=now,
        open_elsewhere=open_elsewhere(cells),
        plain_ports=plain_ports(cells),
        leaves=most_common(
            (seen.cell.address, fingerprint(seen.look.tls))
            for seen in cells
            if seen.look.tls is not None and is_sound(seen, first)
        ),
    )
