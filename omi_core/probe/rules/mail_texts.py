"""What the checks of mail going through are, and what they find."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

SIZE = Check(id="size-limit", title=Text("Size limit"))
SMUGGLING = Check(id="smuggling-closed", title=Text("SMTP smuggling test"))
ACCEPTED = Check(id="mail-accepted", title=Text("Submission of a test mail"))
ARRIVED = Check(id="mail-arrived", title=Text("Arrival of the test mail"))
AUTHENTICATED = Check(id="mail-authenticated", title=Text("SPF, DKIM and DMARC at the receiver"))
INTACT = Check(id="mail-intact", title=Text("Headers and text on arrival"))

_OBSERVED = Text.plain("{observed}")

NO_LIMIT = FindingKind(
    id="size-not-announced",
    severity=Severity.WARNING,
    text=Text("no size limit is announced, so clients learn it only after sending everything"),
    expected=Text("SIZE and a number in the answer to EHLO (RFC 1870)"),
    observed=_OBSERVED,
    remedy=Text("set message_size_limit"),
)
OTHER_LIMIT = FindingKind(
    id="size-other",
    severity=Severity.ERROR,
    text=Text("the size limit is not the one of the inventory"),
    expected=Text.plain("SIZE {expected}"),
    observed=Text.plain("SIZE {observed}"),
    remedy=Text("deploy the relay again"),
)
TOO_LARGE_TAKEN = FindingKind(
    id="size-not-kept",
    severity=Severity.ERROR,
    text=Text("mail larger than the announced limit is accepted"),
    expected=Text("552 (RFC 1870 6.1)"),
    observed=_OBSERVED,
    remedy=Text("set message_size_limit on port {port}"),
)
SMUGGLED = FindingKind(
    id="smuggling-open",
    severity=Severity.ERROR,
    text=Text(
        "{forms} ends a message too (CVE-2023-51764): a second mail with any sender can hide in a"
        " first one"
    ),
    expected=Text("only <CR><LF>.<CR><LF>"),
    observed=_OBSERVED,
    remedy=Text(
        "Postfix: smtpd_forbid_bare_newline = normalize (Debian 12 ships it off); others: update"
    ),
)
REFUSED = FindingKind(
    id="mail-refused",
    severity=Severity.ERROR,
    text=Text("the server does not accept the test mail ({step})"),
    expected=Text.plain("250"),
    observed=_OBSERVED,
    remedy=Text(
        "the usual reasons: the sender is not verified on the platform, or differs from the"
        " verified one; the server's words say more"
    ),
)
DEFERRED = FindingKind(
    id="mail-deferred",
    severity=Severity.ERROR,
    text=Text("the server asks to try again later ({step}); printers and scripts do not"),
    expected=Text.plain("250"),
    observed=_OBSERVED,
    remedy=Text(
        "switch greylisting off for customers who have logged in; else look why the server cannot"
        " take mail now"
    ),
)
NOT_ARRIVED = FindingKind(
    id="mail-not-arrived",
    severity=Severity.ERROR,
    text=Text("the mail was accepted and did not arrive"),
    expected=Text("the mail in the mailbox"),
    observed=Text("nothing within {seconds} s; {number}"),
    remedy=Text("look for {number} in the relay's log, and into the recipient's spam folder"),
)
NOT_AUTHENTICATED = FindingKind(
    id="mail-not-authenticated",
    severity=Severity.ERROR,
    text=Text(
        "the receiver could not authenticate the mail: {failed}; Gmail and Yahoo reject such mail"
    ),
    expected=Text.plain("spf=pass dkim=pass dmarc=pass"),
    observed=_OBSERVED,
    remedy=Text("compare the sender domain's DNS with `omi dns records {domain}`"),
)
NO_RESULTS = FindingKind(
    id="mail-without-results",
    severity=Severity.WARNING,
    text=Text("the receiver wrote no Authentication-Results (RFC 8601), so nothing is known"),
    expected=Text("an Authentication-Results header"),
    observed=Text("none"),
    remedy=Text("send to a mailbox whose server writes them"),
)
CHANGED = FindingKind(
    id="mail-changed",
    severity=Severity.ERROR,
    text=Text("the mail was changed on its way: {parts}"),
    expected=Text("the same headers and the same text"),
    observed=_OBSERVED,
    remedy=Text("look which filter rewrites mail: a change after signing also breaks DKIM"),
)
