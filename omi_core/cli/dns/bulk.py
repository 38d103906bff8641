"""A run over domains: each result is told as it comes, kept, and compared with an earlier one."""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, aclosing
from typing import TYPE_CHECKING

from omi_core.cli.dns.changes import DomainChange
from omi_core.cli.dns.kept import KeptLines
from omi_core.cli.dns.progress import Progress
from omi_core.cli.dns.table import printed, summary
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import colours, emit
from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.findings.verdict import Status
from omi_core.language import Language
from omi_core.onboarding.bulk import contained, json_of, look_at_all, told
from omi_core.onboarding.how import Looking
from omi_core.onboarding.lines import DomainState, Lines
from omi_core.onboarding.report import DomainReport, combined_code
from omi_core.onboarding.target import Target
from omi_core.onboarding.wait import look_until_fine
from omi_core.text import Text

if TYPE_CHECKING:
    from omi_core.cli.dns.run import VerifyRun

_MINUTE = 60
_VALUES_BETWEEN_COLLECTIONS = 20_000
_REMOVED = Text("removed from the list: {count}")
_NO_CHANGE = Text("nothing has changed")

Tell = Callable[[DomainReport], str]


class Telling:
    """What is written of each domain, and where: stdout, the lines that are kept, the reports.

    `reports` are held only where a whole document is to be made of them.
    """

    def __init__(self, run: "VerifyRun", stack: ExitStack) -> None:
        options = run.options
        self._run = run
        self._language: Language = run.language
        self._colour = colours(sys.stdout)
        self.total = run.total()
        self._is_only = self.total == 1
        self.since = _lines(options.since, stack, must_exist=True)
        self.earlier = _lines(options.resume, stack, must_exist=False)
        self.kept = stack.enter_context(KeptLines(options.resume)) if options.resume else None
        self.reports: list[DomainReport] = []
        self.statuses: list[Status] = []
        self.codes: set[int] = set()
        self.domains: dict[str, None] = {}  # in the order of the list
        self._changed = self._removed = 0
        self._began = time.monotonic()

    def targets(self) -> Iterator[Target]:
        """Yield what is to be looked at, each domain once; what was already is told again."""
        for target in self._run.targets():
            if target.domain in self.domains:
                continue
            self.domains[target.domain] = None
            state = self.earlier.state(target.domain) if self.earlier else None
            if state is None:
                yield target
                continue
            self.codes.add(state.exit_code)
            if self.since:
                self._tell_change(target.domain, self.since.state(target.domain), state)

    def take(self, report: DomainReport) -> DomainReport:
        """Write what there is to say of a domain; one that cannot be told was not checked."""
        before = self.since.state(report.domain) if self.since else None
        report, (line, said) = told(report, lambda each: self._said(each, before))
        if self.kept:
            self.kept.add(line)
        if self.since:
            now = DomainState(report.to_line())
            self._tell_change(report.domain, before, now)
        elif said:
            emit(said)
        self.codes.add(report.exit_code)
        self.statuses.append(report.status)
        if self._run.keeps_reports:
            self.reports.append(report)
        return report

    def end(self) -> int:
        """Say what only the end of a run shows, and return its exit code."""
        options = self._run.options
        if self.since and self._run.is_whole_list:
            for domain in self.since.without(self.domains):
                self._removed += 1
                self._tell_change(domain, self.since.state(domain), None)
        if self._run.for_people and (self.since or not self._is_only):
            self._sum_up()
        if self.kept and options.when_done and self.codes - {COULD_NOT_LOOK}:
            self.kept.move(options.when_done)
        is_whole = self.kept is None or self.kept.is_whole
        return combined_code(self.codes if is_whole else {COULD_NOT_LOOK})

    def _said(self, report: DomainReport, before: DomainState | None) -> tuple[str, str]:
        line = json_of(DomainState(report.to_line()).remembering(before))
        if self._run.as_json:
            json_of(report.to_json())
        if self.since or not (self._run.for_people or self._run.options.json_lines):
            return line, ""
        if not self._run.for_people:
            return line, line
        return line, printed(report, self._language, colour=self._colour, whole=self._is_only)

    def _tell_change(
        self, domain: str, before: DomainState | None, now: DomainState | None
    ) -> None:
        if before and now and not now.differs_from(before):
            return
        self._changed += 1
        change = DomainChange(domain=domain, before=before, now=now)
        if self._run.for_people:
            emit(stacked(change.lines(self._language, colour=self._colour)))
        else:
            emit(json_of(change.to_json()))

    def _sum_up(self) -> None:
        if not self._is_only:
            emit(summary(self.statuses, time.monotonic() - self._began, self._language))
        if self.since and not self._changed:
            emit(_NO_CHANGE.in_(self._language))
        if self._removed:
            emit(_REMOVED.format(count=self._removed).in_(self._language))


async def told_as_they_come(run: "VerifyRun", telling: Telling, how: Looking) -> None:
    """Look at the domains, and tell each as soon as it was."""
    _collect_seldom()
    async with Progress(telling.total, run.language) as progress:
        looks = _looks(run, telling.targets(), how, progress.hide)
        async with aclosing(looks):
            async for report in looks:
                progress.count(report.exit_code)
                telling.take(report)
                progress.show()


async def _looks(
    run: "VerifyRun", targets: Iterator[Target], how: Looking, before_saying: Callable[[], None]
) -> AsyncGenerator[DomainReport]:
    minutes = run.options.wait
    if minutes is None:
        async with aclosing(look_at_all(targets, how, run.options.at_once)) as reports:
            async for each in reports:
                yield each
        return

    def say(line: str) -> None:
        before_saying()
        run.say(line)

    patience_s = minutes * _MINUTE
    waiting = [
        asyncio.ensure_future(
            contained(target, look_until_fine(target, how, patience_s, say, run.language))
        )
        for target in targets
    ]
    try:
        for coming in asyncio.as_completed(waiting):
            yield await coming
    finally:
        for task in waiting:
            task.cancel()


def _lines(path: str | None, stack: ExitStack, *, must_exist: bool) -> Lines | None:
    if path is None:
        return None
    lines = Lines(path, must_exist=must_exist)
    stack.callback(lines.close)
    return lines


def _collect_seldom() -> None:
    """Look for garbage less often, and never again in what is there from the start.

    A look makes thousands of small values that references alone free; walking over all of them and
    over every module after each 700 took a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(_VALUES_BETWEEN_COLLECTIONS, 20, 20)
