"""Headers that are made to hold the signer up, and a customer who sends meanwhile.

    python3 -m lab exec .venv/bin/python -m benchmarks.hostile_headers [MAILS]

From, To, Cc and Reply-To of up to 100 KB. Half of them are runs of encoded words, quotes, comments,
brackets, commas and octets that no pattern expects; the others are what is known to be costly:
comments in comments, quoted pairs, groups, encoded words in encoded words, thousands of addresses,
what has no end, folds, octets in another charset, international domains (`SHAPES`). Another account
logs in and sends all the time.
"""

import base64
import random
import re
import secrets
import smtplib
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.figures import Bar, note, show
from lab import plan, site
from lab.site import Site

RELAY = "smtp2"
RECIPIENT = "hostile@inbox.example"
HEADERS = ("From", "To", "Cc", "Reply-To")
LONGEST = 100_000
MAILS = 10_000
SESSION = 8  # mails; smtpd answers slowly after ten refusals in a session
SLOWEST = Bar(limit=0.5, unit=" s")
NEIGHBOUR = Bar(limit=2, unit=" s")  # TLS, login and a mail

_PIECES = (
    *("_", " ", "\t", "a", "=", "?", "@", "<", ">", ",", ";", ":", "(", ")", '"', "\\", '\\"'),
    *("=?utf-8?q?", "?=", "=?utf-8?b?", "=20", "=40", "=3C", "=?utf-8?q?_?=", " =?utf-8?q?=20?="),
    *("<a@b.example>", "a@b.example,", '"a" <a@b.example>, ', "()", "((", "<<", "a.", "@b", "%00"),
    *("\u5c0f", "\U0001f389", "\u00a0", "\ufffd", "\u202e", "x" * 70 + "\r\n "),
)


def _nested(depth: int) -> bytes:
    """Return an encoded word that holds one that holds one."""
    text = b"a@b.example"
    for _ in range(depth):
        text = b"=?utf-8?b?" + base64.b64encode(text) + b"?="
    return text


_B_WORD = b"=?utf-8?b?5bCP?= "
SHAPES = (  # what stands first, what is repeated, what stands last; % is the account's address
    (b"", b"(", b"x %"),
    (b"", b"(" * 20 + b")" * 20, b" %"),
    (b"(", b"\\)", b") %"),
    (b'"', b'\\"', b'" %'),
    (b"", b"g: a@b.example, c@d.example;, ", b"%"),
    (b"", b"g:", b"%"),
    (_nested(18) + b" ", _nested(4) + b" ", b"%"),
    (b"", b"a@b.example, ", b"%"),
    (b"", "小明 <a@b.example>, ".encode(), b"%"),
    (b"", ",小".encode(), b" %"),
    (b'"', b"x", b" %"),
    ("小".encode(), b"<", b" %"),
    (b"", b"x ", b"%"),
    (b"", "中文".encode("big5"), b" %"),
    (b"", b"\xff\xfe", b" %"),
    (b"", "a@商店.example, ".encode(), b"%"),
    (b"a@", "商店.".encode(), b"example, %"),
    (b"", _B_WORD, b"%"),
    (b"", _B_WORD + b"=?big5?q?=A4=A4?= ", b"=?utf-8?b?IDxhQGIuZXhhbXBsZT4=?="),
    (b"=?punycode?q?-", b"99a", b"=40?= %"),
    (b"=?iso-2022-jp?b?", b"GyRCJCIbKEIg", b"?= %"),
    (b"", b"a@", b" %"),
    (b"", b"=?", b" %"),
    ("a\u0301".encode(), "\u0323\u0301".encode(), b" %"),
    (b"", "\ufdfa".encode(), b" %"),
)
_OCTETS = (b"\xff", b"\xb7s\xbb", b"\xe5\xb0", b"\x80" * 9, b"\x00", b"\x0b", b"\x1b[31m", b"\r")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hostile mail: the header that is attacked, and all of its octets."""

    header: str
    value: bytes
    token: str

    def octets(self, sender: str) -> bytes:
        """The mail; its other headers are well-formed."""
        fields = {"From": f"<{sender}>".encode(), "To": f"<{RECIPIENT}>".encode()}
        fields[self.header] = self.value
        lines = [name.encode() + b": " + value for name, value in fields.items()]
        token = self.token.encode()
        lines += [b"Subject: " + token, b"Message-ID: <" + token + b"@bench.example>"]
        return b"\r\n".join((*lines, b"Date: Mon, 05 Jan 2026 08:00:00 +0000", b"", b"text", b""))


def attempts(count: int, sender: str, seed: int = 1) -> Iterator[Attempt]:
    """Yield mails whose headers are long, each by a rule of its own; the same for one seed."""
    chance = random.Random(seed)
    for number in range(count):
        header = HEADERS[number % len(HEADERS)]
        yield Attempt(header, _value(chance, sender), secrets.token_hex(8))


def _value(chance: random.Random, sender: str) -> bytes:
    """Return a known shape, or runs of few pieces; with a good address or without."""
    length = int(10 ** chance.uniform(1, 5))
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        return _shaped(chance, length, sender)
    pieces = [_piece(chance) for _ in range(chance.choice((1, 1, 2, 3, 8)))]
    text = b"".join(pieces) * (length // len(b"".join(pieces)) + 1)
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        text = b"".join(chance.choices(pieces, k=length // len(max(pieces, key=len)) + 1))
    text = text[:length]
    address = f" <{sender}>".encode() if chance.random() < 0.6 else b""  # noqa: PLR2004 - some
    return chance.choice((_bare, _in_base64, _quoted))(text, address)[:LONGEST]


def _shaped(chance: random.Random, length: int, sender: str) -> bytes:
    """Return one of the shapes, about so long, in lines that Postfix takes or in one."""
    begin, repeated, end = chance.choice(SHAPES)
    own = f"<{sender}>".encode()
    room = length - len(begin) - len(end) - len(own)
    text = begin + repeated * (room // len(repeated)) + end.replace(b"%", own)
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        text = text.replace(b" ", b"\r\n ")
    return text[:LONGEST]


def _piece(chance: random.Random) -> bytes:
    if chance.random() < 0.15:  # noqa: PLR2004 - some
        return chance.choice(_OCTETS)
    return chance.choice(_PIECES).encode()


def _bare(text: bytes, address: bytes) -> bytes:
    return text.replace(b"\n", b"").replace(b"\r", b"\r\n ") + address


def _in_base64(text: bytes, address: bytes) -> bytes:
    return b"=?utf-8?b?" + base64.b64encode(text + address) + b"?="


def _quoted(text: bytes, address: bytes) -> bytes:
    plain = re.sub(rb"[^!-~]|[?=]", b"_", text)
    return b"=?utf-8?q?" + plain + address.replace(b" ", b"_").replace(b"@", b"=40") + b"?="


@dataclass
class Outcome:
    """What was answered to whom, and how long the slowest had to wait, in seconds."""

    codes: Counter[int] = field(default_factory=Counter)
    accepted: dict[str, Attempt] = field(default_factory=dict)
    replies: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0
    slowest: str = ""
    neighbour_mails: int = 0
    neighbour_slowest_s: float = 0
    neighbour_faults: list[str] = field(default_factory=list)

    def take(self, attempt: Attempt, code: int, reply: str, took_s: float) -> None:
        """Count one answer."""
        self.codes[code] += 1
        self.replies[f"{code} {reply}"] += 1
        if code == 250:  # noqa: PLR2004 - RFC 5321 4.2.2
            self.accepted[attempt.token] = attempt
        if took_s > self.slowest_s:
            self.slowest_s = took_s
            self.slowest = f"{attempt.header} of {len(attempt.value)} octets"


def attack(place: Site, count: int = MAILS) -> Outcome:
    """Send hostile mails by one account while another one sends what everybody sends."""
    neighbour, attacker = plan.ACCOUNTS
    outcome = Outcome()
    over = threading.Event()
    thread = threading.Thread(target=_neighbour, args=(place, neighbour, outcome, over))
    thread.start()
    try:
        hostile = list(attempts(count, attacker.sender))
        for first in range(0, count, SESSION):
            _send(place, attacker, hostile[first : first + SESSION], outcome)
    finally:
        over.set()
        thread.join()
    return outcome


@contextmanager
def _session(place: Site, account: plan.Account) -> Iterator[smtplib.SMTP]:
    trusted = ssl.create_default_context(cafile=str(place.state / "ca/root.pem"))
    with smtplib.SMTP_SSL(plan.host(RELAY).fqdn, 465, timeout=60, context=trusted) as session:
        session.ehlo()
        said = base64.b64encode(f"\0{account.login}\0{account.password}".encode()).decode()
        session.docmd("AUTH", f"PLAIN {said}")  # smtplib's own is ASCII only
        yield session


def _send(place: Site, account: plan.Account, some: Sequence[Attempt], outcome: Outcome) -> None:
    with _session(place, account) as session:
        for attempt in some:
            session.mail(account.sender)
            session.rcpt(RECIPIENT)
            began = time.perf_counter()
            code, reply = session.data(attempt.octets(account.sender))
            outcome.take(attempt, code, reply.decode(), time.perf_counter() - began)
            session.rset()


def _neighbour(place: Site, account: plan.Account, outcome: Outcome, over: threading.Event) -> None:
    """Log in and send one mail, again and again, as a form on a web site does."""
    text = f"From: <{account.sender}>\r\nTo: <{RECIPIENT}>\r\nSubject: neighbour\r\n\r\ntext\r\n"
    while not over.is_set():
        began = time.perf_counter()
        try:
            with _session(place, account) as session:
                session.sendmail(account.sender, [RECIPIENT], text)
        except (OSError, smtplib.SMTPException) as error:
            outcome.neighbour_faults.append(repr(error))
        outcome.neighbour_mails += 1
        took = time.perf_counter() - began
        outcome.neighbour_slowest_s = max(outcome.neighbour_slowest_s, took)
        time.sleep(0.05)


def main() -> int:
    """Attack once and print the figures; 1 if a bar is missed or the neighbour was turned away."""
    outcome = attack(site.here(), int(next(iter(sys.argv[1:]), MAILS)))
    count = sum(outcome.codes.values())
    slowest, neighbour = outcome.slowest_s, outcome.neighbour_slowest_s
    mails = outcome.neighbour_mails
    met = [
        show(f"slowest of {count} hostile mails", f"{slowest:.2f} s", slowest, SLOWEST),
        show(f"slowest of {mails} logins beside", f"{neighbour:.2f} s", neighbour, NEIGHBOUR),
    ]
    note(f"the slowest: {outcome.slowest}; replies {dict(outcome.codes)}")
    for fault in outcome.neighbour_faults[:5]:
        note(f"the neighbour: {fault}")
    return 0 if all(met) and not outcome.neighbour_faults else 1


if __name__ == "__main__":
    sys.exit(main())
