"""The report of `omi dns verify` as text."""

from collections import Counter
from collections.abc import Iterator, Sequence

from omi_core.cli.screen import Drawn, drawn, indented, stacked, styled
from omi_core.cli.terminal import described
from omi_core.findings.verdict import CheckResult, Status
from omi_core.findings.words import SIGNS, STATUS_WORDS
from omi_core.language import Language
from omi_core.names import in_script
from omi_core.onboarding.report import DomainReport
from omi_core.text import COMMA, Text, labelled

_COLOURS = {
    Status.PASSED: "green",
    Status.WARNED: "yellow",
    Status.FAILED: "red",
    Status.UNKNOWN: "magenta",
    Status.SKIPPED: None,
}
_FROM_WORST = (
    Status.FAILED,
    Status.UNKNOWN,
    Status.WARNED,
    Status.PASSED,
    Status.SKIPPED,
)
_SUMMARY = Text("{total} domains in {seconds} s: {parts}")
_COUNTED = Text("{status} {count}")
_TREE = Text("SPF look-ups with us in it:")


def printed(one: DomainReport, language: Language, *, colour: bool, whole: bool) -> Drawn:
    """Return a domain: a line a check where it is the only one, else a line, and what is wrong."""
    return stacked(_domain(one, language, colour=colour, whole=whole))


def summary(statuses: Sequence[Status], seconds: float, language: Language) -> str:
    """Return how many domains ended how, the worst first."""
    counted = Counter(statuses)
    parts = [
        _COUNTED.format(count=counted[status], status=STATUS_WORDS[status])
        for status in _FROM_WORST
        if counted[status]
    ]
    words = _SUMMARY.format(
        total=len(statuses), seconds=f"{seconds:.1f}", parts=Text.joined(parts, COMMA)
    )
    return words.in_(language)


def _domain(one: DomainReport, language: Language, *, colour: bool, whole: bool) -> Iterator[str]:
    words = labelled(in_script(one.domain), STATUS_WORDS[one.status]).in_(language)
    yield _signed(one.status, f"{words}, {one.seen.seconds:.1f} s", colour=colour)
    shown = one.results if whole else one.unseen
    left_out = [each for each in shown if each.verdict.status is Status.SKIPPED]
    judged = (each for each in shown if each.verdict.status is not Status.SKIPPED)
    yield from (indented(_check((each,), language, colour=colour), "  ") for each in judged)
    for note in dict.fromkeys(each.verdict.note for each in left_out):
        alike = [each for each in left_out if each.verdict.note == note]
        yield indented(_check(alike, language, colour=colour), "  ")
    if whole and one.onboarding:
        yield f"  {_TREE.in_(language)}"
        yield from (f"    {line}" for line in one.onboarding.tree.lines())
    yield from (described(finding, language, colour=colour) for finding in one.findings)


def _check(alike: Sequence[CheckResult], language: Language, *, colour: bool) -> Drawn:
    """Return the line of checks that ended alike."""
    title, note = Text.joined([each.check.title for each in alike], COMMA), alike[0].verdict.note
    words = (labelled(title, note) if note else title).in_(language)
    return _signed(alike[0].verdict.status, words, colour=colour)


def _signed(status: Status, words: str, *, colour: bool) -> Drawn:
    return drawn(sign(status, colour=colour), " ", stacked([words]))


def sign(status: Status, *, colour: bool) -> Drawn:
    """Return the sign of a status."""
    mark = SIGNS[status]
    return styled(mark, fg=_COLOURS[status], bold=True) if colour else drawn(mark)
