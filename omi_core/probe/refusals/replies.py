"""From the reply that refused a mail program to what it means: pure.

The code decides (RFC 5321 4.2.3, RFC 4954 6); where it stands for several things, the enhanced
code (RFC 3463) or the server's words do.
"""

from dataclasses import dataclass

from omi_core.findings.finding import Finding, FindingKind
from omi_core.probe.refusals import refusal_texts as kinds
from omi_core.probe.words import quote_reply
from omi_core.replies import catalogue as means
from omi_core.replies.explain import explain_reply
from omi_core.replies.meaning import ExplainedReply
from omi_core.smtp.reply import Reply
from omi_core.text import Text

_MAILBOX_NAME = 553  # not allowed (RFC 5321 4.2.3); of a mail program, the sender's


@dataclass(frozen=True, slots=True)
class _SubmissionRule:
    """Codes that have a meaning if one of the words stands behind them; without words always."""

    codes: tuple[int, ...]
    words: tuple[str, ...]
    kind: FindingKind


_MEANINGS = (
    _SubmissionRule((530, 550, 553, 554), ("starttls", "encryption required"), kinds.NEEDS_TLS),
    _SubmissionRule((523, 538), (), kinds.NEEDS_TLS),
    _SubmissionRule((530,), (), kinds.NEEDS_LOGIN),
    _SubmissionRule(
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
    _SubmissionRule((535,), (), kinds.LOGIN_REFUSED),
    _SubmissionRule((500, 502, 503, 504, 534), ("auth", "mechanism", "5.7."), kinds.AUTH_NOT_HERE),
    _SubmissionRule((454,), ("tls not available", "tls"), kinds.TLS_DOWN),
    _SubmissionRule((432, 451, 454), ("auth",), kinds.AUTH_DOWN),
    _SubmissionRule((550, 553, 554), ("from header",), kinds.FROM_HEADER),
    _SubmissionRule(
        (501, 550, 551, 553, 554),
        (
            *("not owned by", "sender address rejected", "not allowed to send as"),
            *("sendasdenied", "send as", "sender rejected", "sender not"),
        ),
        kinds.SENDER_NOT_OWNED,
    ),
)


def meaning(reply: Reply, *, host: str = "") -> FindingKind | ExplainedReply:
    """Return what a negative reply stands for; `host` said so, where that is known.

    What one receiver or a block list says is told by its own words. Then comes what only a mail
    program meets, and then what any server may say.
    """
    found = explain_reply(reply.code, " ".join(reply.lines), host=host)
    if found.is_particular:
        return found
    words = " ".join(reply.lines).casefold()
    for each in _MEANINGS:
        if reply.code in each.codes and (not each.words or any(one in words for one in each.words)):
            return each.kind
    if reply.code == _MAILBOX_NAME and found.meaning is means.REFUSED:
        return kinds.SENDER_NOT_OWNED
    return found


def refusal(
    subject: str, reply: Reply, *, sender: str = "", senders: Text | None = None, host: str = ""
) -> Finding:
    """Return what to say of a reply that refused.

    `senders` are what the account may send as, where the inventory is known.
    """
    found, observed = meaning(reply, host=host), quote_reply(reply)
    kind = kinds.meant(found) if isinstance(found, ExplainedReply) else found
    if kind is kinds.SENDER_NOT_OWNED and senders is not None and sender:
        return kinds.SENDER_NOT_AMONG.of(subject, observed=observed, sender=sender, senders=senders)
    return kind.of(subject, observed=observed)
