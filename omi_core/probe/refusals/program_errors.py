"""From what a customer's program shows to what it means: pure, and bounded whatever is pasted.

Only fixed words are looked for, each once; nothing here is matched by repetition. A line that the
program itself sent is not read, since a password may stand in it in base64.
"""

import re
from collections.abc import Iterable, Iterator

from omi_core.findings.finding import Finding, FindingKind
from omi_core.printable import printable
from omi_core.probe.refusals import refusal_texts as kinds
from omi_core.probe.refusals.replies import meaning, refusal
from omi_core.replies.meaning import ExplainedReply
from omi_core.replies.read import host_in
from omi_core.smtp.reply import Reply
from omi_core.text import Text

LONGEST = 16384  # characters that are read: the first and the last half of them
_LONGEST_LINE = 300
_SENT = ("->", "~>", "=>", ">>>", "> ", "c:", "client:", "send:", "client -> server")
_CODE = re.compile(r"(?<![\w.])[45][0-5][0-9](?![\w.])")
_CODES = {
    *(421, 432, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521, 523, 530, 534, 535, 538),
    *(541, 550, 551, 552, 553, 554, 555, 556),
}
_NO_CODE_BEHIND = ("line", "port", "line:", "port:", "errno", "ms", "id")

# What Outlook and mail programs say in Traditional Chinese, quoted: the target (principal) name is
# incorrect, the certificate has expired, within its period, login failed, cannot be verified.
_PRINCIPAL = "\u76ee\u6a19\u4e3b\u9ad4\u540d\u7a31\u4e0d\u6b63\u78ba"
_PRINCIPAL_NEWER = "\u76ee\u6a19\u4e3b\u8981\u540d\u7a31\u4e0d\u6b63\u78ba"
_EXPIRED_ZH = "\u6191\u8b49\u5df2\u904e\u671f"
_PERIOD_ZH = "\u6709\u6548\u671f\u9650\u5167"
_LOGIN_ZH = "\u9a57\u8b49\u5931\u6557"
_CANNOT_VERIFY_ZH = "\u7121\u6cd5\u9a57\u8b49"

Words = tuple[tuple[str, ...], FindingKind]

# What tells the cause. Of each row one of the words must stand in the text; all in lower case.
_CAUSES: tuple[Words, ...] = (
    (
        (
            *(
                "did not match expected",
                "hostname mismatch",
                "unable to locate peer certificate cn",
            ),
            *("target principal name is incorrect", _PRINCIPAL, _PRINCIPAL_NEWER),
            *("no alternative certificate subject name matches", "doesn't match", "ip address mis"),
            *("does not match target host", "not valid for", "err_tls_cert_altname_invalid"),
        ),
        kinds.CERTIFICATE_NAME,
    ),
    (
        (
            *("certificate has expired", "certificate expired", "not within its validity period"),
            *("certificate is not yet valid", "cert_has_expired", _EXPIRED_ZH, _PERIOD_ZH),
        ),
        kinds.CERTIFICATE_EXPIRED,
    ),
    (
        (
            *("self signed certificate", "self-signed certificate", "self_signed_cert"),
            "root certificate which is not trusted",
        ),
        kinds.CERTIFICATE_SELF_SIGNED,
    ),
    (
        (
            *(
                "unable to get local issuer",
                "unable to get issuer",
                "unknown ca",
                "chain could not",
            ),
            *("unable to verify the first certificate", "unable_to_verify", "sec_error_unknown"),
            *("no trusted", "remotecertificatechainerrors", "unknown_issuer"),
        ),
        kinds.CERTIFICATE_ISSUER,
    ),
    (
        ("wrong version number", "wrong_version_number", "packet length too long", "http request"),
        kinds.STARTTLS_WANTED,
    ),
    (("0x800ccc1a", "encrypted connection type"), kinds.STARTTLS_WANTED),
    (
        (
            *("unsupported protocol", "no protocols available", "alert protocol version"),
            *("handshake failure", "no shared cipher", "unsupported_protocol", "dh key too small"),
            *("sslv3_alert_handshake_failure", "no_shared_cipher", "no cipher"),
        ),
        kinds.TLS_VERSION,
    ),
    (
        (
            "starttls extension not supported",
            "starttls not supported",
            "did not advertise starttls",
            "requested ssl level failed",
            "starttls is required but",
            "host did not offer starttls",
        ),
        kinds.TLS_NOT_OFFERED,
    ),
    (
        (
            "auth extension not supported",
            "host did not advertise auth",
            "0x800ccc80",
            "no authentication methods supported",
            "no suitable authentication method",
        ),
        kinds.AUTH_NOT_OFFERED,
    ),
    (
        ("'ascii' codec can't encode", "codec can't encode character"),
        kinds.PASSWORD_NOT_SENT,
    ),
    (
        (
            *("getaddrinfo", "name or service not known", "could not resolve host", "gaierror"),
            *("nodename nor servname", "no such host is known", "0x800ccc0d", "enotfound"),
            *("temporary failure in name resolution", "getaddresses", "remote name could not be"),
        ),
        kinds.NO_SUCH_HOST,
    ),
    (
        (
            *("connection refused", "actively refused", "winerror 10061", "econnrefused"),
            "(111)",
        ),
        kinds.NOBODY_LISTENS,
    ),
    (
        (
            *("timed out", "timeout", "winerror 10060", "etimedout", "0x8004210a", "0x8004210b"),
            *("0x800ccc19", "network is unreachable", "no route to host", "0x80042109"),
        ),
        kinds.NO_ANSWER,
    ),
)

# What a program says whatever the cause is: told only where nothing above was found.
_REST: tuple[Words, ...] = (
    (
        (
            *("could not authenticate", "login denied", "authentication failed", "0x800ccc92"),
            *("smtpauthenticationerror", "invalid login", "authentication unsuccessful"),
            _LOGIN_ZH,
        ),
        kinds.LOGIN_REFUSED,
    ),
    (("0x800ccc78",), kinds.SENDER_NOT_OWNED),
    (("0x800ccc79", "0x800ccc6b", "0x800ccc69"), kinds.NEEDS_LOGIN),
    (("0x800ccc67",), kinds.GOING_DOWN),
    (
        (
            "certificate verify failed",
            "certificate problem",
            "cannot be verified",
            _CANNOT_VERIFY_ZH,
        ),
        kinds.CERTIFICATE_REFUSED,
    ),
    (
        (
            *("unexpectedly closed", "connection reset", "econnreset", "0x800ccc0f", "broken pipe"),
            *("server disconnected", "smtpserverdisconnected", "connection lost", "unexpected eof"),
            *("closed the connection", "please run connect() first", "eof occurred in violation"),
        ),
        kinds.CONNECTION_LOST,
    ),
    (
        (
            *("smtp connect() failed", "could not connect to smtp host", "unable to connect"),
            *("failed to connect", "couldn't connect", "0x800ccc0e", "stream_socket_client()"),
        ),
        kinds.NO_ANSWER,
    ),
    (("ssl:", "ssl operation failed", "tls"), kinds.TLS_VERSION),
)


def explain_error(
    text: str, *, sender: str = "", senders: Text | None = None
) -> tuple[Finding, ...]:
    """Return what an error text means; nothing where it holds no word that is known.

    The server's own reply comes first. `sender` and `senders` are as for `refusal`.
    """
    lines = [line for line in _bounded(text).splitlines() if not _was_sent(line)]
    replied = [
        refusal("reply", one, sender=sender, senders=senders, host=host)
        for one, host in _replies(lines)
    ]
    found = replied or list(_said(_CAUSES, lines)) or list(_said(_REST, lines))[:1]
    return tuple({one.id: one for one in reversed(found)}.values())[::-1]


def explained_replies(text: str) -> tuple[ExplainedReply, ...]:
    """Return what the catalogue of replies says of those in an error text, each once."""
    lines = [line for line in _bounded(text).splitlines() if not _was_sent(line)]
    found = (meaning(one, host=host) for one, host in _replies(lines))
    return tuple(dict.fromkeys(one for one in found if isinstance(one, ExplainedReply)))


def _bounded(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"


def _was_sent(line: str) -> bool:
    folded = line.strip().casefold()
    return folded.startswith(_SENT) or "auth plain " in folded or "auth login " in folded


def _replies(lines: Iterable[str]) -> Iterator[tuple[Reply, str]]:
    """Each reply, and the server that the line names."""
    for line in lines:
        for found in _CODE.finditer(line):
            code = int(found[0])
            before = line[: found.start()].split()[-1:]
            is_counted = before and before[0].casefold() in _NO_CODE_BEHIND
            if code in _CODES and not is_counted:
                yield Reply(code=code, lines=(_behind(line[found.end() :]),)), host_in(line)
                break


def _behind(rest: str) -> str:
    """What stands behind a code: without the quotes and brackets that a program puts around it."""
    rest = rest[:_LONGEST_LINE].strip(" \t,:;-").removeprefix("b'").removeprefix('b"')
    return printable(rest.strip(" '\"(){}[]<>"))[:_LONGEST_LINE]


def _said(known: Iterable[Words], lines: list[str]) -> Iterator[Finding]:
    folded = [line.casefold() for line in lines]
    whole = "\n".join(folded)
    for words, kind in known:
        if not any(word in whole for word in words):
            continue
        for line, low in zip(lines, folded, strict=True):
            if any(word in low for word in words):
                shown = printable(line.strip()[:_LONGEST_LINE])[:_LONGEST_LINE]
                yield kind.of("program", observed=Text.plain(shown))
                break
