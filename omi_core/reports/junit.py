"""Write JUnit XML, which any CI shows: a suite a cell, a domain or an address, a case a check."""

from xml.sax.saxutils import escape, quoteattr

from omi_core.findings.verdict import CheckResult, Status
from omi_core.language import Language
from omi_core.printable import printable, printable_lines
from omi_core.reports import Sectioned, command_of, seconds_of, sections_of


def write(report: Sectioned, language: Language) -> str:
    """Return the document; a check that nobody could look at is an `error`."""
    suites = sections_of(report)
    body = "\n".join(_suite(suite, results, language) for suite, results in suites)
    counts = _counts(tuple(result for _, results in suites for result in results))
    name, seconds = _attribute(command_of(report)), seconds_of(report)
    head = f'<testsuites name={name} time="{seconds:.3f}" {counts}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</testsuites>\n'


def _suite(name: str, results: tuple[CheckResult, ...], language: Language) -> str:
    cases = "\n".join(_case(name, each, language) for each in results)
    return f"<testsuite name={_attribute(name)} {_counts(results)}>\n{cases}\n</testsuite>"


def _counts(results: tuple[CheckResult, ...]) -> str:
    def count(status: Status) -> int:
        return sum(each.verdict.status is status for each in results)

    return (
        f'tests="{len(results)}" failures="{count(Status.FAILED)}"'
        f' errors="{count(Status.UNKNOWN)}" skipped="{count(Status.SKIPPED)}"'
    )


def _case(suite: str, result: CheckResult, language: Language) -> str:
    name = f"{result.check.id}: {result.check.title.in_(language)}"
    return (
        f"  <testcase classname={_attribute(suite)} name={_attribute(name)}>"
        f"{_outcome(result, language)}</testcase>"
    )


def _outcome(result: CheckResult, language: Language) -> str:
    verdict = result.verdict
    note = verdict.note.in_(language)
    match verdict.status:
        case Status.FAILED if verdict.finding:
            finding = verdict.finding
            told = (finding.observed.in_(language), finding.remedy.in_(language))
            words = "\n".join(map(printable, told))
            kind = quoteattr(finding.id)
            return f"<failure type={kind} message={_attribute(note)}>{_text(words)}</failure>"
        case Status.UNKNOWN:
            return f'<error type="could-not-look" message={_attribute(note)}/>'
        case Status.SKIPPED:
            return f"<skipped message={_attribute(note)}/>"
        case Status.WARNED:
            return f"<system-out>{_text(note)}</system-out>"
        case _:
            return ""


def _attribute(words: str) -> str:
    # Before they become references: XML has none for most of what is escaped (XML 1.0 2.2).
    return quoteattr(printable(words))


def _text(words: str) -> str:
    return escape(printable_lines(words))
