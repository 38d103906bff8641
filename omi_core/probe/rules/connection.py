"""Judges of what comes first: port, greeting, EHLO."""

from omi_core.findings.verdict import Verdict, found, passed, skipped, unknown
from omi_core.probe.context import SMTP_PORT, CheckContext
from omi_core.probe.observation import CellSeen, Step
from omi_core.probe.rules import connection_texts as kinds
from omi_core.probe.words import NOT_REACHED, ended, quote_reply
from omi_core.smtp.fault import FaultKind, Stage

GREETING = 220


def port_open(seen: CellSeen, context: CheckContext) -> Verdict:
    """A connection can be made."""
    if seen.is_open:
        return passed()
    if seen.is_without_route:
        return unknown(ended(seen.look.fault))
    cell = seen.cell
    blocked = cell.access.port == SMTP_PORT and cell.address in context.open_elsewhere
    kind = kinds.PORT_25_BLOCKED if blocked else kinds.PORT_CLOSED
    observed = ended(seen.look.fault)
    return found(kind.of(cell.subject, observed=observed, port=cell.access.port))


def banner(seen: CellSeen, _context: CheckContext) -> Verdict:
    """The server says 220 (RFC 5321 4.2)."""
    reply, fault = seen.look.replies.get(Step.BANNER), seen.look.fault
    cell = seen.cell
    if reply is not None and reply.code == GREETING:
        return passed(quote_reply(reply))
    if reply is not None:
        return found(kinds.BANNER_REFUSED.of(cell.subject, observed=quote_reply(reply)))
    if fault is not None and fault.stage is Stage.BANNER:
        port = cell.access.port
        return found(kinds.BANNER_WRONG.of(cell.subject, observed=ended(fault), port=port))
    return skipped(NOT_REACHED)


def ehlo(seen: CellSeen, _context: CheckContext) -> Verdict:
    """EHLO is answered with 250, before and inside TLS, and the session goes on."""
    replies, fault = seen.look.replies, seen.look.fault
    asked = [replies[step] for step in (Step.EHLO, Step.EHLO_INSIDE) if step in replies]
    refused = [reply for reply in asked if not reply.is_positive]
    if refused:
        return found(kinds.EHLO_WRONG.of(seen.cell.subject, observed=quote_reply(refused[0])))
    if fault is not None and fault.stage is Stage.EHLO:
        return found(kinds.EHLO_WRONG.of(seen.cell.subject, observed=ended(fault)))
    if asked and fault is not None and _is_broken_off(fault.stage, fault.kind):
        return found(kinds.EHLO_WRONG.of(seen.cell.subject, observed=ended(fault)))
    return passed(quote_reply(asked[-1])) if asked else skipped(NOT_REACHED)


def _is_broken_off(stage: Stage, kind: FaultKind) -> bool:
    """Whether the server fell silent or left while it owed an answer to QUIT."""
    return stage is Stage.QUIT and kind in {FaultKind.DROPPED, FaultKind.SILENT}
