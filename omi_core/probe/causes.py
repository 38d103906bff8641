"""What several cells show for one reason is one finding, whoever reads it: see `causes`."""

from collections.abc import Iterable
from dataclasses import replace

from omi_core.findings.finding import Finding
from omi_core.probe.cell import Cell
from omi_core.text import Text

_PORT = "port"
Placed = tuple[Cell | None, Finding]


def causes(placed: Iterable[Placed]) -> tuple[Finding, ...]:
    """Return each cause once, in the order given, with all that it is seen at as subject.

    Findings are of one cause where they say the same but for the port.
    """
    together: dict[object, list[Placed]] = {}
    for cell, finding in placed:
        together.setdefault(_cause(finding), []).append((cell, finding))
    return tuple(_told_once(each) for each in together.values())


def in_few_words(cells: Iterable[Cell]) -> str:
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


def _cause(finding: Finding) -> object:
    texts = (finding.text, finding.expected, finding.observed, finding.remedy)
    return (finding.id, *(_without_port(one) for one in texts))


def _without_port(text: Text) -> Text:
    """The text with the same port in it whatever the port is."""
    values = dict(text.values)
    return text.format(port="") if _PORT in values else text


def _told_once(alike: list[Placed]) -> Finding:
    (_, first), *others = alike
    if not others:
        return first
    subjects = tuple(dict.fromkeys(finding.subject for _, finding in alike))
    cells = [cell for cell, _ in alike if cell is not None]
    if not cells:
        return replace(first, subject=", ".join(subjects), subjects=subjects)
    ports = ", ".join(dict.fromkeys(str(cell.access.port) for cell in cells))
    said = {
        each: getattr(first, each).format(port=ports)
        for each in ("text", "expected", "observed", "remedy")
        if _PORT in dict(getattr(first, each).values)
    }
    return replace(first, subject=in_few_words(cells), subjects=subjects, **said)
