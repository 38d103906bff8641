"""What nobody could look at: each reason once, with all the places and checks that it cost."""

from collections.abc import Iterator

from omi_core.findings.verdict import Status
from omi_core.probe.causes import in_few_words
from omi_core.probe.cell import Cell
from omi_core.probe.report import Report
from omi_core.text import COMMA, Text

Unseen = tuple[str, Text, Text]


def unseen(report: Report) -> Iterator[Unseen]:
    """Yield what nobody could look at: where, which checks, and why."""
    places: dict[tuple[str, Text], list[Text]] = {}
    cells: dict[str, Cell] = {each.cell.subject: each.cell for each in report.cells}
    parts = [(each.name.relative, each.results) for each in report.names]
    parts += [(each.cell.subject, each.results) for each in report.cells]
    for subject, results in parts:
        for each in results:
            if each.verdict.status is Status.UNKNOWN:
                places.setdefault((subject, each.verdict.note), []).append(each.check.title)
    alike: dict[tuple[Text, tuple[Text, ...]], list[str]] = {}
    for (subject, note), checks in places.items():
        alike.setdefault((note, tuple(checks)), []).append(subject)
    for (note, titles), subjects in alike.items():
        yield _where(subjects, cells), Text.joined(titles, COMMA), note


def _where(subjects: list[str], cells: dict[str, Cell]) -> str:
    found = [cells[one] for one in subjects if one in cells]
    if len(found) < len(subjects) or len(found) == 1:
        return ", ".join(subjects)
    return in_few_words(found)
