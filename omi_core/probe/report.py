"""The outcome of a run as a value, and its JSON. Secrets are masked when it is made."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from omi_core.certificates.served import chain_of
from omi_core.findings.finding import Finding
from omi_core.findings.verdict import CheckResult, Judged, Verdict
from omi_core.names import Fqdn
from omi_core.probe.causes import causes
from omi_core.probe.cell import Cell
from omi_core.probe.observation import CellSeen, Conversation
from omi_core.probe.received import results
from omi_core.smtp.redaction import Redactor
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReport(Judged):
    """What was found about a name."""

    name: Fqdn
    results: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReport(Judged):
    """What was found in a cell, and the conversations that it rests on."""

    cell: Cell
    results: tuple[CheckResult, ...]
    conversations: tuple[Conversation, ...]
    number: str | None = None  # `LaunchID=...` or the queue id of the test mail
    authentication: str | None = None  # the receiver's Authentication-Results
    transit_s: float | None = None
    not_after: datetime | None = None  # the end of the served certificate

    @property
    def seconds(self) -> float:
        """How long the first conversation took."""
        return self.conversations[0].seconds if self.conversations else 0.0

    def to_json(self) -> dict[str, object]:
        """Return the form of a cell in cli/schemas/smtp-verify.json."""
        return _cell_json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Judged):
    """A whole run."""

    began: datetime
    seconds: float
    names: tuple[NameReport, ...]
    cells: tuple[CellReport, ...]

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """Every result."""
        of_names = (each.results for each in self.names)
        return tuple(one for each in (*of_names, *(c.results for c in self.cells)) for one in each)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every cause once, however many cells show it; a cell's own are in its report."""
        of_names = ((None, one) for each in self.names for one in each.findings)
        of_cells = ((each.cell, one) for each in self.cells for one in each.findings)
        return causes((*of_names, *of_cells))

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/smtp-verify.json."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "status": self.status.value,
            "exit_code": self.exit_code,
            "names": [_name_json(each) for each in self.names],
            "cells": [each.to_json() for each in self.cells],
            "findings": [finding.to_json() for finding in self.findings],
        }


def cell_report(
    seen: CellSeen, results_of_cell: Iterable[CheckResult], redactor: Redactor
) -> CellReport:
    """Return the report of a cell with every trace of a secret masked."""
    chain = chain_of(seen.look.tls)
    said = results(seen.arrival.octets) if seen.arrival else None
    sent = [held.replies["sent"] for held in seen.conversations.values() if "sent" in held.replies]
    return CellReport(
        cell=seen.cell,
        results=tuple(masked(each, redactor) for each in results_of_cell),
        conversations=(*seen.conversations.values(), *seen.smuggling.values()),
        number=sent[0].number if sent else None,
        authentication=redactor.text(said.text) if said else None,
        transit_s=seen.arrival.seconds if seen.arrival else None,
        not_after=chain.leaf.not_valid_after_utc if chain else None,
    )


def masked(result: CheckResult, redactor: Redactor) -> CheckResult:
    """Return a result without secrets, wherever they came from: a certificate, DNS, a header."""
    verdict = result.verdict
    finding = verdict.finding
    if finding is not None:
        texts = {
            field.name: getattr(finding, field.name).mapped(redactor.text)
            for field in fields(finding)
            if isinstance(getattr(finding, field.name), Text)
        }
        values = {name: _masked_value(each, redactor) for name, each in finding.values.items()}
        finding = replace(finding, **texts, values=values)
    note = verdict.note.mapped(redactor.text)
    safe = Verdict(status=verdict.status, note=note, finding=finding)
    return CheckResult(check=result.check, verdict=safe)


def _masked_value(value: str | int | Text, redactor: Redactor) -> str | int | Text:
    if isinstance(value, Text):
        return value.mapped(redactor.text)
    return redactor.text(value) if isinstance(value, str) else value


def _name_json(report: NameReport) -> dict[str, object]:
    return {
        "name": report.name.relative,
        "status": report.status.value,
        "checks": [each.to_json() for each in report.results],
    }


def _cell_json(report: CellReport) -> dict[str, object]:
    cell = report.cell
    return {
        "name": cell.name.relative,
        "address": str(cell.address),
        "family": cell.family,
        "port": cell.access.port,
        "security": cell.access.security.value,
        "status": report.status.value,
        "checks": [each.to_json() for each in report.results],
        "mail": {
            "number": report.number,
            "authentication_results": report.authentication,
            "transit_seconds": None if report.transit_s is None else round(report.transit_s, 3),
        },
        "conversations": [_conversation_json(each) for each in report.conversations],
    }


def _conversation_json(held: Conversation) -> dict[str, object]:
    return {
        "purpose": held.purpose,
        "seconds": round(held.seconds, 3),
        "fault": None if held.fault is None else held.fault.kind.value,
        "transcript": [
            {"seconds": round(entry.seconds, 4), "side": entry.side.value, "text": entry.text}
            for entry in held.entries
        ],
    }
