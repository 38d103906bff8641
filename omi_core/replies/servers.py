"""What servers of any receiver say: Postfix, Exim, Exchange, and the block lists that they ask."""

from dataclasses import dataclass

from omi_core.replies import catalogue as means
from omi_core.replies.rule import Rule

_POSTFIX = "https://www.postfix.org/postconf.5.html"
_POSTFIX_CLIENT = "https://www.postfix.org/smtp.8.html"
_POSTGREY = "https://postgrey.schweikert.ch/"
_EXIM = "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-access_control_lists.html"
_EXCHANGE = (
    "https://learn.microsoft.com/en-us/exchange/mail-flow/"
    "non-delivery-reports-and-bounce-messages/non-delivery-reports-and-bounce-messages"
)
_RFC_7489 = "RFC 7489 10.3"
_RFC_7505 = "RFC 7505"


@dataclass(frozen=True, slots=True)
class MentionedList:
    """A list that many receivers ask, by the words that name it, and its page for removal."""

    name: str
    words: tuple[str, ...]
    page: str


BLOCK_LISTS = (
    MentionedList("Spamhaus", ("spamhaus",), "https://check.spamhaus.org/"),
    MentionedList("SpamCop", ("spamcop",), "https://www.spamcop.net/bl.shtml"),
    MentionedList(
        "Barracuda", ("barracuda",), "https://www.barracudacentral.org/rbl/removal-request"
    ),
    MentionedList("UCEPROTECT", ("uceprotect",), "https://www.uceprotect.net/en/rblcheck.php"),
    MentionedList(
        "Proofpoint",
        ("proofpoint.com/dnsbl", "ipcheck.proofpoint.com"),
        "https://ipcheck.proofpoint.com/",
    ),
    MentionedList("Abusix", ("abusix",), "https://lookup.abusix.com/"),
    MentionedList("Cloudmark", ("csi.cloudmark.com",), "https://csi.cloudmark.com/en/reset"),
)
# How a domain's list is told from one of addresses.
DOMAIN_LISTS = ("spamhaus dbl", "dbl.spamhaus.org", "spamhaus.org/dbl")

_ANY = (4, 5)
_OWN = ()  # what our own Postfix says, without a reply

RULES = (
    Rule(
        means.LISTED,
        _ANY,
        (),
        (
            *("blocked using", "due to listing in", "listed in", "is listed at", "listed by"),
            *("on spamhaus", "in spamhaus", "is listed on", "in blacklist", "blocked - see http"),
        ),
        _POSTFIX,
    ),
    Rule(
        means.DOMAIN_LISTED,
        _ANY,
        (),
        ("having a domain present in the spamhaus dbl", "using dbl.spamhaus.org"),
        "https://www.spamhaus.org/dbl/",
    ),
    Rule(
        means.UNKNOWN_RECIPIENT,
        (5,),
        (),
        (
            *("user unknown", "unknown user", "no such user", "user does not exist"),
            *("account that you tried to reach does not exist", "mailbox not found"),
            *("mailbox unavailable", "invalid recipient", "recipient unknown", "no mailbox"),
            *("address not found", "recipnotfound", "recipientnotfound", "unrouteable address"),
            *("does not exist", "user not found"),
        ),
        _POSTFIX,
    ),
    Rule(
        means.MAILBOX_FULL,
        _ANY,
        (),
        (
            *("over quota", "mailbox full", "mailbox is full", "quota exceeded", "inbox full"),
            *("out of storage", "overquota"),
        ),
        _EXCHANGE,
    ),
    Rule(means.MAILBOX_FULL, (452, 552), (), ("quota", "full"), _EXCHANGE),
    Rule(
        means.MAILBOX_DISABLED,
        (5,),
        (),
        ("mailbox disabled", "mailbox is disabled", "account disabled", "account is disabled"),
        _EXCHANGE,
    ),
    Rule(means.GREYLISTED, (4,), (), ("greylist", "graylist", "grey-list", "grey list"), _POSTGREY),
    Rule(
        means.TOO_MANY_CONNECTIONS,
        _ANY,
        (),
        (
            *("too many connections", "too many concurrent", "concurrent connections"),
            *("connection rate", "connection limit"),
        ),
        _POSTFIX,
    ),
    Rule(
        means.RATE_LIMITED,
        _ANY,
        (),
        ("rate limit", "ratelimit", "too much mail", "sending rate", "rate exceeded"),
        _POSTFIX,
    ),
    Rule(means.TOO_MANY_RECIPIENTS, _ANY, (), ("too many recipients",), _POSTFIX),
    Rule(
        means.TOO_LARGE,
        (5,),
        (),
        (
            *(
                "message too large",
                "message size exceeds",
                "message too big",
                "message is too long",
            ),
            *("message is too long", "maximum message size", "size limit", "databytes limit"),
        ),
        _POSTFIX,
    ),
    Rule(means.TOO_LARGE, (523,), (), (), "RFC 5321 4.2.3"),
    Rule(
        means.DMARC_REFUSED,
        _ANY,
        (),
        (
            *("dmarc policy", "dmarc check", "fails dmarc", "failed dmarc", "dmarc verification"),
            *("dmarc evaluation", "rejected per dmarc"),
        ),
        _RFC_7489,
    ),
    Rule(
        means.UNAUTHENTICATED,
        _ANY,
        (),
        (
            *("spf fail", "spf check", "failed spf", "sender policy framework", "spf validation"),
            *("dkim fail", "failed dkim", "dkim signature", "spf or dkim"),
        ),
        "RFC 7372",
    ),
    Rule(
        means.NO_PTR,
        _ANY,
        (),
        (
            *("cannot find your hostname", "cannot find your reverse hostname", "ptr record"),
            *("reverse dns", "no ptr"),
        ),
        _POSTFIX,
    ),
    Rule(
        means.BAD_HELO,
        _ANY,
        (),
        ("helo command rejected", "invalid helo", "bad helo", "helo/ehlo argument"),
        _POSTFIX,
    ),
    Rule(
        means.SENDER_DOMAIN,
        _ANY,
        (),
        ("sender address rejected: domain not found", "domain of sender address"),
        _POSTFIX,
    ),
    Rule(
        means.RELAY_REFUSED,
        _ANY,
        (),
        (
            *("relay access denied", "relaying denied", "unable to relay", "relay not permitted"),
            "relaying not allowed",
        ),
        _EXIM,
    ),
    Rule(
        means.TLS_REQUIRED,
        _ANY,
        (),
        ("must issue a starttls", "tls required", "encryption required", "starttls required"),
        "RFC 3207 4",
    ),
    Rule(
        means.CONTENT_REFUSED,
        (5,),
        (),
        (
            *("spam message rejected", "message content rejected", "considered spam", "as spam"),
            *(
                "looks like spam",
                "identified as spam",
                "virus found",
                "contains a virus",
                "phishing",
            ),
        ),
        _POSTFIX,
    ),
    Rule(means.ADDRESS_NOT_ASCII, (5,), (), ("smtputf8",), "RFC 6531 3.5"),
    Rule(
        means.ADDRESS_INCOMPLETE,
        (501, 504, 553),
        (),
        ("fully-qualified", "syntax", "malformed"),
        _POSTFIX,
    ),
    Rule(means.ADDRESS_INCOMPLETE, (501,), (), ("address",), _POSTFIX),
    Rule(means.MAIL_LOOP, _ANY, (), ("too many hops", "mail loop", "exceeded 50 hops"), _POSTFIX),
    Rule(means.TAKES_NO_MAIL, _ANY, (), ("null mx", "nullmx"), _RFC_7505),
    Rule(means.TAKES_NO_MAIL, (521, 556), (), (), "RFC 7504"),
    Rule(
        means.RECEIVER_BUSY,
        (4,),
        (),
        (
            *("insufficient system", "shutting down", "temporarily overloaded", "server busy"),
            *("not accepting network messages",),
        ),
        _POSTFIX,
    ),
    Rule(means.RECEIVER_BUSY, (421,), (), (), "RFC 5321 4.2.3"),
    # What Postfix says itself, of a server that did not come to a reply.
    Rule(
        means.UNREACHABLE,
        _OWN,
        (),
        (
            *("connection timed out", "connection refused", "no route to host"),
            *("network is unreachable", "operation timed out"),
        ),
        _POSTFIX_CLIENT,
    ),
    Rule(
        means.CONNECTION_LOST,
        _OWN,
        (),
        ("lost connection with", "timed out while", "connection reset"),
        _POSTFIX_CLIENT,
    ),
    Rule(
        means.DNS_TROUBLE,
        _OWN,
        (),
        ("host not found, try again", "unable to look up"),
        _POSTFIX_CLIENT,
    ),
    Rule(
        means.NO_SUCH_DOMAIN,
        _OWN,
        (),
        ("name service error", "no mail servers for"),
        _POSTFIX_CLIENT,
    ),
    Rule(means.TAKES_NO_MAIL, _OWN, (), ("does not accept mail (nullmx)",), _RFC_7505),
    Rule(
        means.NO_TLS,
        _OWN,
        (),
        (
            *("tls is required, but", "cannot start tls", "server certificate not trusted"),
            *("server certificate not verified", "no tlsa records", "tlsa lookup error"),
        ),
        _POSTFIX_CLIENT,
    ),
    Rule(means.TOO_LARGE, _OWN, (), ("exceeds size limit",), _POSTFIX_CLIENT),
    Rule(means.MAIL_LOOP, _OWN, (), ("loops back to myself",), _POSTFIX_CLIENT),
)
