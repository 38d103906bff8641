"""The report of `omi reputation` as text: every check of each address, or what changed."""

from collections.abc import Iterator

from omi_core.cli.dns.table import sign
from omi_core.cli.screen import Drawn, drawn, stacked
from omi_core.cli.terminal import described
from omi_core.findings.cause import findings_once
from omi_core.findings.verdict import CheckResult, Status
from omi_core.findings.words import STATUS_WORDS
from omi_core.language import EN, Language
from omi_core.reputation.report import AddressReport, ReputationReport
from omi_core.reputation.state import CheckChange, CheckState, Words
from omi_core.text import Text, labelled

_FIRST = Text("there is nothing yet to compare with; this is what is not fine:")
_NO_CHANGE = Text("nothing has changed")
_ALL_FINE = Text("all is fine; the next run tells what has changed since")
_NEW = Text("{title}: {now}")
_CHANGED = Text("{title}: {now}; before: {before}")
_STILL = Text("{title}: {now}, as before, but something else was observed")
_GONE = Text("{title}: not looked at any more; before: {before}")
_OBSERVED = Text("observed")


def printed(report: ReputationReport, language: Language, *, colour: bool) -> Drawn:
    """Return each address with a line a check, and below what is wrong and what to do."""
    lines = [line for one in report.addresses for line in _address(one, language, colour=colour)]
    found = findings_once(report.findings)
    return stacked([*lines, *(described(each, language, colour=colour) for each in found)])


def changed(
    found: tuple[CheckChange, ...], language: Language, *, is_first: bool, colour: bool
) -> Drawn:
    """Return what changed, one line a check, and what is observed now below it."""
    if not found:
        return stacked([(_ALL_FINE if is_first else _NO_CHANGE).in_(language)])
    lines = [line for each in found for line in _change(each, language, colour=colour)]
    return stacked([_FIRST.in_(language), *lines] if is_first else lines)


def _address(one: AddressReport, language: Language, *, colour: bool) -> Iterator[str]:
    words = labelled(one.subject, STATUS_WORDS[one.status]).in_(language)
    yield drawn(sign(one.status, colour=colour), " ", stacked([words]))
    for each in one.results:
        yield drawn("  ", _check(each, language, colour=colour))


def _check(result: CheckResult, language: Language, *, colour: bool) -> Drawn:
    title, verdict = result.check.title, result.verdict
    words = labelled(title, verdict.note).in_(language) if verdict.note else title.in_(language)
    return drawn(sign(verdict.status, colour=colour), " ", stacked([words]))


def _change(change: CheckChange, language: Language, *, colour: bool) -> Iterator[str]:
    relay, address, _ = change.key
    now, before = change.now, change.before
    status = now.status if now else Status.SKIPPED
    told = labelled(f"{relay} {address}", _sentence(now, before, language)).in_(language)
    yield drawn(sign(status, colour=colour), " ", stacked([told]))
    if now and now.status is not Status.PASSED:
        yield f"    {_in(now.note, language)}"
    if now and now.observed:
        yield f"    {labelled(_OBSERVED, _in(now.observed, language)).in_(language)}"


def _sentence(now: CheckState | None, before: CheckState | None, language: Language) -> Text:
    known = now or before
    title = _in(known.title, language) if known else ""
    then = STATUS_WORDS[before.status] if before else ""
    if now is None:
        return _GONE.format(title=title, before=then)
    if before is None:
        return _NEW.format(title=title, now=STATUS_WORDS[now.status])
    if before.status is now.status:
        return _STILL.format(title=title, now=STATUS_WORDS[now.status])
    return _CHANGED.format(title=title, now=STATUS_WORDS[now.status], before=then)


def _in(words: Words, language: Language) -> str:
    """Return what was written down in every language, in one of them."""
    return words.get(language) or words.get(EN) or ""
