"""Judges of logging in, and of what those may do who have not."""

from collections.abc import Iterable

from omi_core.findings.finding import FindingKind
from omi_core.findings.verdict import Verdict, found, passed, skipped, unknown
from omi_core.names import Address
from omi_core.probe.context import SMTP_PORT, CheckContext
from omi_core.probe.conversations.relay_forms import relay_forms
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step
from omi_core.probe.rules import auth_texts as kinds
from omi_core.probe.words import (
    NO_ACCOUNT,
    NO_SENDER,
    NOT_IN_THE_CLEAR,
    NOT_REACHED,
    NOT_TO_A_STRANGER,
    ended,
    quote_reply,
)
from omi_core.smtp.credentials import Mechanism
from omi_core.smtp.fault import FaultKind
from omi_core.smtp.listeners import Security
from omi_core.smtp.reply import Reply, mechanisms
from omi_core.text import Text

_NEEDED = (Mechanism.PLAIN, Mechanism.LOGIN)
# Replies that tell that a password was looked at, or asked for: RFC 4954 4 and 6.
_LOOKED_AT = {235, 334, 535}
_PROMISED = Text("AUTH without TLS is promised on port 25 (the guide, section 3.2)")
_NOT_SAID = Text(
    "not stated whether AUTH without TLS is meant (--plaintext-auth or --no-plaintext-auth)"
)


def auth_offered(seen: CellSeen, context: CheckContext) -> Verdict:
    """PLAIN and LOGIN are offered where customers log in."""
    if not seen.is_usable:
        return skipped(NOT_REACHED)
    offered = mechanisms(seen.look.offered)
    if seen.cell.access.security is Security.NONE and not context.expectation.plaintext_auth:
        return skipped(
            _NOT_SAID if context.expectation.plaintext_auth is None else NOT_IN_THE_CLEAR
        )
    missing = [one.value for one in _NEEDED if one not in offered]
    if not missing:
        return passed(" ".join(sorted(offered)))
    cell, observed = seen.cell, quote_reply(seen.look.offered)
    port, words = cell.access.port, ", ".join(missing)
    return found(kinds.AUTH_MISSING.of(cell.subject, missing=words, observed=observed, port=port))


def auth_only_inside(seen: CellSeen, context: CheckContext) -> Verdict:
    """Before TLS nobody can log in, except on port 25 where the service promises it."""
    access, allowed = seen.cell.access, context.expectation.plaintext_auth
    if access.security is Security.TLS:
        return passed()
    before = seen.look.replies.get(Step.EHLO)
    if before is None:
        return skipped(NOT_REACHED)
    if access.security is Security.STARTTLS and access.port in context.plain_ports:
        return skipped(Text("see {port} plain").format(port=access.port))
    may_be = access.security is Security.NONE or access.port == SMTP_PORT
    if may_be and allowed is not False:
        return skipped(_PROMISED if allowed else _NOT_SAID)
    return _nobody_logs_in(seen, before)


def wrong_refused(seen: CellSeen, _context: CheckContext) -> Verdict:
    """A password that is wrong is refused."""
    held = seen.conversations.get(Purpose.WRONG)
    if held is None:
        return skipped(NOT_REACHED)
    reply = held.replies.get(Step.AUTH)
    if reply is None or reply.is_transient:
        return unknown(quote_reply(reply) if reply else ended(held.fault))
    if reply.is_positive:
        return found(kinds.ANY_PASSWORD.of(seen.cell.subject, observed=quote_reply(reply)))
    return passed(quote_reply(reply))


def plain_accepted(seen: CellSeen, context: CheckContext) -> Verdict:
    """The account logs in by PLAIN."""
    return _accepted(seen, context, Purpose.VERIFIED, Mechanism.PLAIN)


def login_accepted(seen: CellSeen, context: CheckContext) -> Verdict:
    """The account logs in by LOGIN."""
    return _accepted(seen, context, Purpose.LOGIN, Mechanism.LOGIN)


def relay_closed(seen: CellSeen, _context: CheckContext) -> Verdict:
    """Whoever has not logged in is refused, in every form of an envelope."""
    held = seen.conversations.get(Purpose.RELAY)
    if held is None:
        return skipped(NOT_REACHED)
    forms = [form.name for form in relay_forms(seen.cell.name, _ANYBODY)]
    asked = {form: held.replies[form] for form in forms if form in held.replies}
    taken = [form for form, reply in asked.items() if reply.is_positive]
    if taken:
        words, observed = ", ".join(taken), quote_reply(asked[taken[0]])
        return found(kinds.OPEN_RELAY.of(seen.cell.subject, forms=words, observed=observed))
    unclear = [reply for reply in asked.values() if _is_put_off(reply)]
    if unclear or len(asked) < len(forms):
        return unknown(quote_reply(unclear[0]) if unclear else ended(held.fault))
    return passed(quote_reply(asked["plain"]))


def foreign_refused(seen: CellSeen, context: CheckContext) -> Verdict:
    """The account may not use an address that is not its own."""
    why = why_not_logged_in(seen, context, Purpose.VERIFIED)
    if why is not None:
        return why
    if not context.asked.sender:
        return skipped(NO_SENDER)
    held = seen.conversations[Purpose.VERIFIED]
    reply = held.replies.get(Step.FOREIGN_SENDER)
    if reply is None or reply.is_transient:
        return unknown(quote_reply(reply) if reply else ended(held.fault))
    if reply.is_positive:
        return found(kinds.FOREIGN_ACCEPTED.of(seen.cell.subject, observed=quote_reply(reply)))
    return passed(quote_reply(reply))


def why_not_logged_in(seen: CellSeen, context: CheckContext, purpose: str) -> Verdict | None:
    """Say why there is nothing to judge after AUTH; None where the account is logged in."""
    if not context.asked.account:
        return skipped(NO_ACCOUNT)
    if not seen.is_usable:
        return skipped(NOT_REACHED)
    held = seen.conversations.get(purpose)
    if seen.cell.access.security is Security.NONE and not context.expectation.plaintext_auth:
        return skipped(NOT_IN_THE_CLEAR)
    if held is None:
        return skipped(NOT_REACHED)
    reply = held.replies.get(Step.AUTH)
    if reply is not None:
        return None if reply.is_positive else skipped(NOT_REACHED)
    return _not_asked(held)


def _not_asked(held: Conversation) -> Verdict:
    if held.fault is not None and held.fault.kind is FaultKind.UNTRUSTED:
        return skipped(NOT_TO_A_STRANGER)
    return unknown(ended(held.fault))


def _accepted(seen: CellSeen, context: CheckContext, purpose: str, mechanism: Mechanism) -> Verdict:
    held = seen.conversations.get(purpose)
    if seen.is_usable and mechanism not in mechanisms(seen.look.offered):
        return skipped(NOT_REACHED)
    reply = held.replies.get(Step.AUTH) if held and context.asked.account else None
    if reply is None:
        return why_not_logged_in(seen, context, purpose) or unknown(ended(None))
    if reply.is_positive:
        return passed(quote_reply(reply))
    if reply.is_transient:
        return unknown(quote_reply(reply))
    return found(
        kinds.PASSWORD_REFUSED.of(
            seen.cell.subject, mechanism=mechanism.value, observed=quote_reply(reply)
        )
    )


def _nobody_logs_in(seen: CellSeen, before: Reply) -> Verdict:
    subject, port = seen.cell.subject, seen.cell.access.port
    if mechanisms(before):
        return _before_tls(kinds.AUTH_BEFORE_TLS, subject, before, port)
    held = seen.conversations.get(Purpose.EARLY_AUTH)
    reply = held.replies.get(Step.AUTH) if held else None
    if reply is not None and reply.code in _LOOKED_AT:
        return _before_tls(kinds.AUTH_EARLY, subject, reply, port)
    if reply is None and not _was_cut(held):
        return unknown(ended(held.fault if held else None))
    return passed(quote_reply(reply))


def _before_tls(kind: FindingKind, subject: str, reply: Reply, port: int) -> Verdict:
    return found(kind.of(subject, observed=quote_reply(reply), port=port))


def _was_cut(held: Conversation | None) -> bool:
    """Whether the server ended the session over AUTH, which is a refusal."""
    return bool(held and held.fault and held.fault.kind is FaultKind.DROPPED)


def _is_put_off(reply: Reply) -> bool:
    """Whether a 4yz leaves it open; `454 4.7.1 Relay access denied` does not (Postfix)."""
    return reply.is_transient and not _any_in(("relay", "denied"), str(reply).lower())


def _any_in(words: Iterable[str], text: str) -> bool:
    return any(word in text for word in words)


_ANYBODY = Address.parse("omi-probe@example.net")
