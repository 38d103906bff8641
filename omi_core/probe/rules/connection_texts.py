"""The checks of what comes first, port, banner and EHLO, and what they find."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

PORT_OPEN = Check(id="port-open", title=Text("Connection to the port"))
BANNER = Check(id="banner", title=Text("Greeting of the server"))
CONNECTIONS = Check(id="connections-taken", title=Text("Connections at the same time"))
EHLO = Check(id="ehlo", title=Text("Answer to EHLO"))

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
LIMITED = FindingKind(
    id="connections-limited",
    severity=Severity.WARNING,
    text=Text("the server limits connections; it was looked at over {at_once} at a time"),
    expected=Text("a server that takes {usual} connections from one address at once"),
    observed=_REPLY,
    remedy=Text(
        "nothing, if nobody sends more at once; else raise the limit for this network (Postfix:"
        " smtpd_client_connection_count_limit)"
    ),
)
BANNER_SLOW = FindingKind(
    id="banner-slow",
    severity=Severity.WARNING,
    text=Text("the server greets after {seconds} s; printers and scripts may give up before"),
    expected=Text("220 within {limit} s"),
    observed=_REPLY,
    remedy=Text(
        "look what the server asks before it greets: block lists and the name of the client are"
        " looked up in DNS, or it waits on purpose (postscreen_greet_wait)"
    ),
)
BANNER_MASKED = FindingKind(
    id="banner-masked",
    severity=Severity.WARNING,
    text=Text(
        "something between you and the server overwrites its greeting with asterisks, as firewalls"
        " do that inspect SMTP"
    ),
    expected=Text("220 and the server's own name"),
    observed=_REPLY,
    remedy=Text(
        "have the owner of this network switch the inspection off (Cisco: no inspect esmtp), or use"
        " port 465; the server is not at fault"
    ),
)
BANNER_FOREIGN = FindingKind(
    id="banner-foreign",
    severity=Severity.WARNING,
    text=Text(
        "port {port} is answered by {greeter}, the other ports by {usual}: most likely something"
        " between you and the server answers in its place"
    ),
    expected=Text("220 {usual}"),
    observed=_REPLY,
    remedy=Text(
        "look from another network: if it differs there, this network diverts port {port}, so use"
        " 465 or 587 from it; if not, the server has two programs at this address"
    ),
)
TLS_AT_ONCE = FindingKind(
    id="tls-at-once-needed",
    severity=Severity.ERROR,
    text=Text(
        "port {port} waits for TLS from the first byte, and was tried without: 465 with STARTTLS,"
        " or without encryption"
    ),
    expected=Text("TLS from the first byte on {port} (RFC 8314 3.3)"),
    observed=_REPLY,
    remedy=Text("set TLS (SSL) for port {port} in the program, or use port 587 for STARTTLS"),
)
