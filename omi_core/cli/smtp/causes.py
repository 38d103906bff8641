"""The findings of a report by their cause: what several cells show for one reason is said once."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from omi_core.findings.finding import Finding
from omi_core.findings.verdict import Status
from omi_core.probe.cell import Cell
from omi_core.probe.report import Report
from omi_core.text import COMMA, Text

_PORT = "port"
Unseen = tuple[str, Text, Text]


def causes(report: Report) -> tuple[Finding, ...]:
    """Return each cause once, in the order of the report, with all that it is seen at as subject.

    Findings are of one cause where they say the same but for the port.
    """
    together: dict[object, list[tuple[Cell | None, Finding]]] = {}
    for cell, finding in _findings(report):
        together.setdefault(_cause(finding), []).append((cell, finding))
    return tuple(_told_once(each) for each in together.values())


def unseen(report: Report) -> Iterator[Unseen]:
    """Yield what nobody could look at: where, which checks, and why; each reason once."""
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


def _findings(report: Report) -> Iterator[tuple[Cell | None, Finding]]:
    for name in report.names:
        yield from ((None, one) for one in name.findings)
    for each in report.cells:
        yield from ((each.cell, one) for one in each.findings)


def _cause(finding: Finding) -> object:
    texts = (finding.text, finding.expected, finding.observed, finding.remedy)
    return (finding.id, *(_without_port(one) for one in texts))


def _without_port(text: Text) -> Text:
    """The text with the same port in it whatever the port is."""
    values = dict(text.values)
    return text.format(port="") if _PORT in values else text


def _told_once(alike: list[tuple[Cell | None, Finding]]) -> Finding:
    (_, first), *others = alike
    cells = [cell for cell, _ in alike if cell is not None]
    if not others or not cells:
        subjects = dict.fromkeys(finding.subject for _, finding in alike)
        return replace(first, subject=", ".join(subjects))
    ports = ", ".join(dict.fromkeys(str(cell.access.port) for cell in cells))
    said = {
        each: getattr(first, each).format(port=ports)
        for each in ("text", "expected", "observed", "remedy")
        if _PORT in dict(getattr(first, each).values)
    }
    return replace(first, subject=_subject(cells), **said)


def _where(subjects: list[str], cells: dict[str, Cell]) -> str:
    found = [cells[one] for one in subjects if one in cells]
    if len(found) < len(subjects) or len(found) == 1:
        return ", ".join(subjects)
    return _subject(found)


def _subject(cells: Iterable[Cell]) -> str:
    """Several cells in a few words: `relay.test 25 plain, 465 TLS (192.0.2.25, 2001:db8::25)`."""
    by_name: dict[str, list[Cell]] = {}
    for cell in cells:
        by_name.setdefault(cell.host, []).append(cell)
    together: dict[str, list[str]] = {}
    for name, own in by_name.items():
        accesses = ", ".join(dict.fromkeys(str(one.access) for one in own))
        addresses = ", ".join(dict.fromkeys(str(one.address) for one in own))
        together.setdefault(f"{accesses} ({addresses})", []).append(name)
    return "; ".join(f"{', '.join(names)} {where}" for where, names in together.items())
