"""The forms in which a report can be written, a file a form: another one is another file here.

A form's docstring says in its first line, up to a colon, what it writes; the command line shows
that as the help of its option. Its `write` takes a report of either kind.
"""

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, overload

from omi_core.findings.cause import retold
from omi_core.findings.finding import Finding
from omi_core.findings.verdict import CheckResult
from omi_core.language import Language
from omi_core.printable import printable_lines

if TYPE_CHECKING:
    from omi_core.drift.report import DriftReport
    from omi_core.onboarding.report import DnsReport
    from omi_core.probe.report import Report
    from omi_core.reputation.report import ReputationReport

Verified: TypeAlias = "Report | DnsReport"
# What has no more to show than results: forms that need no more take it as well.
Sectioned: TypeAlias = "Verified | DriftReport | ReputationReport"
Section = tuple[str, tuple[CheckResult, ...]]


class Write(Protocol):
    """What every form has."""

    def __call__(self, report: Verified, language: Language) -> str:
        """Return the whole document."""


class WriteSections(Protocol):
    """What a form has that shows results alone, whatever they are of."""

    def __call__(self, report: Sectioned, language: Language) -> str:
        """Return the whole document."""


@cache
def forms() -> dict[str, str]:
    """Return the name of every form, and what it writes; nothing of them is imported."""
    files = sorted(Path(__file__).parent.glob("[a-z]*.py"))
    return {path.stem: _what_it_does(path) for path in files}


@overload
def writer(form: Literal["junit"]) -> WriteSections: ...


@overload
def writer(form: str) -> Write: ...


def writer(form: str) -> Write:
    """Return what writes `form`, one of `forms()`; no character of it acts, turns or hides."""
    write: WriteSections = import_module(f"{__name__}.{form}").write

    def written(report: Sectioned, language: Language) -> str:
        return printable_lines(write(report, language))

    return written


def command_of(report: Sectioned) -> str:
    """Return which command makes such a report."""
    from omi_core.drift.report import DriftReport
    from omi_core.onboarding.report import DnsReport
    from omi_core.reputation.report import ReputationReport

    if isinstance(report, ReputationReport):
        return "omi reputation"

    if isinstance(report, DriftReport):
        return "omi drift"
    return f"omi {'dns' if isinstance(report, DnsReport) else 'smtp'} verify"


def sections_of(report: Sectioned) -> Sequence[Section]:
    """Return what was looked at, each by its name, and the results of its checks.

    Results of one cause have the one finding of it, which names all places.
    """
    from omi_core.drift.report import DriftReport
    from omi_core.onboarding.report import DnsReport
    from omi_core.reputation.report import ReputationReport

    if isinstance(report, DriftReport):
        return [(each.name, each.results) for each in report.places]
    if isinstance(report, DnsReport):
        return [(each.domain, each.results) for each in report.domains]
    if isinstance(report, ReputationReport):
        return [(each.subject, each.results) for each in report.addresses]
    told = {(each.id, subject): each for each in report.findings for subject in each.about}
    parts = [(each.name.relative, each.results) for each in report.names]
    parts += [(each.cell.subject, each.results) for each in report.cells]
    return [(name, tuple(_by_cause(each, told) for each in results)) for name, results in parts]


def _by_cause(result: CheckResult, told: Mapping[tuple[str, str], Finding]) -> CheckResult:
    finding = result.verdict.finding
    if finding is None:
        return result
    return retold(result, told.get((finding.id, finding.subject), finding))


def seconds_of(report: Sectioned) -> float:
    """Return how long the looking took."""
    from omi_core.onboarding.report import DnsReport

    if not isinstance(report, DnsReport):
        return report.seconds
    return sum(each.seen.seconds for each in report.domains)


def _what_it_does(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or path.stem
    return docstring.partition("\n")[0].partition(":")[0].rstrip(".")
