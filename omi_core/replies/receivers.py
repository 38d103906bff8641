"""The large receivers, and the replies of Yahoo and Apple."""

from omi_core.replies import catalogue as means
from omi_core.replies import google, microsoft
from omi_core.replies.rule import LargeReceiver, Rule

_YAHOO_CODES = "https://senders.yahooinc.com/smtp-error-codes"
_APPLE_PAGE = "https://support.apple.com/en-us/102322"
# Apple lists none of its replies; they are as they were collected from bounces.
_APPLE_SEEN = "https://github.com/sisimai/rb-sisimai/blob/master/lib/sisimai/rhost/apple.rb"

YAHOO = LargeReceiver(name="Yahoo", hosts=(".yahoodns.net",), page=_YAHOO_CODES)
APPLE = LargeReceiver(
    name="Apple", hosts=(".icloud.com", ".me.com", ".apple.com"), page=_APPLE_PAGE
)
HINET = LargeReceiver(name="HiNet", hosts=(".hinet.net",))  # no list of its replies was found
RECEIVERS = (google.GOOGLE, microsoft.MICROSOFT, YAHOO, APPLE, HINET)

_ANY = (4, 5)
_NONE = ()

_YAHOOS = (
    Rule(
        means.LOW_REPUTATION,
        _ANY,
        _NONE,
        (
            *("[tss04]", "[tss09]", "[tss11]", "[ts03]", "will be permanently deferred"),
            "temporarily deferred due to unexpected volume or user complaints",
        ),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(
        means.UNAUTHENTICATED,
        (5,),
        ("7.9",),
        ("requires all senders to authenticate with either spf or dkim",),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(
        means.DMARC_REFUSED,
        (5,),
        ("7.9",),
        ("message not accepted for policy reasons",),
        "https://help.yahoo.com/kb/SLN7253.html",
        YAHOO,
    ),
    Rule(
        means.SENDER_DOMAIN,
        (4,),
        _NONE,
        ("due to unresolvable rfc.5321",),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(
        means.RECIPIENT_BUSY,
        (4,),
        _NONE,
        ("user is receiving mail too quickly",),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(
        means.TOO_MANY_CONNECTIONS,
        (4,),
        _NONE,
        ("max message per connection reached",),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(
        means.UNKNOWN_RECIPIENT, (5,), _NONE, ("dd this user doesn't have a",), _YAHOO_CODES, YAHOO
    ),
    Rule(
        means.MAILBOX_DISABLED,
        (5,),
        _NONE,
        ("is no longer valid", "this mailbox is disabled"),
        _YAHOO_CODES,
        YAHOO,
    ),
    Rule(means.MALFORMED, (5,), _NONE, ("headers are not rfc compliant",), _YAHOO_CODES, YAHOO),
)

_APPLES = (
    Rule(
        means.POLICY_REFUSED,
        (5,),
        ("7.1",),
        ("message rejected due to local policy",),  # [CS01], [HM07], [HM08]
        _APPLE_SEEN,
        APPLE,
    ),
    Rule(
        means.UNAUTHENTICATED,
        (5,),
        ("7.1",),
        ("failing both spf and dkim authentication",),  # [HME1]
        _APPLE_SEEN,
        APPLE,
    ),
    Rule(
        means.RATE_LIMITED,
        (4,),
        ("7.1",),
        ("deferred due to excessive volume",),
        _APPLE_SEEN,
        APPLE,
    ),
    Rule(
        means.UNKNOWN_RECIPIENT,
        (5,),
        ("1.1", "1.6"),
        (
            *("unknown or illegal alias", "inactive email address"),
            "recipient no longer on server",
        ),
        _APPLE_SEEN,
        APPLE,
    ),
)

RULES = (*google.RULES, *microsoft.RULES, *_YAHOOS, *_APPLES)
