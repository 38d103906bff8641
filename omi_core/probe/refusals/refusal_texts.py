"""What is said of a refusal that only a mail program meets, and of what programs show.

What any server may say stands in the catalogue of `omi_core/replies`.
"""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.replies import catalogue as means
from omi_core.replies.meaning import ExplainedReply
from omi_core.text import Text


def _kind(name: str, text: Text, remedy: Text, expected: Text) -> FindingKind:
    return FindingKind(
        id=name,
        severity=Severity.ERROR,
        text=text,
        expected=expected,
        observed=Text.plain("{observed}"),
        remedy=remedy,
    )


_ACCEPTED = Text("250: accepted")
_LOGGED_IN = Text("235: logged in")
_CONNECTED = Text("a connection")
_TLS = Text("an encrypted connection")


def meant(found: ExplainedReply) -> FindingKind:
    """Return what the catalogue of replies says, as a finding."""
    return _kind(f"refused-{found.meaning.id}", found.text, found.remedy, _ACCEPTED)


GOING_DOWN = meant(ExplainedReply(meaning=means.RECEIVER_BUSY))

NEEDS_TLS = _kind(
    "refused-without-tls",
    Text("the server wants encryption before anything else"),
    Text("switch STARTTLS on in the program for this port, or use port 465 with TLS (SSL)"),
    _TLS,
)
NEEDS_LOGIN = _kind(
    "refused-without-login",
    Text("nobody has logged in, and strangers may not send through this server"),
    Text("set login and password in the program, and switch on that the server needs a login"),
    _LOGGED_IN,
)
LOGIN_REFUSED = _kind(
    "refused-login",
    Text("login or password is wrong"),
    Text(
        "compare both letter by letter, without spaces at the ends; the password is not kept"
        " anywhere, so a lost one is replaced (omi account hash)"
    ),
    _LOGGED_IN,
)
AUTH_NOT_HERE = _kind(
    "refused-login-here",
    Text("the server takes no login in this way, or not before encryption"),
    Text("use port 465 with TLS (SSL) or 587 with STARTTLS, and AUTH PLAIN or LOGIN"),
    _LOGGED_IN,
)
AUTH_DOWN = _kind(
    "refused-login-later",
    Text("the server cannot check passwords now; login and password may be right"),
    Text("try again in some minutes; on the relay: journalctl -u dovecot, and deploy"),
    _LOGGED_IN,
)
TLS_DOWN = _kind(
    "refused-tls-later",
    Text("the server offers encryption and cannot do it now"),
    Text("look into the server's log: usually it cannot read its key or certificate"),
    _TLS,
)
SENDER_NOT_OWNED = _kind(
    "refused-sender",
    Text("the account may not send as this address"),
    Text(
        "use a sender that is verified for this account (omi account may LOGIN ADDRESS says which),"
        " in the envelope and in From; or add the address to the account"
    ),
    _ACCEPTED,
)
SENDER_NOT_AMONG = _kind(
    "refused-sender",
    Text("this account may send only as {senders}; the mail was from {sender}"),
    Text("set the sender and From to one of {senders}, or add {sender} to the account"),
    _ACCEPTED,
)
FROM_HEADER = _kind(
    "refused-from-header",
    Text("the From header holds what the account may not use, or not exactly one address"),
    Text("write From as Name <address>, with one address that is verified for this account"),
    _ACCEPTED,
)

CERTIFICATE_NAME = _kind(
    "certificate-other-name",
    Text("the certificate is for another name than the program was given"),
    Text(
        "type the server's name exactly as it was handed out, not an address or another name; omi"
        " cert check HOST shows what is served. Leave verification switched on"
    ),
    Text("a certificate for the name that was typed"),
)
CERTIFICATE_EXPIRED = _kind(
    "certificate-expired",
    Text("the certificate, or one above it, has ended, or this computer's clock is wrong"),
    Text("compare the clock first; omi cert check HOST shows the dates of what is served"),
    Text("a certificate that is valid today"),
)
CERTIFICATE_SELF_SIGNED = _kind(
    "certificate-self-signed",
    Text("the certificate is signed by itself, or by a program on this computer or network"),
    Text(
        "compare with omi cert check HOST: if that is fine, a virus scanner or firewall of the"
        " customer's puts its own certificate in between. Leave verification switched on"
    ),
    Text("a certificate from an authority that clients trust"),
)
CERTIFICATE_ISSUER = _kind(
    "certificate-not-trusted",
    Text("the program does not know who issued the certificate"),
    Text(
        "update the list of authorities on this computer (ca-certificates, cacert.pem of PHP); omi"
        " cert check HOST says whether the server sends its intermediates"
    ),
    Text("a chain to an authority that clients trust"),
)
CERTIFICATE_REFUSED = _kind(
    "certificate-refused",
    Text("the program does not accept the certificate, and does not say why"),
    Text("omi cert check HOST says what is wrong with it. Leave verification switched on"),
    Text("a certificate that is accepted"),
)
STARTTLS_WANTED = _kind(
    "tls-at-once-not-here",
    Text(
        "the program began with TLS where the server begins without: port 587 (or 25) with"
        " implicit TLS"
    ),
    Text("set STARTTLS for port 587 and 25, or port 465 for TLS (SSL) from the first byte"),
    Text("STARTTLS on 587 and 25, TLS from the first byte on 465"),
)
TLS_VERSION = _kind(
    "tls-no-common-version",
    Text("program and server find no version of TLS, or no cipher, that both have"),
    Text("update the program, or what it uses for TLS: TLS 1.2 is needed at least"),
    Text("TLS 1.2 or 1.3"),
)
TLS_NOT_OFFERED = _kind(
    "starttls-missing",
    Text("the server did not offer STARTTLS to the program"),
    Text(
        "on 465 there is none: TLS is on from the first byte there; elsewhere a firewall in between"
        " may take it out: try 465"
    ),
    _TLS,
)
AUTH_NOT_OFFERED = _kind(
    "auth-missing",
    Text("the server did not offer a login to the program"),
    Text("switch encryption on first (STARTTLS on 587, TLS on 465): a login is offered inside"),
    _LOGGED_IN,
)
NO_SUCH_HOST = _kind(
    "name-not-there",
    Text("the server's name could not be looked up"),
    Text("correct the name; if it is right, look at the DNS servers of this computer"),
    _CONNECTED,
)
NOBODY_LISTENS = _kind(
    "port-closed",
    Text("the connection was refused: nobody listens on that port, or a firewall says no"),
    Text("compare name and port; omi smtp verify HOST says whether the server listens"),
    _CONNECTED,
)
NO_ANSWER = _kind(
    "port-silent",
    Text(
        "no answer: most often the customer's network blocks the port (25: dynamic addresses,"
        " ADSL, 4G/5G, shared web hosting)"
    ),
    Text("use port 465 (TLS) or 587 (STARTTLS); if those are silent too, ask the network's owner"),
    _CONNECTED,
)
CONNECTION_LOST = _kind(
    "connection-lost",
    Text("the connection ended in the middle"),
    Text(
        "look at port and encryption first (465 with TLS, 587 with STARTTLS); then for a virus"
        " scanner or firewall in between"
    ),
    _CONNECTED,
)
PASSWORD_NOT_SENT = _kind(
    "password-not-ascii",
    Text("the program cannot send the login or password: it holds characters outside ASCII"),
    Text("give the account a password of ASCII letters, digits and punctuation"),
    _LOGGED_IN,
)
