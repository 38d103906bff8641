"""A DNS report in JUnit's XML: a suite a domain, a case for each result."""

from omi_core.language import Language
from omi_core.onboarding.report import DnsReport
from omi_core.probe.report_junit import document


def junit(report: DnsReport, language: Language) -> str:
    """Return the document; a check that nobody could look at is an `error`."""
    suites = [(each.domain, each.results) for each in report.domains]
    seconds = sum(each.seen.seconds for each in report.domains)
    return document("omi dns verify", seconds, suites, language)
