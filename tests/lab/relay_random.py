"""Mails as programs, devices and people write them, at random: what is sent, and what is meant.

The same seed makes the same mails. Nothing here is what our own code writes or reads.
"""

import base64
import quopri
import random
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import Message
from email.utils import getaddresses

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz     ",
    "abc ABC 012 .,:;!?'\"()<>@=_- ",
    "繁體中文郵件測試內容客戶報價單 ",
    "äöüéèñçøåß ÀÉÎ ",
    "😀📧✉️ ok ",
)
NAMES = ("Bob", "Bob B. Boss", "王小明", "Renée", "客服 (業務)", "a, b", 'say "hi"', "")
CHARSETS = {0: "us-ascii", 1: "us-ascii", 2: "big5", 3: "iso-8859-1", 4: "utf-8"}

Head = list[tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class RandomMail:
    """Octets with CRLF, and what a reader must see: who, to whom, about what, which contents."""

    number: int
    octets: bytes
    author: str
    recipients: tuple[str, ...]
    subject: str
    contents: tuple[bytes, ...]

    def reads_as(self, octets: bytes) -> bool:
        """Whether a mail that arrived says the same to who reads it."""
        found = seen(octets)
        return (found.author, found.recipients, found.subject, found.contents) == (
            self.author,
            self.recipients,
            self.subject,
            tuple(map(_without_end, self.contents)),
        )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a mail program shows, by Python's own parser."""

    author: str
    recipients: tuple[str, ...]
    subject: str
    contents: tuple[bytes, ...]


def seen(octets: bytes) -> Seen:
    """Read a mail as a mail program does: addresses first, then encoded words (RFC 2047 6.2)."""
    message = message_from_bytes(octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    (author,) = addresses(message, "From")
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return Seen(
        author=author,
        recipients=tuple(addresses(message, "To")),
        subject=str(make_header(decode_header(_line(message, "Subject")))),
        contents=tuple(_without_end(content(part)) for part in leaves),
    )


def addresses(message: Message, name: str) -> list[str]:
    """Return the addresses of a field, as a receiver finds them."""
    return [address for _, address in getaddresses([_line(message, name)])]


def content(part: Message) -> bytes:
    """Return the octets of a part, decoded."""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _line(message: Message, name: str) -> str:
    return str(message.get(name, "")).replace("\r\n", "").replace("\n", "")


def _without_end(octets: bytes) -> bytes:
    """A server may end the last line (RFC 5321 4.1.1.4); of white space alone nobody sees any."""
    return octets.rstrip(b"\r\n") if octets.strip() else b""


def random_mails(count: int, sender: str, recipient: str, seed: int) -> list[RandomMail]:
    """Return so many mails of one sender."""
    return [
        _Writer(random.Random(seed * 1_000_003 + n), sender, recipient).mail(n)
        for n in range(count)
    ]


class _Writer:
    def __init__(self, chance: random.Random, sender: str, recipient: str) -> None:
        self.chance = chance
        self.sender = sender
        self.recipient = recipient
        self.contents: list[bytes] = []

    def mail(self, number: int) -> RandomMail:
        recipients = [self.recipient]
        recipients += [f"r{n}@other.example" for n in range(self.chance.choice((0, 0, 1, 3, 40)))]
        subject = f"r{number} {' '.join(self._text(60).split())}".strip()
        kind, encoding, body = self._entity(0)
        head: Head = [
            ("From", self._list([self.sender])),
            ("To", self._list(recipients)),
            ("Subject", self._words("Subject", subject)),
            ("Message-ID", f"<{number}.{self.chance.random()}@random.example>".encode()),
            ("Date", b"Mon, 05 Jan 2026 08:00:00 +0000"),
            ("Reply-To", self._list(["anybody@other.example"])),
            ("X-Mailer", b"a device"),
            ("X-Random-Mail", b"%d" % number),
            ("References", b" ".join(b"<%d@random.example>" % n for n in range(self._some(60)))),
        ]
        dropped = {"Date", "Message-ID", "Reply-To", "X-Mailer", "References"}
        head = [each for each in head if each[0] not in dropped or self.chance.random() < 0.7]
        if kind:
            head.append(("Content-Type", kind))
        if encoding:
            head.append(("Content-Transfer-Encoding", encoding))
        if kind and self.chance.random() < 0.8:
            head.append(("MIME-Version", b"1.0"))
        self.chance.shuffle(head)
        lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in head)
        return RandomMail(
            number=number,
            octets=lines + b"\r\n" + body,
            author=self.sender,
            recipients=tuple(recipients),
            subject=subject,
            contents=tuple(self.contents),
        )

    # ---- Bodies: Content-Type, Content-Transfer-Encoding and octets

    def _entity(self, depth: int) -> tuple[bytes, bytes, bytes]:
        makers: list[Callable[[int], tuple[bytes, bytes, bytes]]] = [self._leaf, self._leaf]
        if depth < 4:
            makers += [self._multipart, self._multipart]
        if depth:
            makers += [self._attachment, self._forwarded] if depth < 4 else [self._attachment]
        else:
            makers += [self._bare]
        return self.chance.choice(makers)(depth)

    def _bare(self, _: int) -> tuple[bytes, bytes, bytes]:
        """What old devices send: no type, and whatever octets they have."""
        body = self._lines("utf-8", self.chance.choice((0, 2, 4)))
        self.contents.append(body)
        return b"", b"", body

    def _leaf(self, _: int) -> tuple[bytes, bytes, bytes]:
        alphabet = self.chance.randrange(len(ALPHABETS))
        charset = self.chance.choice((CHARSETS[alphabet], "utf-8"))
        body = self._lines(charset, alphabet)
        self.contents.append(body)
        kind = self.chance.choice((b"text/plain", b"text/html", b"TEXT/Plain"))
        kind += self.chance.choice((b"; charset=%s", b'; charset="%s"', b";\r\n charset=%s")) % (
            charset.encode()
        )
        return (kind, *self._encoded(body))

    def _attachment(self, _: int) -> tuple[bytes, bytes, bytes]:
        body = self.chance.randbytes(self._some(3000))
        self.contents.append(body)
        name = self.chance.choice((b"a.pdf", b'"a b.pdf"', "報價單.pdf".encode()))
        kind = b"application/pdf; name=" + name
        return kind, b"base64", base64.encodebytes(body).replace(b"\n", b"\r\n").rstrip()

    def _forwarded(self, depth: int) -> tuple[bytes, bytes, bytes]:
        kind, encoding, body = self._entity(depth + 1)
        head = b"From: Somebody <else@other.example>\r\nSubject: inside\r\n"
        head += b"Content-Type: " + kind + b"\r\n" if kind else b""
        head += b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""
        return b"message/rfc822", b"8bit", head + b"\r\n" + body

    def _multipart(self, depth: int) -> tuple[bytes, bytes, bytes]:
        boundary = b"=_%d_%d" % (depth, self.chance.randrange(10**9))
        parts = []
        for _ in range(1 + self._some(3)):
            kind, encoding, body = self._entity(depth + 1)
            head = b"Content-Type: " + kind + b"\r\n" if kind else b""
            head += b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""
            parts.append(b"--" + boundary + b"\r\n" + head + b"\r\n" + body + b"\r\n")
        before = self.chance.choice(
            (b"", b"This is a multi-part message.\r\n", "前言\r\n".encode())
        )
        kind = self.chance.choice((b"mixed", b"alternative", b"related"))
        whole = before + b"".join(parts) + b"--" + boundary + b"--\r\n"
        return b"multipart/" + kind + b'; boundary="' + boundary + b'"', b"", whole

    def _encoded(self, body: bytes) -> tuple[bytes, bytes]:
        way = self.chance.choice(("none", "8bit", "quoted-printable", "base64"))
        if way == "base64":
            return b"base64", base64.encodebytes(body).replace(b"\n", b"\r\n")
        if way == "quoted-printable":
            lines = (quopri.encodestring(one, quotetabs=True) for one in body.split(b"\r\n"))
            return b"quoted-printable", b"\r\n".join(one.replace(b"\n", b"\r\n") for one in lines)
        return (b"8bit" if way == "8bit" else b""), body

    def _lines(self, charset: str, alphabet: int) -> bytes:
        lines = []
        for _ in range(self._some(12)):
            length = self.chance.choice((0, 10, 70, 70, 70, 1200, 4000))
            text = self._text(length, alphabet)
            prefix = self.chance.choice(("", "", "", ".", "From ", "\t", "--"))
            lines.append((prefix + text).encode(charset, "replace"))
        return b"\r\n".join(lines) + self.chance.choice((b"", b"\r\n", b"\r\n\r\n"))

    def _text(self, length: int, alphabet: int | None = None) -> str:
        letters = ALPHABETS[self.chance.randrange(len(ALPHABETS)) if alphabet is None else alphabet]
        return "".join(self.chance.choice(letters) for _ in range(length))

    def _some(self, most: int) -> int:
        return self.chance.randrange(most + 1)

    # ---- Header fields

    def _words(self, name: str, text: str) -> bytes:
        """Free text: bare octets, or encoded by Python or by hand."""
        if text.isascii() and "=?" not in text:
            return text.encode()
        return self.chance.choice(
            (
                text.encode,
                lambda: Header(text, "utf-8", header_name=name).encode(linesep="\r\n").encode(),
                lambda: b"=?UTF-8?B?" + base64.b64encode(text.encode()) + b"?=",
            )
        )()

    def _list(self, addresses: list[str]) -> bytes:
        """Names and addresses: as the grammar has them, as a person types them, or hidden."""
        way = self.chance.choice(("grammar", "grammar", "typed", "hidden", "folded"))
        names = [self.chance.choice(NAMES) for _ in addresses]
        if way in {"typed", "hidden"}:
            safe = [name.replace('"', "").replace(",", "") for name in names]
            pairs = zip(safe, addresses, strict=True)
            text = ", ".join(f"{name} <{each}>" if name else each for name, each in pairs)
            if text.isascii() or way == "typed":
                quoted = zip(safe, addresses, strict=True)
                plain = ", ".join(f'"{n}" <{each}>' if n else each for n, each in quoted)
                return plain.encode() if text.isascii() else text.encode()
            return Header(text, "utf-8", header_name="To").encode(linesep="\r\n").encode()
        separator = b",\r\n " if way == "folded" else b", "
        return separator.join(map(self._mailbox, names, addresses))

    def _mailbox(self, name: str, address: str) -> bytes:
        if not name:
            return address.encode()
        if not name.isascii():
            word = b"=?utf-8?b?" + base64.b64encode(name.encode()) + b"?="
        else:
            word = b'"' + name.replace('"', '\\"').encode() + b'"'
        return word + b" <" + address.encode() + b">"
