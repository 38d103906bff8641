"""What servers and programs say when they refuse, as they say it, means what it means."""

import pytest

from omi_core.language import ZH_TW
from omi_core.probe.refusals import refusal_texts
from omi_core.probe.refusals.program_errors import LONGEST, explain_error
from omi_core.probe.refusals.replies import refusal
from omi_core.smtp.reply import Reply
from omi_core.text import Text

# The rows of docs/relay.md, as Postfix, Dovecot and rspamd say them, and those of others.
REPLIES = {
    "530 5.7.0 Must issue a STARTTLS command first": "refused-without-tls",
    "538 5.7.11 Encryption required": "refused-without-tls",
    "530 5.7.0 <bob@inbox.example>: Client host rejected: Authentication required": (
        "refused-without-login"
    ),
    "554 5.7.1 <bob@inbox.example>: Relay access denied": "refused-without-login",
    "454 4.7.1 <bob@inbox.example>: Relay access denied": "refused-without-login",
    "553 5.7.1 <a@shop.example>: Sender address rejected: not logged in": "refused-without-login",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain": "refused-without-login",
    "503 5.5.1 Error: authentication not enabled": "refused-login-here",
    "504 5.5.4 Unrecognized authentication mechanism": "refused-login-here",
    "535 5.7.8 Error: authentication failed: ": "refused-login",
    "535 Incorrect authentication data": "refused-login",
    "454 4.7.0 Temporary authentication failure: Connection lost": "refused-login-later",
    "454 4.7.0 TLS not available due to local problem": "refused-tls-later",
    "454 4.3.0 Try again later": "refused-later",
    "451 4.7.1 Service unavailable - try again later": "refused-later",
    "450 4.2.0 <b@c.example>: Recipient address rejected: Greylisted": "refused-greylisted",
    "553 5.7.1 <b@c.example>: Sender address rejected: not owned by user x": "refused-sender",
    "553 sorry, your envelope sender is not allowed": "refused-sender",
    "554 5.2.252 SendAsDenied; a@b.example not allowed to send as c@d.example": "refused-sender",
    "554 5.7.1 the From header holds b@c.example, which the account may not use": (
        "refused-from-header"
    ),
    "550 5.7.1 the From header holds b@c.example, and account x may use a@c.example": (
        "refused-from-header"
    ),
    "550 5.7.1 the mail must have exactly one From header, and has 2": "refused-from-header",
    "550 5.6.0 the Subject header stands there 2 times, and may stand there only once": (
        "refused-message"
    ),
    "550 5.6.0 line 3 of the body has more than 998 octets, and is signed or encrypted": (
        "refused-message"
    ),
    "554 5.6.0 Message content rejected": "refused-content-refused",
    "555 5.5.4 Unsupported option: SMTPUTF8": "refused-address-not-ascii",
    "553 5.6.7 Must declare SMTPUTF8 to send unicode address": "refused-address-not-ascii",
    "552 5.3.4 Message size exceeds fixed limit": "refused-message-too-large",
    "552 5.2.2 Over quota": "refused-mailbox-full",
    "452 4.5.3 Error: too many recipients": "refused-too-many-recipients",
    "504 5.5.2 <bob>: Recipient address rejected: need fully-qualified address": (
        "refused-address-incomplete"
    ),
    "501 5.1.3 Bad recipient address syntax": "refused-address-incomplete",
    "550 5.1.1 <x@y.example>: Recipient address rejected: User unknown": (
        "refused-unknown-recipient"
    ),
    "550 5.7.1 Service unavailable; client host blocked using zen.example": "refused-listed",
    "554 5.7.1 Spam message rejected": "refused-content-refused",
    "421 4.7.0 relay.test Error: too many connections from 192.0.2.7": (
        "refused-too-many-connections"
    ),
    "421 4.3.2 The maximum number of concurrent connections has exceeded a limit": (
        "refused-too-many-connections"
    ),
    "421 4.3.2 relay.test shutting down": "refused-service",
    "500 5.5.2 Error: bad syntax": "refused-command",
    "571 no": "refused-for-good",
}


def reply(said: str) -> Reply:
    code, _, words = said.partition(" ")
    return Reply(code=int(code), lines=(words,))


@pytest.mark.parametrize(("said", "finding"), REPLIES.items())
def test_a_reply_means_what_its_server_means(said: str, finding: str) -> None:
    found = refusal("it", reply(said), sender="b@c.example")

    assert found.id == finding
    assert found.observed.en == said.strip()


def test_553_names_what_the_account_may_send_as_where_that_is_known() -> None:
    said = reply("553 5.7.1 <b@c.example>: Sender address rejected: not owned by user x")
    senders = Text.plain("a@c.example")

    found = refusal("it", said, sender="b@c.example", senders=senders)

    assert (
        found.text.en == "this account may send only as a@c.example; the mail was from b@c.example"
    )
    assert found.text.in_(ZH_TW) == "這個帳號只能用 a@c.example 寄信；這封信的寄件者是 b@c.example"


# As the programs print them.
PROGRAMS = {
    "SMTP Error: Could not authenticate.": "refused-login",
    "SMTP ERROR: Password command failed: 535 5.7.8 Error: authentication failed": "refused-login",
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Error: authentication failed:')": (
        "refused-login"
    ),
    "smtplib.SMTPSenderRefused: (553, b'5.7.1 <x@y.example>: Sender address rejected: not owned by"
    " user z', 'x@y.example')": "refused-sender",
    "smtplib.SMTPRecipientsRefused: {'b@c.example': (554, b'5.7.1 <b@c.example>: Relay access"
    " denied')}": "refused-without-login",
    "smtplib.SMTPNotSupportedError: SMTP AUTH extension not supported by server.": "auth-missing",
    "smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server.": (
        "starttls-missing"
    ),
    "smtplib.SMTPServerDisconnected: Connection unexpectedly closed": "connection-lost",
    "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)": (
        "tls-at-once-not-here"
    ),
    "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed:"
    " Hostname mismatch, certificate is not valid for 'smtp.itpison.com'. (_ssl.c:1006)": (
        "certificate-other-name"
    ),
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired": (
        "certificate-expired"
    ),
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer"
    " certificate (_ssl.c:1006)": "certificate-not-trusted",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate": (
        "certificate-self-signed"
    ),
    "UnicodeEncodeError: 'ascii' codec can't encode characters in position 5-6: ordinal not in"
    " range(128)": "password-not-ascii",
    "socket.gaierror: [Errno -2] Name or service not known": "name-not-there",
    "ConnectionRefusedError: [Errno 111] Connection refused": "port-closed",
    "TimeoutError: [WinError 10060] A connection attempt failed": "port-silent",
    "Warning: stream_socket_enable_crypto(): Peer certificate CN=`*.itpison.com' did not match"
    " expected CN=`smtp.itpison.com' in class.smtp.php on line 450": "certificate-other-name",
    "stream_socket_enable_crypto(): SSL operation failed with code 1. OpenSSL Error messages:"
    " error:0A000086:SSL routines::certificate verify failed": "certificate-refused",
    "stream_socket_enable_crypto(): SSL operation failed with code 1. OpenSSL Error messages:\n"
    "error:0A00010B:SSL routines::wrong version number": "tls-at-once-not-here",
    "fsockopen(): php_network_getaddresses: getaddrinfo failed": "name-not-there",
    "SMTP connect() failed. https://github.com/PHPMailer/PHPMailer/wiki/Troubleshooting": (
        "port-silent"
    ),
    "stream_socket_client(): unable to connect to smtp.itpison.com:25 (Connection timed out)": (
        "port-silent"
    ),
    "The server you are connected to is using a security certificate that cannot be verified."
    " The target principal name is incorrect.": "certificate-other-name",
    "您所連線的伺服器使用無法驗證的安全性憑證。目標主體名稱不正確。": "certificate-other-name",
    "無法連線到您的外寄 (SMTP) 電子郵件伺服器 0x80042109": "port-silent",
    "Sending reported error (0x800CCC0F): The connection to the server was interrupted.": (
        "connection-lost"
    ),
    "Your server does not support the connection encryption type: 0x800CCC1A": (
        "tls-at-once-not-here"
    ),
    "Outlook 0x800CCC80: None of the authentication methods supported": "auth-missing",
    "0x800CCC78 : The server responded: 553 5.7.1 not owned by user shop": "refused-sender",
    "0x800CCC79": "refused-without-login",
    "<~* 535 5.7.8 Error: authentication failed": "refused-login",
    "<** 530 5.7.0 Must issue a STARTTLS command first\n -> QUIT": "refused-without-tls",
    "*** Host did not advertise STARTTLS": "starttls-missing",
    "*** TLS startup failed (connect(): error:0A00010B:SSL routines::wrong version number)": (
        "tls-at-once-not-here"
    ),
    "curl: (67) Login denied": "refused-login",
    "curl: (60) SSL: no alternative certificate subject name matches target host name": (
        "certificate-other-name"
    ),
    "curl: (6) Could not resolve host: smtp.itpson.com": "name-not-there",
    "curl: (7) Failed to connect to smtp.itpison.com port 587: Connection refused": "port-closed",
    "curl: (55) RCPT failed: 550": "refused-policy",
    "curl: (35) error:0A000102:SSL routines::unsupported protocol": "tls-no-common-version",
    "553 5.7.1": "refused-sender",
}


@pytest.mark.parametrize(("text", "finding"), PROGRAMS.items())
def test_what_a_program_shows_is_explained(text: str, finding: str) -> None:
    assert [one.id for one in explain_error(text)] == [finding]


@pytest.mark.parametrize(
    "text",
    ["hello", "File x.py, line 535, in f", "port 554", "500.html", "x=535abc"],
)
def test_what_is_no_error_is_not_explained(text: str) -> None:
    assert explain_error(text) == ()


def test_a_line_that_the_program_sent_is_not_quoted() -> None:
    """A password may stand there in base64; and a reply is not looked for in it."""
    secret = "AGFsaWNlAFRyMG1ib25l"
    transcript = (
        f" -> AUTH PLAIN {secret}\n<** 535 5.7.8 Error: authentication failed\n"
        f"~> AUTH LOGIN 535 {secret}\nsend: 'AUTH PLAIN {secret} 553'\n> {secret} 550 x\n"
    )

    [found] = explain_error(transcript)

    assert found.id == "refused-login"
    assert secret not in str(found)


@pytest.mark.parametrize("text", ["535 {}", "certificate has expired {}"])
def test_what_is_shown_is_short_whatever_has_to_be_escaped_in_it(text: str) -> None:
    (found,) = explain_error(text.format("\x01" * 300))

    assert len(found.observed.en) <= 310


@pytest.mark.parametrize(
    "text",
    ["5" * 1_000_000, "535 " * 500_000, "ssl:" * 500_000, "\n" * 1_000_000, "550\n" * 300_000],
)
def test_a_text_of_any_size_is_read_as_far_as_is_stated(text: str) -> None:
    found = explain_error(text)

    assert len(found) <= 1
    assert all(len(one.observed.en) <= LONGEST for one in found)


def test_no_control_character_of_a_text_reaches_the_terminal() -> None:
    [found] = explain_error("535 \x1b]0;x\x07 \u202eevil")

    assert found.observed.en.isprintable()


def test_every_finding_speaks_both_languages() -> None:
    for kind in vars(refusal_texts).values():
        for text in (getattr(kind, "text", None), getattr(kind, "remedy", None)):
            if isinstance(text, Text):
                assert text.in_(ZH_TW) != text.en
