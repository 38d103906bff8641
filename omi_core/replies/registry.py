"""What codes mean where no words are known: the registry of RFC 5248, then RFC 5321's codes."""

from omi_core.replies import catalogue as means
from omi_core.replies.meaning import Meaning
from omi_core.replies.read import ReadReply

REGISTRY = "https://www.iana.org/assignments/smtp-enhanced-status-codes/"
CODES = "RFC 5321 4.2.3"

# By subject.detail; the names are the registry's.
_STATUSES: dict[str, Meaning] = {
    "1.1": means.UNKNOWN_RECIPIENT,  # bad destination mailbox address
    "1.2": means.NO_SUCH_DOMAIN,  # bad destination system address
    "1.3": means.ADDRESS_INCOMPLETE,  # bad destination mailbox address syntax
    "1.6": means.UNKNOWN_RECIPIENT,  # destination mailbox has moved, no forwarding address
    "1.7": means.ADDRESS_INCOMPLETE,  # bad sender's mailbox address syntax
    "1.8": means.SENDER_DOMAIN,  # bad sender's system address
    "1.10": means.TAKES_NO_MAIL,  # recipient address has null MX
    "2.1": means.MAILBOX_DISABLED,  # mailbox disabled, not accepting messages
    "2.2": means.MAILBOX_FULL,  # mailbox full
    "2.3": means.TOO_LARGE,  # message length exceeds administrative limit
    "3.1": means.RECEIVER_BUSY,  # mail system full
    "3.2": means.RECEIVER_BUSY,  # system not accepting network messages
    "3.4": means.TOO_LARGE,  # message too big for system
    "4.1": means.UNREACHABLE,  # no answer from host
    "4.2": means.CONNECTION_LOST,  # bad connection
    "4.3": means.DNS_TROUBLE,  # directory server failure
    "4.4": means.NO_SUCH_DOMAIN,  # unable to route
    "4.5": means.RECEIVER_BUSY,  # mail system congestion
    "4.6": means.MAIL_LOOP,  # routing loop detected
    "5.3": means.TOO_MANY_RECIPIENTS,  # too many recipients
    "6.7": means.ADDRESS_NOT_ASCII,  # non-ASCII addresses not permitted
    "7.10": means.TLS_REQUIRED,  # encryption needed
    "7.20": means.UNAUTHENTICATED,  # no passing DKIM signature found
    "7.21": means.UNAUTHENTICATED,  # no acceptable DKIM signature found
    "7.22": means.UNAUTHENTICATED,  # no valid author-matched DKIM signature found
    "7.23": means.UNAUTHENTICATED,  # SPF validation failed
    "7.24": means.UNAUTHENTICATED,  # SPF validation error
    "7.25": means.NO_PTR,  # reverse DNS validation failed
    "7.26": means.UNAUTHENTICATED,  # multiple authentication checks failed
    "7.27": means.SENDER_DOMAIN,  # sender address has null MX
    "7.28": means.RATE_LIMITED,  # mail flood detected
}
_CODES: dict[int, Meaning] = {
    **dict.fromkeys((500, 501, 502, 503, 504, 555), means.NOT_UNDERSTOOD),
    550: means.POLICY_REFUSED,
    552: means.TOO_LARGE,
    554: means.POLICY_REFUSED,
}
_CLASSES: dict[int, Meaning] = {2: means.TAKEN, 3: means.TAKEN, 4: means.LATER, 5: means.REFUSED}


def by_codes(reply: ReadReply) -> tuple[Meaning, str]:
    """Return what the codes alone say, and where that is written."""
    if reply.code is None:
        return means.UNREAD, ""
    by_status = _by_status(reply)
    if by_status is not None:
        return by_status, REGISTRY
    return _CODES.get(reply.code) or _CLASSES[reply.code // 100], CODES


def _by_status(reply: ReadReply) -> Meaning | None:
    """What 2yz and 3yz say is that it went well, whatever stands behind."""
    if reply.code is None or reply.code < 400:  # noqa: PLR2004 - RFC 5321 4.2.1
        return None
    found = _STATUSES.get(reply.status)
    if found is None and reply.status.startswith("6.") and reply.code >= 500:  # noqa: PLR2004
        return means.MALFORMED  # message content or media status
    return found
