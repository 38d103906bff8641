"""Mails that once arrived broken, unsigned or not at all, with what is right for each.

They are sent as bob@news.example: through the policy alone in tests/unit/milter/, and through the
real chain to a receiver that takes seven bits in tests/lab/test_relay_known_mails.py.
"""

import base64
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

SENDER = "bob@news.example"
TO = "t@inbox.example"
PRICES = "<table>" + "<tr><td>price</td><td>100</td></tr>" * 60 + "</table>"

Mailboxes = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class KnownMail:
    """Octets with CRLF; what a reader must see of it, or how the refusal begins."""

    name: str
    octets: bytes
    refused: str = ""
    shows: dict[str, Mailboxes] = field(default_factory=dict)
    content: str | None = None

    def __str__(self) -> str:
        return self.name


def mailboxes(octets: bytes, name: str) -> Mailboxes:
    """Read names and addresses of a field as a mail program does: addresses before words."""
    values = message_from_bytes(octets).get_all(name, [])
    unfolded = [str(value).replace("\r\n", "").replace("\n", "") for value in values]
    found = getaddresses(unfolded)
    return [(str(make_header(decode_header(shown))), address) for shown, address in found]


def first_text(octets: bytes) -> str:
    """Return the text of the first part that is no container."""
    [first, *_] = [part for part in message_from_bytes(octets).walk() if not part.is_multipart()]
    return text(first)


def text(part: Message) -> str:
    """Return the text of a part as it is shown."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset("utf-8")).rstrip()


def _mail(
    body: str = "x", *, author: str = f"Bob <{SENDER}>", to: str = f"<{TO}>", more: str = ""
) -> bytes:
    head = (
        f"From: {author}\nTo: {to}\nSubject: x\nDate: Fri, 27 Nov 2026 05:00:00 +0000\n"
        f"Message-ID: <1@news.example>\n{more}\n{body}\n"
    )
    return head.encode().replace(b"\n", b"\r\n")


def _word(shown: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(shown.encode()).decode()}?="


def _typed(kind: str, encoding: str = "") -> str:
    lines = f"MIME-Version: 1.0\nContent-Type: {kind}\n"
    return lines + (f"Content-Transfer-Encoding: {encoding}\n" if encoding else "")


def _mixed(*parts: str) -> str:
    return "".join(f"--b\n{part}\n" for part in parts) + "--b--"


_MIXED = _typed("multipart/alternative; boundary=b")
_UTF_8 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
_CENTER = "台灣測試股份有限公司客服中心"
_SALE = "🎉 Spring sale: 60% off and 15% more for members 🎉"

LINES = (  # case 01
    KnownMail(name="long-html", octets=_mail(PRICES, more=_typed("text/html")), content=PRICES),
    KnownMail(name="long-untyped", octets=_mail("x" * 5000), content="x" * 5000),
    KnownMail(name="long-999", octets=_mail("y" * 999), content="y" * 999),
    KnownMail(
        name="long-part",
        octets=_mail(_mixed(f"Content-Type: text/html\n\n{PRICES}"), more=_MIXED),
        content=PRICES,
    ),
    KnownMail(
        name="long-8bit",
        octets=_mail("測" * 700, more=_typed("text/plain; charset=utf-8", "8bit")),
        content="測" * 700,
    ),
)
EIGHT_BITS = (  # case 03
    KnownMail(
        name="8bit-html",
        octets=_mail("<p>測試 Ä</p>", more=_typed("text/html; charset=utf-8", "8bit")),
        content="<p>測試 Ä</p>",
    ),
    KnownMail(name="8bit-part", octets=_mail(_mixed(f"{_UTF_8}測試"), more=_MIXED), content="測試"),
    KnownMail(name="8bit-untyped", octets=_mail("測試"), content="測試"),
    KnownMail(
        name="8bit-called-7bit",
        octets=_mail("Größe", more=_typed("text/plain; charset=utf-8", "7bit")),
        content="Größe",
    ),
    KnownMail(
        name="8bit-called-binary",
        octets=_mail("Größe", more=_typed("text/plain; charset=utf-8", "binary")),
        content="Größe",
    ),
)
TWICE = (  # case 04
    KnownMail(
        name="two-cc",
        octets=_mail(more="Cc: <a@news.example>\nCc: <b@news.example>\n"),
        shows={"Cc": [("", "a@news.example"), ("", "b@news.example")]},
    ),
    KnownMail(name="two-to", octets=_mail(more=f"To: <{TO}>\n"), shows={"To": [("", TO)] * 2}),
    KnownMail(
        name="two-to-others",
        octets=_mail(more="TO: 小明 <b@inbox.example>\n"),
        shows={"To": [("", TO), ("小明", "b@inbox.example")]},
    ),
    KnownMail(
        name="two-subjects", octets=_mail(more="Subject: y\n"), refused="550 5.6.0 the Subject"
    ),
    KnownMail(
        name="two-dates",
        octets=_mail(
            more="Date: Fri, 27 Nov 2026 05:00:01 +0000\nMessage-ID: <2@news.example>\n",
        ),
        refused="550 5.6.0 the Date",
    ),
    KnownMail(
        name="two-ids",
        octets=_mail(more="Message-Id: <2@news.example>\n"),
        refused="550 5.6.0 the Message-I",
    ),
    KnownMail(name="two-same-subjects", octets=_mail(more="Subject: x\n"), content="x"),
    KnownMail(
        name="two-froms", octets=_mail(more=f"From: {SENDER}\n"), refused="550 5.7.1 the mail must"
    ),
)
HIDDEN = (  # case 06
    KnownMail(
        name="hidden-cjk",
        octets=_mail(author=_word(f"{_CENTER} <{SENDER}>")),
        shows={"From": [(_CENTER, SENDER)]},
    ),
    KnownMail(
        name="hidden-emoji",
        octets=_mail(author=_word(f"{_SALE} <{SENDER}>")),
        shows={"From": [(_SALE, SENDER)]},
    ),
    KnownMail(
        name="hidden-two-to",
        octets=_mail(to=_word("王小明 <a@inbox.example>, 李四 <b@inbox.example>")),
        shows={"To": [("王小明", "a@inbox.example"), ("李四", "b@inbox.example")]},
    ),
    KnownMail(
        name="hidden-two-cc",
        octets=_mail(more=f"Cc: {_word('王小明 <a@inbox.example>, b@inbox.example')}\n"),
        shows={"Cc": [("王小明", "a@inbox.example"), ("", "b@inbox.example")]},
    ),
    KnownMail(
        name="hidden-reply-to",
        octets=_mail(more=f"Reply-To: {_word('客服 <help@elsewhere.example>')}\n"),
        shows={"Reply-To": [("客服", "help@elsewhere.example")]},
    ),
    KnownMail(
        name="bare-octets",
        octets=_mail(author=f"{_CENTER} <{SENDER}>"),
        shows={"From": [(_CENTER, SENDER)]},
    ),
)
AUTHORS = (  # case 07
    KnownMail(
        name="a-group", octets=_mail(author=f"News: {SENDER};"), refused="550 5.7.1 the From header"
    ),
    KnownMail(
        name="a-semicolon", octets=_mail(author=f"{SENDER};"), refused="550 5.7.1 the From header"
    ),
    KnownMail(
        name="nobody",
        octets=_mail(author="undisclosed:;"),
        refused="550 5.7.1 the From header must hold exactly one address",
    ),
)
OTHERS = (  # case 08
    KnownMail(
        name="foreign",
        octets=_mail(author="Bob <bob@other.test>"),
        refused="550 5.7.1 the From header holds bob@other.test, and account",
    ),
    KnownMail(
        name="a-subdomain",
        octets=_mail(author="Bob <bob@mail.news.example>"),
        refused="550 5.7.1 the From header holds bob@mail.news.example, and account",
    ),
    KnownMail(
        name="two-authors",
        octets=_mail(author=f"a@news.example, {SENDER}"),
        refused="550 5.7.1 the From header must hold exactly one address, and holds 2 addresses",
    ),
    KnownMail(
        name="the-parent", octets=_mail(author="Bob <bob@example>"), refused="550 5.7.1 the From"
    ),
)
KNOWN_MAILS = (*LINES, *EIGHT_BITS, *TWICE, *HIDDEN, *AUTHORS, *OTHERS)
