"""Many domains at once, one look each, in memory that does not grow with their number."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from pathlib import Path

from omi_core.errors import InputError, system_text
from omi_core.findings.contained import not_checked
from omi_core.onboarding.how import Looking
from omi_core.onboarding.judge import judge
from omi_core.onboarding.observe import observe
from omi_core.onboarding.report import DomainReport, unchecked
from omi_core.onboarding.target import Target
from omi_core.text import Text


async def look(target: Target, looking: Looking) -> DomainReport:
    """Look at one domain and judge it; whatever goes wrong is said of it."""
    return await contained(target, _looked(target, looking))


async def contained(target: Target, report: Awaitable[DomainReport]) -> DomainReport:
    """Return the report; a fault of ours, foreseen or not, is a domain that was not checked.

    One domain's records must not cost any other its result. A cancellation goes through.
    """
    try:
        return tellable(await report)
    except Exception as error:  # noqa: BLE001 - the one place where any fault ends
        return unchecked(target, not_checked(target.domain, error))


def tellable(report: DomainReport, *, whole: bool = False) -> DomainReport:
    """Return the report if it can be written, as a line or as the `whole` document of it."""
    try:
        json.dumps(report.to_json() if whole else report.to_line())
    except Exception as error:  # noqa: BLE001 - as above
        return unchecked(report.seen.target, not_checked(report.domain, error))
    return report


async def _looked(target: Target, looking: Looking) -> DomainReport:
    if target.unmade is not None:
        return unchecked(target, target.unmade)
    seen = await observe(target, looking)
    return DomainReport(seen=seen, results=judge(seen))


async def look_at_all(
    targets: Iterable[Target], looking: Looking, at_once: int
) -> AsyncIterator[DomainReport]:
    """Yield reports as they come; no more than `at_once` domains are in memory."""
    waiting = iter(targets)
    running: set[asyncio.Task[DomainReport]] = set()
    try:
        while True:
            for target in _next(waiting, at_once - len(running)):
                running.add(asyncio.create_task(look(target, looking)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
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


class Lines:
    """The JSON lines of an earlier run: which domains it has, and what it said of each.

    A line that was cut off when the run ended is left out, so that its domain is looked at again.
    """

    def __init__(self, path: str, *, must_exist: bool) -> None:
        self._said: dict[str, bytes] = {}
        self.codes: set[int] = set()
        try:
            with Path(path).open(encoding="utf-8") as lines:
                for line in lines:
                    self._take(line)
        except FileNotFoundError:
            if must_exist:
                raise InputError(
                    "{path!r} is not there; it is what an earlier run wrote", path=path
                ) from None
        except (OSError, UnicodeDecodeError) as error:
            reason = system_text(error) if isinstance(error, OSError) else Text("it is not UTF-8")
            raise InputError(
                "{path!r} cannot be read: {reason}", path=path, reason=reason
            ) from None

    def __contains__(self, domain: str) -> bool:
        return domain in self._said

    def has_changed(self, line: dict[str, object]) -> bool:
        """Whether a domain is new, or something else is said of it than then."""
        return self._said.get(str(line["domain"])) != _verdict(line)

    def _take(self, text: str) -> None:
        try:
            line = json.loads(text)
            self._said[line["domain"]] = _verdict(line)
            self.codes.add(int(line["exit_code"]))
        except (ValueError, KeyError, TypeError):
            return


def _verdict(line: dict[str, object]) -> bytes:
    """Return what is compared: the status and the findings, without times."""
    said = json.dumps([line["status"], line["findings"], line["unseen"]], sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=12).digest()
