"""Judges of what comes first: port, greeting, EHLO."""

from omi_core.findings.verdict import Verdict, found, passed, skipped, unknown
from omi_core.probe.context import SMTP_PORT, CheckContext
from omi_core.probe.conversations.gate import AT_ONCE, says_limit
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step
from omi_core.probe.rules import connection_texts as kinds
from omi_core.probe.rules.between import greeter, is_masked
from omi_core.probe.words import NOT_REACHED, ended, quote_reply
from omi_core.smtp.fault import FaultKind, Stage
from omi_core.smtp.reply import Reply
from omi_core.text import Text

GREETING = 220
SLOW_S = 3.0  # what a person waits, and some printers do
_LIMITS = Text("the server limits connections, and took none of ours: {reply}")


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


def connections(seen: CellSeen, _context: CheckContext) -> Verdict:
    """No connection is turned away because there are too many."""
    held = (*seen.conversations.values(), *seen.smuggling.values())
    eased = [each for each in held if each.limited_by is not None and _came_in(each)]
    if not eased:
        return passed() if _came_in(seen.look) else skipped(NOT_REACHED)
    limited = eased[0].limited_by
    at_once = min(AT_ONCE >> (each.tries - 1) for each in eased)
    return found(
        kinds.LIMITED.of(
            seen.cell.subject,
            observed=quote_reply(limited),
            at_once=max(1, at_once),
            usual=AT_ONCE,
        )
    )


def banner(seen: CellSeen, context: CheckContext) -> Verdict:
    """The server says 220 (RFC 5321 4.2)."""
    reply, fault = seen.look.replies.get(Step.BANNER), seen.look.fault
    cell = seen.cell
    if reply is not None and reply.code == GREETING:
        return _greeted(seen, reply, context)
    if reply is not None and seen.look.limited_by is not None and says_limit(reply):
        return unknown(_LIMITS.format(reply=quote_reply(reply)))
    if reply is not None:
        return found(kinds.BANNER_REFUSED.of(cell.subject, observed=quote_reply(reply)))
    if fault is not None and fault.stage is Stage.BANNER:
        tried = seen.conversations.get(Purpose.AT_ONCE)
        kind = kinds.TLS_AT_ONCE if tried and tried.tls else kinds.BANNER_WRONG
        return found(kind.of(cell.subject, observed=ended(fault), port=cell.access.port))
    return skipped(NOT_REACHED)


def _came_in(held: Conversation) -> bool:
    reply = held.replies.get(Step.BANNER)
    return reply is not None and reply.is_positive


def _greeted(seen: CellSeen, reply: Reply, context: CheckContext) -> Verdict:
    cell, observed, seconds = seen.cell, quote_reply(reply), seen.look.greeted_s or 0.0
    if is_masked(reply):
        return found(kinds.BANNER_MASKED.of(cell.subject, observed=observed))
    usual, own = context.greeters.get(cell.address), greeter(reply)
    if cell.access.port == SMTP_PORT and usual and own and own != usual:
        kind, port = kinds.BANNER_FOREIGN, SMTP_PORT
        return found(kind.of(cell.subject, observed=observed, greeter=own, usual=usual, port=port))
    if seconds >= SLOW_S:
        took = f"{seconds:.1f}"
        return found(
            kinds.BANNER_SLOW.of(cell.subject, observed=observed, seconds=took, limit=f"{SLOW_S:g}")
        )
    return passed(observed)


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
