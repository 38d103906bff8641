"""Microsoft's replies: Exchange Online and Outlook.com."""

from omi_core.replies import catalogue as means
from omi_core.replies.rule import LargeReceiver, Rule

_MICROSOFT_NDR = (
    "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/"
    "non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online"
)
_MICROSOFT_DELIST = "https://sender.office.com/"
_MICROSOFT_POSTMASTER = "https://postmaster.live.com"
_MICROSOFT_515 = (
    "https://support.microsoft.com/en-au/topic/"
    "fix-ndr-error-550-5-7-515-in-outlook-com-34cfe8f8-6fbf-457e-9e8b-9e4dbaf4e0ef"
)
_MICROSOFT_515 = (
    "https://support.microsoft.com/en-au/topic/"
    "fix-ndr-error-550-5-7-515-in-outlook-com-34cfe8f8-6fbf-457e-9e8b-9e4dbaf4e0ef"
)

MICROSOFT = LargeReceiver(
    name="Microsoft",
    hosts=(".protection.outlook.com", ".mx.microsoft", ".hotmail.com"),
    page=_MICROSOFT_NDR,
)

_ANY = (4, 5)
_NONE = ()

RULES = (
    Rule(
        means.BLOCKED,
        (5,),
        _NONE,
        ("network is on our block list",),  # S3140, S3150; SC-001 and OU-001 before them
        "http://mail.live.com/mail/troubleshooting.aspx#errors",
        MICROSOFT,
        _MICROSOFT_POSTMASTER,
    ),
    Rule(
        means.BLOCKED,
        (5,),
        ("7.511", *(f"7.{number}" for number in range(606, 650))),
        ("banned sending ip", "banned sender"),
        _MICROSOFT_NDR,
        MICROSOFT,
        _MICROSOFT_DELIST,
    ),
    Rule(
        means.BLOCKED,
        (5,),
        ("7.708",),
        ("traffic not accepted from this ip",),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(
        means.LOW_REPUTATION,
        (4,),
        ("7.650",),
        ("temporarily rate limited due to ip reputation",),
        _MICROSOFT_POSTMASTER,
        MICROSOFT,
        _MICROSOFT_POSTMASTER,
    ),
    Rule(
        means.RATE_LIMITED,
        (4,),
        tuple(f"7.{number}" for number in (*range(500, 700), *range(850, 900))),
        ("access denied, please try again later",),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(
        means.UNAUTHENTICATED,
        (5,),
        ("7.515",),
        ("does not meet the required authentication level",),
        _MICROSOFT_515,
        MICROSOFT,
        _MICROSOFT_515,
    ),
    Rule(
        means.UNAUTHENTICATED,
        _ANY,
        ("7.26",),
        ("must pass either spf or dkim",),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(
        means.DMARC_REFUSED, (5,), ("7.509",), ("does not pass dmarc",), _MICROSOFT_NDR, MICROSOFT
    ),
    Rule(
        means.NO_PTR,
        _ANY,
        ("7.25",),
        ("must have a reverse dns record",),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(means.BAD_HELO, (5,), ("7.506",), ("access denied, bad helo",), _MICROSOFT_NDR, MICROSOFT),
    Rule(
        means.RECIPIENT_POLICY,
        (5,),
        _NONE,
        (
            *("access denied, rejected by recipient", "using customer block list"),
            *("sender not in allowed-senders list", "sender not authenticated for group"),
            *("sender was not authenticated for mailbox", "does not accept email over ipv6"),
            *("sender was not authenticated by organization", "does not allow external forwarding"),
        ),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(
        means.RECIPIENT_BUSY,
        _ANY,
        ("2.121", "2.122", "3.2"),
        ("per hour message receive limit", "recipient thread limit exceeded"),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(
        means.UNKNOWN_RECIPIENT,
        (5,),
        ("1.1", "1.10", "4.1"),
        (
            *("recipientnotfound", "recipnotfound", "recipient not found"),
            "recipient address rejected: access denied",
        ),
        _MICROSOFT_NDR,
        MICROSOFT,
    ),
    Rule(means.MALFORMED, (5,), ("7.512",), ("must be rfc 5322",), _MICROSOFT_NDR, MICROSOFT),
)
