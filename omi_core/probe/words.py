"""Sentences that several judges say."""

from omi_core.smtp.fault import Fault, FaultKind
from omi_core.smtp.reply import Reply
from omi_core.text import Text

_FAULTS = {
    FaultKind.REFUSED: Text("the connection was refused ({detail})"),
    FaultKind.NO_ROUTE: Text("this machine has no way there ({detail})"),
    FaultKind.SILENT: Text("silence: {detail}"),
    FaultKind.DROPPED: Text("the connection ended: {detail}"),
    FaultKind.GARBLED: Text("no SMTP reply: {detail}"),
    FaultKind.OVERSIZED: Text("too much: {detail}"),
    FaultKind.PLAINTEXT: Text("{detail}"),
    FaultKind.TLS: Text("TLS failed: {detail}"),
    FaultKind.UNTRUSTED: Text("certificate not accepted: {detail}"),
    FaultKind.CANNOT_OFFER: Text("this machine's TLS library cannot offer that ({detail})"),
}

_LAST_WORDS = Text("{how}; the server's last words: {words}")
NOT_REACHED = Text("not reached: an earlier step failed")
NOT_FOR_THIS = Text("does not apply to this listener")
NO_TLS = Text("no TLS here")
NO_ACCOUNT = Text("no account was given (--account)")
NO_SENDER = Text("no sender is known (--from)")
NO_RECIPIENT = Text("no recipient was given (--to)")
NO_MAILBOX = Text("no mailbox to look into was given (--maildir or --imap)")
NOT_IN_THE_CLEAR = Text(
    "the password is not sent without TLS unless --plaintext-auth or the inventory says so"
)
NOT_TO_A_STRANGER = Text("the password was not sent, because the certificate is not accepted")
NOTHING_SEEN = Text("not checked")


def ended(fault: Fault | None) -> Text:
    """Say how a conversation ended early."""
    if fault is None:
        return NOTHING_SEEN
    how = _FAULTS[fault.kind].format(detail=fault.detail)
    if not fault.last_words or fault.kind is FaultKind.GARBLED:  # which quotes them already
        return how
    return _LAST_WORDS.format(how=how, words=fault.last_words)


def quote_reply(reply: Reply | None) -> Text:
    """Quote a reply; a long one is cut."""
    if reply is None:
        return Text("nothing")
    text = str(reply)
    return Text.plain(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")


_LONGEST = 300
