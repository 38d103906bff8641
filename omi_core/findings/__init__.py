"""What a check has to say: findings, verdicts, and the words of both in every language."""

from typing import TYPE_CHECKING

from omi_core.exports import lazy

if TYPE_CHECKING:
    from omi_core.findings.finding import Finding, Severity
    from omi_core.findings.verdict import Check, CheckResult, Status, Verdict
    from omi_core.language import EN, ZH_TW, Language
    from omi_core.text import Text

__all__ = [
    "EN",
    "ZH_TW",
    "Check",
    "CheckResult",
    "Finding",
    "Language",
    "Severity",
    "Status",
    "Text",
    "Verdict",
]

_PLACES = {
    "EN": "omi_core.language",
    "ZH_TW": "omi_core.language",
    "Check": "omi_core.findings.verdict",
    "CheckResult": "omi_core.findings.verdict",
    "Finding": "omi_core.findings.finding",
    "Language": "omi_core.language",
    "Severity": "omi_core.findings.finding",
    "Status": "omi_core.findings.verdict",
    "Text": "omi_core.text",
    "Verdict": "omi_core.findings.verdict",
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there
    __getattr__ = lazy(__name__, _PLACES)
