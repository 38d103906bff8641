"""How results and findings look, in text and in JSON, in either language."""

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TextIO
from unicodedata import east_asian_width

from omi_core.cli.reader import tell
from omi_core.cli.screen import Drawn, drawn, stacked, styled
from omi_core.findings.finding import Finding, Severity
from omi_core.language import Language
from omi_core.names import in_script
from omi_core.printable import printable, printable_json
from omi_core.text import Text, labelled

_LABELS = {
    "expected": Text("expected"),
    "observed": Text("observed"),
    "remedy": Text("remedy"),
}
_SEVERITIES = {
    Severity.ERROR: Text("error"),
    Severity.WARNING: Text("warning"),
    Severity.INFO: Text("info"),
}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def emit(text: str) -> None:
    """Write a result to stdout; a reader who has seen enough does not change the verdict."""
    try:
        sys.stdout.write(drawn(text) if text.endswith("\n") else drawn(text, "\n"))
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()


def abandon_stdout() -> None:
    """Send what is still to be written nowhere; Python would print a traceback at its end."""
    with suppress(OSError):  # a captured stdout has no file descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def emit_json(document: Mapping[str, object]) -> None:
    """Write a result to stdout as JSON; in ASCII where stdout cannot hold more."""
    import json

    unicode_fits = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    emit(printable_json(json.dumps(document, ensure_ascii=not unicode_fits, indent=2)))


def warn(findings: Iterable[Finding], language: Language) -> None:
    """Write findings to stderr, beside a result that stands on stdout."""
    for finding in findings:
        tell(described(finding, language, colour=colours(sys.stderr)))


def described(finding: Finding, language: Language, *, colour: bool | None = None) -> Drawn:
    """Return a finding as a person reads it: what, then expected, observed and remedy."""
    severity = _SEVERITIES[finding.severity].in_(language)
    subject = ", ".join(map(in_script, finding.about))
    head = labelled(labelled(severity, subject), finding.text).in_(language)
    lines: list[str] = [head]
    if colours(sys.stdout) if colour is None else colour:
        word = styled(severity, fg=_COLOURS[finding.severity], bold=True)
        lines = [drawn(word, printable(head.removeprefix(severity)))]
    labels = {key: labelled(label, "").in_(language) for key, label in _LABELS.items()}
    width = max(map(width_of, labels.values()))
    for attribute, label in labels.items():
        text: Text = getattr(finding, attribute)
        lines.append(f"    {label}{' ' * (width - width_of(label))}{text.in_(language)}")
    return stacked(lines)


def in_columns(rows: Iterable[tuple[str, str, str]], *, note_indent: int = 12) -> Iterable[str]:
    """Yield a line for each number, name and note; the note moves below on a narrow terminal."""
    made = list(rows)
    name_width = max((len(name) for _, name, _ in made), default=0)
    columns = _columns() if sys.stdout.isatty() else None
    for number, name, note in made:
        line = f"{number:>10}  {name:<{name_width}}  {note}"
        if columns is None or width_of(line) <= columns:
            yield line
        else:
            yield f"{number:>10}  {name}"
            yield " " * note_indent + note


def _columns() -> int:
    from shutil import get_terminal_size  # slow to import, and only lists need it

    return get_terminal_size().columns


def width_of(text: str) -> int:
    """Return the columns that `text` takes; Chinese characters take two (UAX 11)."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def colours(stream: TextIO) -> bool:
    """Whether what is written there may be coloured (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
