"""From the reply that refused to what it means: pure.

The code decides (RFC 5321 4.2.3, RFC 4954 6); where it stands for several things, the enhanced
code (RFC 3463) or the server's words do.
"""

from dataclasses import dataclass

from omi_core.findings.finding import Finding, FindingKind
from omi_core.probe.refusals import refusal_texts as kinds
from omi_core.probe.words import quote_reply
from omi_core.smtp.reply import Reply
from omi_core.text import Text

_FOREVER = range(500, 600)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """Codes that have a meaning if one of the words stands behind them; without words always."""

    codes: tuple[int, ...]
    words: tuple[str, ...]
    kind: FindingKind


_MEANINGS = (
    _Meaning((530, 550, 553, 554), ("starttls", "encryption required"), kinds.NEEDS_TLS),
    _Meaning((523, 538), (), kinds.NEEDS_TLS),
    _Meaning((530,), (), kinds.NEEDS_LOGIN),
    _Meaning(
        (450, 451, 454, 550, 551, 553, 554),
        (
            *(
                "relay access denied",
                "relaying denied",
                "unable to relay",
                "not permitted to relay",
            ),
            *("relay not permitted", "authentication required", "not logged in", "log in first"),
            *("relaying not allowed", "must authenticate"),
        ),
        kinds.NEEDS_LOGIN,
    ),
    _Meaning((535,), (), kinds.LOGIN_REFUSED),
    _Meaning((500, 502, 503, 504, 534), ("auth", "mechanism", "5.7."), kinds.AUTH_NOT_HERE),
    _Meaning((454,), ("tls not available", "tls"), kinds.TLS_DOWN),
    _Meaning((432, 451, 454), ("auth",), kinds.AUTH_DOWN),
    _Meaning(
        (421, 450, 451, 452, 550, 554),
        (
            *("too many connections", "too many concurrent", "concurrent connections"),
            *("connection rate", "rate limit", "connection limit", "too much mail"),
        ),
        kinds.TOO_MANY_CONNECTIONS,
    ),
    _Meaning((421,), ("4.7.0", "too many", "limit"), kinds.TOO_MANY_CONNECTIONS),
    _Meaning((421,), (), kinds.GOING_DOWN),
    _Meaning((452, 552), ("quota", "full", "4.2.2", "5.2.2"), kinds.MAILBOX_FULL),
    _Meaning((452, 550, 552), ("too many recipients", "4.5.3"), kinds.TOO_MANY_RECIPIENTS),
    _Meaning((552, 523), (), kinds.TOO_LARGE),
    _Meaning((554, 550), ("message too large", "message size", "5.3.4"), kinds.TOO_LARGE),
    _Meaning((550, 553, 554), ("from header",), kinds.FROM_HEADER),
    _Meaning((501, 550, 553, 555), ("smtputf8", "5.6.7"), kinds.ADDRESS_NOT_ASCII),
    _Meaning((550,), ("5.6.",), kinds.MESSAGE_FAULT),
    _Meaning(
        (501, 550, 551, 553, 554),
        (
            *("not owned by", "sender address rejected", "not allowed to send as"),
            *("sendasdenied", "send as", "sender rejected", "sender not"),
        ),
        kinds.SENDER_NOT_OWNED,
    ),
    _Meaning((501, 504, 553), ("fully-qualified", "syntax", "malformed"), kinds.ADDRESS_INCOMPLETE),
    _Meaning((501,), ("5.1.", "address"), kinds.ADDRESS_INCOMPLETE),
    _Meaning((553,), (), kinds.SENDER_NOT_OWNED),
    _Meaning(
        (550, 551, 554, 556),
        (
            *("user unknown", "unknown user", "no such user", "does not exist", "5.1.1", "5.1.10"),
            *("mailbox unavailable", "mailbox not found", "invalid recipient", "recipient unknown"),
            *("no mailbox", "address not found"),
        ),
        kinds.RECIPIENT_UNKNOWN,
    ),
    _Meaning((550, 554), (), kinds.POLICY),
    _Meaning((500, 501, 502, 503, 504, 555), (), kinds.NOT_UNDERSTOOD),
)


def meaning(reply: Reply) -> FindingKind:
    """Return what a negative reply stands for."""
    words = " ".join(reply.lines).casefold()
    for each in _MEANINGS:
        if reply.code in each.codes and (not each.words or any(one in words for one in each.words)):
            return each.kind
    return kinds.OTHER if reply.code in _FOREVER else kinds.LATER


def refusal(
    subject: str, reply: Reply, *, sender: str = "", senders: Text | None = None
) -> Finding:
    """Return what to say of a reply that refused.

    `senders` are what the account may send as, where the inventory is known.
    """
    kind, observed = meaning(reply), quote_reply(reply)
    if kind is kinds.SENDER_NOT_OWNED and senders is not None and sender:
        return kinds.SENDER_NOT_AMONG.of(subject, observed=observed, sender=sender, senders=senders)
    return kind.of(subject, observed=observed)
