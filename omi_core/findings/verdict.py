"""What came of one check: passed, failed with a finding, not looked at, or not for here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE
from omi_core.findings.finding import Finding, Severity
from omi_core.text import NOTHING, Text


class Status(StrEnum):
    """The five ways in which a check ends."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"  # nobody could look, which is never a pass
    SKIPPED = "skipped"  # does not apply here, or was not asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check: its id and its title, which names what is looked at and so is true of any end."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one check ended, with what was seen or why nothing was."""

    status: Status
    note: Text
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check and its verdict."""

    check: Check
    verdict: Verdict

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/smtp-verify.json."""
        finding = self.verdict.finding
        return {
            "id": self.check.id,
            "title": self.check.title.to_json(),
            "status": self.verdict.status.value,
            "note": self.verdict.note.to_json(),
            "finding": finding.to_json() if finding else None,
        }


def passed(note: Text | str = "") -> Verdict:
    """The statement is true; `note` is what was seen."""
    return Verdict(status=Status.PASSED, note=_text(note)) if note else _PASSED


_PASSED = Verdict(status=Status.PASSED, note=NOTHING)


def skipped(why: Text) -> Verdict:
    """The check is not for here."""
    return Verdict(status=Status.SKIPPED, note=why)


def unknown(why: Text) -> Verdict:
    """Nobody could look."""
    return Verdict(status=Status.UNKNOWN, note=why)


def found(finding: Finding) -> Verdict:
    """Something is wrong; how bad decides between a failure and a warning."""
    is_error = finding.severity is Severity.ERROR
    return Verdict(
        status=Status.FAILED if is_error else Status.WARNED, note=finding.text, finding=finding
    )


_FROM_WORST = (Status.FAILED, Status.UNKNOWN, Status.WARNED, Status.PASSED)


def worst(results: "tuple[CheckResult, ...]") -> Status:
    """Return the status that decides: a failure, then what nobody saw, then a warning."""
    seen = {result.verdict.status for result in results}
    for status in _FROM_WORST:
        if status in seen:
            return status
    return Status.SKIPPED


class _OfCheck(Protocol):
    @property
    def results(self) -> tuple[CheckResult, ...]: ...


class Judged:
    """What the results of anything that was checked amount to."""

    __slots__ = ()

    @property
    def findings(self: _OfCheck) -> tuple[Finding, ...]:
        """Every finding once, in the order of the results."""
        found = (each.verdict.finding for each in self.results if each.verdict.finding)
        return tuple(dict.fromkeys(found))

    @property
    def status(self: _OfCheck) -> Status:
        """The status that decides."""
        return worst(self.results)

    @property
    def exit_code(self: _OfCheck) -> int:
        """The code of that status: what nobody saw is not fine, nor is a run without checks."""
        status = worst(self.results)
        if status is Status.FAILED:
            return FINDINGS
        return COULD_NOT_LOOK if status in {Status.UNKNOWN, Status.SKIPPED} else FINE


def _text(note: Text | str) -> Text:
    return Text.plain(note) if isinstance(note, str) else note
