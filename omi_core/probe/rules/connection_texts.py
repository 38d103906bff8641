"""The checks of what comes first, port, banner and EHLO, and what they find."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

PORT_OPEN = Check(id="port-open", title=Text("the port is open"))
BANNER = Check(id="banner", title=Text("the server greets with 220"))
EHLO = Check(id="ehlo", title=Text("EHLO is answered"))

_REPLY = Text.plain("{observed}")

PORT_CLOSED = FindingKind(
    id="port-closed",
    severity=Severity.ERROR,
    text=Text("no client can connect to port {port}"),
    expected=Text("a server that listens"),
    observed=_REPLY,
    remedy=Text("start the server, or open port {port} in the firewalls between here and it"),
)
PORT_25_BLOCKED = FindingKind(
    id="port-25-blocked",
    severity=Severity.ERROR,
    text=Text(
        "port 25 cannot be reached from here, but others of this server can: many networks block"
        " it (dynamic addresses, ADSL, 4G/5G, shared web hosting)"
    ),
    expected=Text("an open port 25"),
    observed=_REPLY,
    remedy=Text(
        "use port 465 (TLS) or 587 (STARTTLS) from this network; if all networks show this, open"
        " port 25 at the server"
    ),
)
BANNER_REFUSED = FindingKind(
    id="banner-refused",
    severity=Severity.ERROR,
    text=Text("the server refuses to serve"),
    expected=Text.plain("220"),
    observed=_REPLY,
    remedy=Text(
        "read the server's words: this address may be blocked there, or the service is off"
    ),
)
BANNER_WRONG = FindingKind(
    id="banner-missing",
    severity=Severity.ERROR,
    text=Text("the server connects and does not greet as SMTP does"),
    expected=Text("220 and the server's name (RFC 5321 4.2)"),
    observed=_REPLY,
    remedy=Text(
        "see whether the mail server behind port {port} works, and whether the port speaks TLS"
        " where it is tried without, or the reverse"
    ),
)
EHLO_WRONG = FindingKind(
    id="ehlo-failed",
    severity=Severity.ERROR,
    text=Text("the server does not answer EHLO as it must"),
    expected=Text("250 and its keywords (RFC 5321 4.1.1.1)"),
    observed=_REPLY,
    remedy=Text(
        "look into the server's log at this time; something between may also break the session"
    ),
)
