"""What a check has to say, in every language, in one shape for all checks.

A judge returns findings and never raises for what is wrong; an error means that nobody could look.
The terminal, JSON, reports and the relay's own refusals are made from the same finding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from omi_core.text import Text


class Severity(StrEnum):
    """How bad it is: an error makes the command exit with 1, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found: what it is about, what is wrong and how to put it right.

    `values` are what the words were filled with, for programs: no sentence is ever taken apart.
    `subjects` are what it is about where one cause shows at several; see `findings/cause.py`.
    """

    id: str
    severity: Severity
    subject: str
    text: Text
    expected: Text
    observed: Text
    remedy: Text
    values: Mapping[str, str | int | Text] = field(default_factory=dict, hash=False, repr=False)
    subjects: tuple[str, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """Everything that it is about."""
        return self.subjects or (self.subject,)

    def to_json(self) -> dict[str, str | dict[str, str]]:
        """Return the form that every report shares; see cli/schemas/finding.json."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "subject": self.subject,
            "text": self.text.to_json(),
            "expected": self.expected.to_json(),
            "observed": self.observed.to_json(),
            "remedy": self.remedy.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKind:
    """The catalogue's entry for one id: how bad it is and the words, with braces to fill."""

    id: str
    severity: Severity
    text: Text
    expected: Text
    observed: Text
    remedy: Text

    def of(self, subject: str, **values: str | int | Text) -> Finding:
        """Return the finding about `subject`; `values` fill the braces of the words."""
        return Finding(
            id=self.id,
            severity=self.severity,
            subject=subject,
            text=self.text.format(**values),
            expected=self.expected.format(**values),
            observed=self.observed.format(**values),
            remedy=self.remedy.format(**values),
            values=values,
        )


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of them is at error level."""
    return any(finding.severity is Severity.ERROR for finding in findings)
