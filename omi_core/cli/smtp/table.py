"""A report as a person reads it on a terminal, wide or narrow."""

import io
import shutil
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from omi_core.cli.screen import Drawn, drawn, recoloured, stacked
from omi_core.cli.smtp.unseen import unseen
from omi_core.cli.terminal import described
from omi_core.findings.verdict import Status
from omi_core.findings.words import SIGNS, STATUS_WORDS
from omi_core.language import Language
from omi_core.probe.report import CellReport, Report
from omi_core.text import Text, labelled

_STYLES = {
    Status.PASSED: "green",
    Status.WARNED: "yellow",
    Status.FAILED: "bold red",
    Status.UNKNOWN: "bold magenta",
    Status.SKIPPED: "dim",
}
_NARROW = 84
_NOT_SEEN = Text("could not look")
_MAIL = Text("test mails")


def printed(report: Report, language: Language, *, with_transcripts: bool = False) -> Drawn:
    """Return the report as text; with colours only where stdout is a terminal."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns if terminal else 100
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, emoji=False
    )
    _matrix(console, report, language, narrow=width < _NARROW)
    written = console.file
    matrix = recoloured(written.getvalue() if isinstance(written, io.StringIO) else "")
    lines = [*_lines(report, language), *(_transcripts(report) if with_transcripts else ())]
    found = (described(finding, language) for finding in report.findings)
    return drawn(matrix, stacked(lines), "\n", stacked(found))


def _matrix(console: Console, report: Report, language: Language, *, narrow: bool) -> None:
    if narrow:
        for each in report.cells:
            console.print(_outcome(each, language), drawn(each.cell.subject), soft_wrap=True)
        return
    listeners = list(dict.fromkeys(each.cell.access for each in report.cells))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("", "", *map(str, listeners)):
        table.add_column(head, no_wrap=True)
    for (name, address), cells in _rows(report).items():
        row = (_outcome(cells[one], language) if one in cells else "" for one in listeners)
        table.add_row(drawn(name), address, *row)
    if report.cells:
        console.print(table)


def _rows(report: Report) -> dict[tuple[str, str], dict[object, CellReport]]:
    rows: dict[tuple[str, str], dict[object, CellReport]] = {}
    for each in report.cells:
        key = (each.cell.name.relative, str(each.cell.address))
        rows.setdefault(key, {})[each.cell.access] = each
    return rows


def _outcome(each: CellReport, language: Language) -> Styled:
    words = f"{SIGNS[each.status]} {STATUS_WORDS[each.status].in_(language)}"
    return Styled(f"{words} {each.seconds:.2f} s", style=_STYLES[each.status])


def _lines(report: Report, language: Language) -> Iterator[str]:
    mails = [each for each in report.cells if each.number]
    if mails:
        yield ""
        yield labelled(_MAIL, "").in_(language).rstrip()
        yield from (f"  {line}" for each in mails for line in _mail(each))
    for subject, checks, why in unseen(report):
        said = labelled(subject, labelled(checks, why))
        yield labelled(_NOT_SEEN, said).in_(language)
    status = STATUS_WORDS[report.status].in_(language)
    yield ""
    yield f"{SIGNS[report.status]} {status}, {report.seconds:.1f} s"


def _mail(each: CellReport) -> Iterator[str]:
    transit = "" if each.transit_s is None else f" {each.transit_s:.2f} s"
    yield f"{each.cell.subject}: {each.number}{transit}"
    if each.authentication:
        yield f"  {each.authentication}"


def _transcripts(report: Report) -> Iterator[str]:
    for each in report.cells:
        for held in each.conversations:
            yield ""
            yield f"{each.cell.subject}, {held.purpose}"
            yield from (drawn(str(entry)) for entry in held.entries)
