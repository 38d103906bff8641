"""Judges of the test mail, and of how the server frames and bounds messages."""

from omi_core.findings.verdict import Verdict, found, passed, skipped, unknown
from omi_core.probe.context import CheckContext
from omi_core.probe.observation import CellSeen, Purpose, Step
from omi_core.probe.received import changes, results
from omi_core.probe.rules import mail_texts as kinds
from omi_core.probe.rules.auth import why_not_logged_in
from omi_core.probe.words import (
    NO_MAILBOX,
    NO_RECIPIENT,
    NO_SENDER,
    NOT_REACHED,
    ended,
    quote_reply,
)
from omi_core.smtp.reply import Reply, is_size, keywords
from omi_core.text import Text

_ON_THE_WAY = (Step.MAIL, Step.RCPT, Step.DATA, Step.SENT)
_NOT_ASKED = Text("asked only with --smuggling-to")


def size_limit(seen: CellSeen, context: CheckContext) -> Verdict:
    """A limit is announced (RFC 1870), it is the inventory's, and it is kept."""
    if not seen.is_usable:
        return skipped(NOT_REACHED)
    subject, offered = seen.cell.subject, seen.look.offered
    size = keywords(offered).get("SIZE", "")
    if not is_size(size) or int(size) == 0:
        return found(kinds.NO_LIMIT.of(subject, observed=quote_reply(offered)))
    wanted = context.expectation.message_size_limit
    if wanted is not None and int(size) != wanted:
        return found(kinds.OTHER_LIMIT.of(subject, expected=wanted, observed=size))
    verified = seen.conversations.get(Purpose.VERIFIED)
    answer = verified.replies.get(Step.TOO_LARGE) if verified else None
    if answer is not None and answer.is_positive:
        port = seen.cell.access.port
        return found(kinds.TOO_LARGE_TAKEN.of(subject, observed=quote_reply(answer), port=port))
    return passed(f"SIZE {size}")


def smuggling_closed(seen: CellSeen, context: CheckContext) -> Verdict:
    """Only <CR><LF>.<CR><LF> ends a message."""
    if not context.asked.smuggling:
        return skipped(_NOT_ASKED)
    if not seen.smuggling:
        why = why_not_logged_in(seen, context, Purpose.VERIFIED)
        return why or skipped(NOT_REACHED)
    ended_by = {name: held.replies.get(Step.SENT) for name, held in seen.smuggling.items()}
    open_forms = [name for name, reply in ended_by.items() if reply and reply.is_positive]
    if open_forms:
        words, observed = ", ".join(open_forms), quote_reply(ended_by[open_forms[0]])
        return found(kinds.SMUGGLED.of(seen.cell.subject, forms=words, observed=observed))
    for held in seen.smuggling.values():
        # Closed is what kept the connection open until the true end, or refused the message.
        if Step.AFTER_HANDSHAKE not in held.replies and Step.SENT not in held.replies:
            return unknown(
                ended(held.fault) if held.fault else quote_reply(held.replies.get(Step.DATA))
            )
    return passed()


def mail_accepted(seen: CellSeen, context: CheckContext) -> Verdict:
    """The server takes the test mail; its reply is kept."""
    why = why_not_sent(seen, context)
    if why is not None:
        return why
    held = seen.conversations[Purpose.VERIFIED]
    for step in _ON_THE_WAY:
        reply = held.replies.get(step)
        if reply is None:
            return unknown(ended(held.fault))
        if not reply.is_positive:
            kind = kinds.DEFERRED if reply.is_transient else kinds.REFUSED
            words = step.value.upper()
            return found(kind.of(seen.cell.subject, step=words, observed=quote_reply(reply)))
    return passed(quote_reply(_sent(seen)))


def mail_arrived(seen: CellSeen, context: CheckContext) -> Verdict:
    """The mail lies in the mailbox that was given."""
    why = why_not_sent(seen, context)
    if why is not None:
        return why
    sent = _sent(seen)
    if sent is None or not sent.is_positive:
        return skipped(NOT_REACHED)
    if not seen.was_awaited:
        return skipped(NO_MAILBOX)
    if seen.could_not_await:
        return unknown(Text.plain(seen.could_not_await))
    if seen.arrival is None:
        number = sent.number or str(sent)
        seconds = f"{seen.waited_s:g}"
        return found(kinds.NOT_ARRIVED.of(seen.cell.subject, number=number, seconds=seconds))
    words = Text("{s} s in transit")
    return passed(words.format(s=f"{seen.arrival.seconds:.2f}"))


def mail_authenticated(seen: CellSeen, _context: CheckContext) -> Verdict:
    """SPF, DKIM and DMARC pass, as the receiver's own header says (RFC 8601)."""
    if seen.arrival is None or seen.mail is None:
        return skipped(NOT_REACHED)
    said_there = results(seen.arrival.octets)
    if said_there is None:
        return found(kinds.NO_RESULTS.of(seen.cell.subject))
    failed = said_there.failed()
    if not failed:
        return passed(said_there.text)
    return found(
        kinds.NOT_AUTHENTICATED.of(
            seen.cell.subject,
            failed=", ".join(failed),
            observed=said_there.text,
            domain=seen.mail.sender.domain.relative,
        )
    )


def mail_intact(seen: CellSeen, _context: CheckContext) -> Verdict:
    """What arrived is what was sent."""
    if seen.arrival is None or seen.mail is None:
        return skipped(NOT_REACHED)
    changed = changes(seen.mail.octets, seen.arrival.octets)
    if not changed:
        return passed()
    words = ", ".join(changed)
    return found(kinds.CHANGED.of(seen.cell.subject, parts=words, observed=words))


def why_not_sent(seen: CellSeen, context: CheckContext) -> Verdict | None:
    """Say why no mail was sent; None where one was tried."""
    why = why_not_logged_in(seen, context, Purpose.VERIFIED)
    if why is not None:
        return why
    if not context.asked.recipient:
        return skipped(NO_RECIPIENT)
    return None if context.asked.sender else skipped(NO_SENDER)


def _sent(seen: CellSeen) -> Reply | None:
    return seen.conversations[Purpose.VERIFIED].replies.get(Step.SENT)
