"""Many domains at once, one look each, in memory that does not grow with their number."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from omi_core.findings.contained import not_checked
from omi_core.onboarding.how import Looking
from omi_core.onboarding.judge import judge
from omi_core.onboarding.observe import observe
from omi_core.onboarding.report import DomainReport, unchecked
from omi_core.onboarding.target import Target
from omi_core.printable import printable_json

_FIRST_AT_ONCE = 8
_FIRST_PATIENCE_S = 1.0

T = TypeVar("T")


async def look(target: Target, looking: Looking) -> DomainReport:
    """Look at one domain and judge it; whatever goes wrong is said of it."""
    return tellable(await contained(target, _looked(target, looking)))


async def contained(target: Target, report: Awaitable[DomainReport]) -> DomainReport:
    """Return the report; a fault of ours, foreseen or not, is a domain that was not checked.

    One domain's records must not cost any other its result. A cancellation goes through, unless it
    is of something that was waited for, such as a look-up that several shared.
    """
    try:
        return await report
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return unchecked(target, not_checked(target.domain, error))
    except Exception as error:  # noqa: BLE001 - the one place where any fault ends
        return unchecked(target, not_checked(target.domain, error))


def tellable(report: DomainReport, *, whole: bool = False) -> DomainReport:
    """Return the report if it can be written, as a line or as the `whole` document of it."""
    return told(report, lambda each: json_of(each.to_json() if whole else each.to_line()))[0]


def told(report: DomainReport, tell: Callable[[DomainReport], T]) -> tuple[DomainReport, T]:
    """Return the report and what `tell` makes of it; where it fails, that it was not checked."""
    try:
        return report, tell(report)
    except Exception as error:  # noqa: BLE001 - as above
        why = not_checked(report.domain, error)
        made = unchecked(report.seen.target, why)
    return made, tell(made)


def json_of(line: object) -> str:
    """Return one line of JSON that can be written as UTF-8; ValueError where it cannot."""
    text = printable_json(json.dumps(line, ensure_ascii=False))
    text.encode()
    return text


async def _looked(target: Target, looking: Looking) -> DomainReport:
    if target.unmade is not None:
        return unchecked(target, target.unmade)
    seen = await observe(target, looking)
    return DomainReport(seen=seen, results=judge(seen))


async def look_at_all(
    targets: Iterable[Target], looking: Looking, at_once: int
) -> AsyncGenerator[DomainReport]:
    """Yield reports as they come; no more than `at_once` domains are in memory.

    Whether one can be written is not tried here: who writes it makes its line with `told`.

    It begins with a few, so that the first results do not wait for the questions of all others
    that are asked of the same servers, at the pace that these are asked.
    """
    waiting = iter(targets)
    running: set[asyncio.Task[DomainReport]] = set()
    width = min(at_once, _FIRST_AT_ONCE)
    try:
        while True:
            for target in _next(waiting, width - len(running)):
                running.add(asyncio.create_task(contained(target, _looked(target, looking))))
            if not running:
                return
            patience_s = _FIRST_PATIENCE_S if width < at_once else None
            done, running = await asyncio.wait(
                running, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
            # Where none of the first ends, they wait for something else than for each other.
            width = min(at_once, width + 2 * len(done)) if done else at_once
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()


def _next(waiting: Iterator[Target], count: int) -> Iterator[Target]:
    for _ in range(count):
        try:
            yield next(waiting)
        except StopIteration:
            return
