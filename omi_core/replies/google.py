"""Google's replies, as its list of errors and its guidelines for senders have them."""

from omi_core.replies import catalogue as means
from omi_core.replies.rule import LargeReceiver, Rule

_GOOGLE_CODES = "https://support.google.com/a/answer/3726730"
_GOOGLE_SENDERS = "https://support.google.com/mail/answer/81126"
_GOOGLE_BLOCKED = "https://support.google.com/mail/answer/188131"

GOOGLE = LargeReceiver(name="Google", hosts=(".google.com", ".googlemail.com"), page=_GOOGLE_CODES)

_ANY = (4, 5)
_NONE = ()

RULES = (
    Rule(means.UNKNOWN_RECIPIENT, (5,), ("1.1",), (), _GOOGLE_CODES, GOOGLE),
    Rule(
        means.MAILBOX_DISABLED,
        (5,),
        ("2.1",),
        ("is disabled", "is inactive"),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.MAILBOX_FULL,
        _ANY,
        ("2.2", "7.1"),
        ("out of storage space", "is over quota", "email quota exceeded"),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.RECIPIENT_BUSY,
        _ANY,
        ("2.1",),
        (
            "is receiving mail too quickly",
            "receiving mail at a rate that prevents additional messages",
        ),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.UNAUTHENTICATED,
        _ANY,
        ("7.24", "7.26", "7.27", "7.30"),
        (),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(
        means.UNAUTHENTICATED,
        _ANY,
        _NONE,
        (
            *("authenticate with either spf or dkim", "fails to pass authentication checks"),
            *("senders to authenticate with spf", "senders to authenticate with dkim"),
            *("authenticate their email with spf", "authenticate their email with dkim"),
            *("has an spf record with a hard fail policy", "fails to pass spf checks"),
            "the spf record of the sending domain has one or more suspicious entries",
        ),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(
        means.DMARC_REFUSED,
        _ANY,
        ("7.1", "7.26", "7.32"),
        ("domain's dmarc policy", "aligned with either the authenticated spf or dkim"),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(means.DMARC_REFUSED, _ANY, ("7.32",), (), _GOOGLE_CODES, GOOGLE, _GOOGLE_SENDERS),
    Rule(means.NO_PTR, _ANY, ("7.23", "7.25"), (), _GOOGLE_CODES, GOOGLE, _GOOGLE_SENDERS),
    Rule(
        means.NO_PTR,
        _ANY,
        _NONE,
        (
            *("does not have a ptr record", "doesn't have a ptr record"),
            "does not meet ipv6 sending guidelines regarding ptr records",
        ),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(
        means.TLS_REQUIRED,
        _ANY,
        ("7.0", "7.29"),
        ("tls required for rcpt domain", "senders to use tls/ssl for smtp"),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.RATE_LIMITED,
        (4,),
        ("7.0", "7.28"),
        ("an unusual rate of unsolicited mail", "an unusual rate of mail"),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(
        means.LOW_REPUTATION,
        (5,),
        ("7.1", "7.28"),
        ("an unusual rate of unsolicited mail",),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_SENDERS,
    ),
    Rule(
        means.LOW_REPUTATION,
        _ANY,
        ("7.0", "7.1"),
        ("very low reputation of the sending",),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_BLOCKED,
    ),
    Rule(
        means.CONTENT_REFUSED,
        _ANY,
        ("7.0", "7.1"),
        (
            *("likely unsolicited mail", "due to the nature of the content"),
            *("its content presents a potential security issue", "illegal attachment"),
        ),
        _GOOGLE_CODES,
        GOOGLE,
        _GOOGLE_BLOCKED,
    ),
    Rule(
        means.RECIPIENT_POLICY,
        _ANY,
        _NONE,
        (
            *("ip not in whitelist for rcpt domain", "has a policy that prohibited the mail"),
            "- gcdp",
        ),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.MALFORMED,
        (5,),
        ("7.1", "6.0"),
        (
            *("is not rfc 5322 compliant", "missing a valid address in the from: header"),
            *("missing a valid message-id", "multiple addresses in from: header"),
            *("unicode character in a disallowed header", "mail message is malformed"),
        ),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.RECEIVER_BUSY,
        (4,),
        _NONE,
        ("temporary system problem", "server busy, try again later"),
        _GOOGLE_CODES,
        GOOGLE,
    ),
    Rule(
        means.MALFORMED,
        (5,),
        ("3.4",),
        ("exceeds google's message header size", "bytes per individual header size"),
        _GOOGLE_CODES,
        GOOGLE,
    ),
)
