"""What the checks of names and connections are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

NAME_RESOLVES = Check(id="name-resolves", title=Text("the name resolves"))
IPV6 = Check(id="name-has-ipv6", title=Text("the name has an IPv6 address"))
IPV4 = Check(id="name-has-ipv4", title=Text("the name has an IPv4 address"))
ADDRESS_PUBLIC = Check(
    id="address-usable",
    title=Text("the addresses are ones that customers can reach"),
)
ADDRESS_EXPECTED = Check(
    id="address-expected",
    title=Text("the addresses are those of the inventory"),
)
PTR = Check(
    id="address-has-ptr",
    title=Text("each address has a name, which leads back to it"),
)
PORT_OPEN = Check(id="port-open", title=Text("the port is open"))
BANNER = Check(id="banner", title=Text("the server greets with 220"))
EHLO = Check(id="ehlo", title=Text("EHLO is answered"))

_MEND_DNS = Text("publish A and AAAA records for {name}")
_REPLY = Text.plain("{observed}")

NAME_NOT_THERE = FindingKind(
    id="name-not-there",
    severity=Severity.ERROR,
    text=Text("the name has no address, so no client can connect"),
    expected=Text("an A and an AAAA record"),
    observed=Text("neither A nor AAAA"),
    remedy=_MEND_DNS,
)
NO_IPV4 = FindingKind(
    id="name-without-ipv4",
    severity=Severity.ERROR,
    text=Text("the name has only IPv6 addresses; most customers' networks reach only IPv4"),
    expected=Text("an A record"),
    observed=Text("only {addresses}"),
    remedy=Text("publish an A record for {name}"),
)
NO_IPV6 = FindingKind(
    id="name-without-ipv6",
    severity=Severity.WARNING,
    text=Text("the name has no IPv6 address; customers on IPv6-only networks need one"),
    expected=Text("an AAAA record"),
    observed=Text("only {addresses}"),
    remedy=Text("publish an AAAA record for {name}"),
)
NOT_USABLE = FindingKind(
    id="address-loopback",
    severity=Severity.ERROR,
    text=Text(
        "the name leads to {address}, which is every computer's own; customers reach nothing"
    ),
    expected=Text("the relay's public address"),
    observed=Text.plain("{address}"),
    remedy=Text("correct the A and AAAA records of {name}"),
)
NOT_EXPECTED = FindingKind(
    id="address-unexpected",
    severity=Severity.ERROR,
    text=Text("the name leads somewhere else than the inventory says"),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{addresses}"),
    remedy=Text("publish the inventory's addresses for {name}, or correct the inventory"),
)
PTR_MISSING = FindingKind(
    id="ptr-missing",
    severity=Severity.WARNING,
    text=Text("{address} has no name; large receivers refuse mail from such addresses"),
    expected=Text("a PTR record that names the relay"),
    observed=Text("no PTR record"),
    remedy=Text("have the owner of the address set its reverse DNS to the relay's name"),
)
PTR_UNCONFIRMED = FindingKind(
    id="ptr-unconfirmed",
    severity=Severity.WARNING,
    text=Text("the name of {address} does not lead back to it"),
    expected=Text("a PTR name whose A or AAAA is {address}"),
    observed=Text.plain("{pointers}"),
    remedy=Text("publish {address} for {pointers}, or correct the reverse DNS"),
)
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
