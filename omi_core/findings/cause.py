"""Findings of one cause are one finding: who puts one thing right reads of it once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from omi_core.findings.finding import Finding
from omi_core.findings.verdict import CheckResult
from omi_core.text import COMMA, SEMICOLON, Text


def gathered(
    results: Iterable[CheckResult], one_cause: Collection[str] = ()
) -> tuple[CheckResult, ...]:
    """Return the results, those that say the same of several subjects with one finding of all.

    Findings whose id is in `one_cause` have one cause even where their words name different places.
    Each check that has it keeps one result.
    """
    listed = list(results)
    causes: dict[tuple[str, Text | None], list[Finding]] = {}
    for each in listed:
        if finding := each.verdict.finding:
            causes.setdefault(_cause(finding, one_cause), []).append(finding)
    made = {cause: _together(tuple(dict.fromkeys(all_))) for cause, all_ in causes.items()}
    told = (
        retold(each, made[_cause(finding, one_cause)])
        if (finding := each.verdict.finding)
        else each
        for each in listed
    )
    return _once(list(told))


def _once(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Return each result once; only those of one check can be alike, and most have one each."""
    if len({each.check.id for each in results}) == len(results):
        return tuple(results)
    return tuple(dict.fromkeys(results))


def findings_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, those that say the same of several subjects as one of all of these."""
    alike: dict[tuple[str, Text | None], list[Finding]] = {}
    for finding in findings:
        alike.setdefault(_cause(finding, ()), []).append(finding)
    return tuple(_together(tuple(dict.fromkeys(each))) for each in alike.values())


def _cause(finding: Finding, one_cause: Collection[str]) -> tuple[str, Text | None]:
    return finding.id, None if finding.id in one_cause else finding.text


def retold(result: CheckResult, finding: Finding) -> CheckResult:
    """Return the result with a finding that says more of the same cause."""
    return replace(result, verdict=replace(result.verdict, note=finding.text, finding=finding))


def _together(findings: Sequence[Finding]) -> Finding:
    first, *others = findings
    if not others:
        return first
    subjects = tuple(dict.fromkeys(each.subject for each in findings))
    return replace(
        first,
        subject=", ".join(subjects),
        subjects=subjects,
        text=_of_all([each.text for each in findings]),
        expected=_all(each.expected for each in findings),
        observed=_all(each.observed for each in findings),
        remedy=_all(each.remedy for each in findings),
    )


def _all(texts: Iterable[Text]) -> Text:
    distinct = tuple(dict.fromkeys(texts))
    return distinct[0] if len(distinct) == 1 else Text.joined(distinct, SEMICOLON)


def _of_all(texts: Sequence[Text]) -> Text:
    """Return one sentence in which each brace holds what it holds in any of them."""
    names = [name for name, _ in texts[0].values]
    held = {name: tuple(dict.fromkeys(dict(each.values)[name] for each in texts)) for name in names}
    values = {
        name: found[0] if len(found) == 1 else Text.joined(map(_word, found), COMMA)
        for name, found in held.items()
    }
    return texts[0].format(**values) if values else texts[0]


def _word(value: str | float | Text) -> Text:
    return value if isinstance(value, Text) else Text.plain(str(value))
