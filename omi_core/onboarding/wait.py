"""Looking again until a domain is right at every server, by the TTLs that are seen."""

import asyncio
from collections.abc import Callable, Iterable

from omi_core.findings.verdict import Status
from omi_core.language import Language
from omi_core.onboarding.bulk import look
from omi_core.onboarding.how import Looking
from omi_core.onboarding.report import DomainReport
from omi_core.onboarding.target import Target
from omi_core.resolve.lookup import Lookups
from omi_core.text import Text

_SHORTEST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_LACKS = Text("{domain}: {lacks}; again in {pause} s")

Say = Callable[[str], None]


async def look_until_fine(
    target: Target, looking: Looking, patience_s: float, say: Say, language: Language
) -> DomainReport:
    """Return the report as soon as all is fine, or when the patience ends.

    Answers and the delegation are asked anew each time. What authoritative servers say does not
    run out; but a server that copies the zone is not asked more often than its answers last.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while True:
        report = await look(target, looking)
        pause = min(max(report.seen.shortest_ttl, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
        left = end - loop.time()
        if report.exit_code == 0 or left <= 0:
            return report
        pause = min(pause, left)
        words = _LACKS.format(
            domain=report.domain, lacks=lacking(report, language), pause=f"{pause:.0f}"
        )
        say(words.in_(language))
        await asyncio.sleep(pause)
        looking = _anew(report, looking)


def _anew(report: DomainReport, looking: Looking) -> Looking:
    if report.seen.zone:
        looking.walker.forget(report.seen.zone.name)
    return Looking(
        network=looking.network,
        walker=looking.walker,
        lookups=Lookups(looking.walker),
        patience_s=looking.patience_s,
    )


def lacking(report: DomainReport, language: Language) -> str:
    """Return who lacks what, in one line."""
    if not report.findings:
        return "; ".join(each.verdict.note.in_(language) for each in report.unseen)
    wrong = [each for each in report.results if each.verdict.status is Status.FAILED]
    findings = [each.verdict.finding for each in wrong if each.verdict.finding]
    return "; ".join(
        _servers(report, name) + each.id for each in dict.fromkeys(findings) for name in each.about
    )


def _servers(report: DomainReport, name: str) -> str:
    """Name the servers that lack it, where others have it; and what it is about."""
    entry = {e.name: e for view in report.seen.views for e in view.onboarding.entries}.get(name)
    if entry is None:
        return f"{name} "
    lack = [
        each.server.host
        for each in report.seen.delegated
        if (entry.type, entry.value) not in each.said[name].records
    ]
    return f"{name} {_listed(lack)} " if lack else f"{name} "  # all have it, and it is wrong


def _listed(servers: Iterable[str]) -> str:
    return f"({', '.join(servers)})"
