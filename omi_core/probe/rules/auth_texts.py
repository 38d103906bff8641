"""What the checks of logging in and of who may send are, and what they find."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

AUTH_OFFERED = Check(id="auth-offered", title=Text("AUTH mechanisms for customers"))
AUTH_ONLY_INSIDE = Check(id="auth-only-where-allowed", title=Text("Restriction of AUTH"))
WRONG_REFUSED = Check(id="wrong-password-refused", title=Text("Answer to a wrong password"))
PLAIN_ACCEPTED = Check(id="password-accepted-plain", title=Text("Login by AUTH PLAIN"))
LOGIN_ACCEPTED = Check(id="password-accepted-login", title=Text("Login by AUTH LOGIN"))
RELAY_CLOSED = Check(id="relay-closed", title=Text("Relay test without login"))
FOREIGN_REFUSED = Check(id="foreign-sender-refused", title=Text("Test of another's sender address"))

_OBSERVED = Text.plain("{observed}")

AUTH_MISSING = FindingKind(
    id="auth-missing",
    severity=Severity.ERROR,
    text=Text("customers cannot log in: {missing} is not offered"),
    expected=Text("AUTH PLAIN LOGIN (the guide, section 3)"),
    observed=_OBSERVED,
    remedy=Text("switch AUTH on for port {port}, with PLAIN and with LOGIN for old Outlook"),
)
AUTH_BEFORE_TLS = FindingKind(
    id="auth-before-tls",
    severity=Severity.ERROR,
    text=Text(
        "AUTH is offered before TLS on port {port}: passwords travel readable for everybody on the"
        " way"
    ),
    expected=Text("AUTH only inside TLS"),
    observed=_OBSERVED,
    remedy=Text("require TLS before AUTH (Postfix: smtpd_tls_auth_only = yes for this listener)"),
)
AUTH_EARLY = FindingKind(
    id="auth-accepted-before-tls",
    severity=Severity.ERROR,
    text=Text("the server checks a password before TLS, although it does not offer AUTH there"),
    expected=Text("530 or 538: TLS first (RFC 4954 6)"),
    observed=_OBSERVED,
    remedy=AUTH_BEFORE_TLS.remedy,
)
ANY_PASSWORD = FindingKind(
    id="any-password-accepted",
    severity=Severity.ERROR,
    text=Text("the server accepts a password that is wrong"),
    expected=Text("535 (RFC 4954 6)"),
    observed=_OBSERVED,
    remedy=Text(
        "take the server from the network until its password check works: anybody can send"
    ),
)
PASSWORD_REFUSED = FindingKind(
    id="password-refused",
    severity=Severity.ERROR,
    text=Text("the account cannot log in by AUTH {mechanism}"),
    expected=Text.plain("235"),
    observed=_OBSERVED,
    remedy=Text(
        "check login and password on the platform; if other listeners accept them, look into this"
        " one's AUTH"
    ),
)
OPEN_RELAY = FindingKind(
    id="open-relay",
    severity=Severity.ERROR,
    text=Text(
        "open relay: a stranger can send to any address through this server without logging in"
        " ({forms})"
    ),
    expected=Text("5xx to RCPT from strangers"),
    observed=_OBSERVED,
    remedy=Text(
        "close it at once (Postfix: smtpd_relay_restrictions = permit_sasl_authenticated, reject;"
        " mynetworks empty): block lists notice within hours"
    ),
)
FOREIGN_ACCEPTED = FindingKind(
    id="foreign-sender-accepted",
    severity=Severity.ERROR,
    text=Text("the account may send as an address that is not its own"),
    expected=Text("553 to a sender that the account does not own"),
    observed=_OBSERVED,
    remedy=Text(
        "bind senders to logins (Postfix: reject_sender_login_mismatch and smtpd_sender_login_maps)"
    ),
)
