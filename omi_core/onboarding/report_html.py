"""A DNS report as one HTML file without scripts, in both languages, for the customer."""

from omi_core.language import Language
from omi_core.onboarding.panels import PANELS
from omi_core.onboarding.report import DnsReport
from omi_core.probe.report_html import SIGNS, STATUS_WORDS, template_environment


def html(report: DnsReport, language: Language) -> str:
    """Return the document; it opens in `language` and holds the other one too."""
    return (
        template_environment()
        .get_template("report/dns.html")
        .render(
            report=report,
            language=language,
            words=STATUS_WORDS,
            signs=SIGNS,
            panels=PANELS,
        )
    )
