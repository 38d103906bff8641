"""The ways in which one account can try to speak for another: login, envelope, From, its form."""

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, product

from lab import plan
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, Reply, Session

AT_A_TIME = 8  # smtpd answers slowly after ten errors in a session

Form = Callable[[str, str], bytes]


def b_word(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def q_word(text: str) -> str:
    octets = "".join(f"={octet:02X}" for octet in text.encode())
    return f"=?utf-8?q?{octets}?="


def line(value: str) -> bytes:
    return f"From: {value}\r\n".encode()


# An address, alone: of the account itself each must be accepted, of another none.
ALONE: Mapping[str, Form] = {
    "bare": lambda other, _: line(other),
    "in brackets": lambda other, _: line(f"<{other}>"),
    "with a name": lambda other, _: line(f"The boss <{other}>"),
    "with a quoted name": lambda other, _: line(f'"Boss, The" <{other}>'),
    "with an encoded name": lambda other, _: line(f"{b_word('小明')} <{other}>"),
    "with bare octets": lambda other, _: line(f"小明 <{other}>"),
    "with a comment": lambda other, _: line(f"{other} (The boss)"),
    "in upper case": lambda other, _: line(f"<{other.upper()}>"),
    "folded": lambda other, _: line(f"The boss\r\n <{other}>"),
    "hidden by base64": lambda other, _: line(b_word(f"小明 <{other}>")),
    "hidden by quoted-printable": lambda other, _: line(q_word(f"小明 <{other}>")),
    "hidden in two words": lambda other, _: line(f"{b_word('小明 <')}\r\n {b_word(f'{other}>')}"),
    "a quoted local part": lambda other, _: line('"{}"@{}'.format(*other.split("@"))),
    "as its own name": lambda other, _: line(f"{other} <{other}>"),
    "in capitals": lambda other, _: f"FROM: <{other}>\r\n".encode(),
}
# An address of another beside one of the account, or in a form that is none: never accepted.
BESIDE: Mapping[str, Form] = {
    "before one's own": lambda other, own: line(f"{other}, {own}"),
    "after one's own": lambda other, own: line(f"{own}, {other}"),
    "two pairs of brackets": lambda other, own: line(f"<{other}> <{own}>"),
    "two pairs, own first": lambda other, own: line(f"<{own}> <{other}>"),
    "hidden, two pairs": lambda other, own: line(b_word(f"小 <{other}> <{own}>")),
    "hidden, before": lambda other, own: line(b_word(f"小 <{other}>, 明 <{own}>")),
    "as the name": lambda other, own: line(f"{other} <{own}>"),
    "hidden, as the name": lambda other, own: line(b_word(f"小 {other} <{own}>")),
    "in a comment": lambda other, own: line(f"({other}) {own}"),
    "in brackets in a comment": lambda other, own: line(f"(<{other}>) <{own}>"),
    "two headers": lambda other, own: line(own) + line(other),
    "two headers, own last": lambda other, own: line(other) + line(own),
    "two headers, one in capitals": lambda other, own: line(own) + f"FROM: {other}\r\n".encode(),
    "two headers, one with a space": lambda other, own: line(own) + f"From : {other}\r\n".encode(),
    "a group": lambda other, _: line(f"Team: {other};"),
    "a semicolon": lambda other, _: line(f"{other};"),
    "a source route": lambda other, own: line(f"<@{own.split('@')[1]}:{other}>"),
    "a second @": lambda other, own: line(f"<{own}@{other.split('@')[1]}>"),
    "nested brackets": lambda other, own: line(f"<<{other}> {own}>"),
    "cut by NUL": lambda other, own: line(f"<{other}\0{own}>"),
    "cut by a bare CR": lambda other, own: line(f"<{own}\rFrom: {other}>"),
    "no brackets' end": lambda other, own: line(f"<{own} <{other}"),
    "a quote without an end": lambda other, own: line(f'"{own} <{other}>'),
    "empty": lambda _other, _own: line(""),
    "a name alone": lambda _other, _own: line("The boss"),
}
PATHS = (
    *("../../omi/dkim/{}", "./{}", "{}/", "{}/../{}", "/etc/omi/dkim/{}", "{}.omi1.key", "{}%2f"),
    *("../{}", "{}.", ".{}", "{}..", "*.{}", "$domain", "{}\\", "[{}]", "_dmarc.{}", "mail.{}"),
)


@dataclass(frozen=True)
class Attempt:
    """One mail that names another, or one's own."""

    login: plan.Account
    envelope: str
    form: str
    octets: bytes
    is_allowed: bool
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def __str__(self) -> str:
        return f"{self.login.login:10} <{self.envelope}> {self.form}"


def attempts() -> Iterator[Attempt]:
    """Yield every login with every envelope that Postfix lets it have, header and form."""
    for login, other in ((ALICE, BOB), (BOB, ALICE)):
        victim = other.sender
        sister = f"ceo@{victim.partition('@')[2]}"
        forms = [(f"{name}: {sister}", make(sister, login.sender)) for name, make in ALONE.items()]
        forms += [(name, make(victim, login.sender)) for name, make in BESIDE.items()]
        domains = [login.sender.partition("@")[2], victim.partition("@")[2]]
        forms += [
            (f"path {path}, {domain}", line(f"<x@{path.format(domain, domain)}>"))
            for path, domain in product(PATHS, domains)
        ]
        for envelope, (name, octets) in product((login.sender, ""), forms):
            yield Attempt(login, envelope, name, octets, is_allowed=False)
        own = ((name, make(login.sender, login.sender)) for name, make in ALONE.items())
        for envelope, (name, octets) in product((login.sender, ""), own):
            yield Attempt(login, envelope, f"own, {name}", octets, is_allowed=True)


def parts(some: Iterable[Attempt]) -> list[list[Attempt]]:
    """Return them by session: of one login, and few enough that no session is slowed down."""
    by_login = [list(of_one) for _, of_one in groupby(some, lambda attempt: attempt.login)]
    return [
        of_one[first : first + AT_A_TIME]
        for of_one in by_login
        for first in range(0, len(of_one), AT_A_TIME)
    ]


def send(place: Site, relay: str, some: Iterable[Attempt]) -> list[tuple[Attempt, Reply]]:
    """Send mails of one login in one session."""
    some = list(some)
    answers = []
    with Session(place, relay) as session:
        session.ready(some[0].login)
        for attempt in some:
            reply = session.envelope(attempt.envelope)
            if reply.code == 250:
                reply = session.data(_mail(attempt))
            answers.append((attempt, reply))
            session.ask("RSET")
    return answers


def _mail(attempt: Attempt) -> bytes:
    token = attempt.token
    others = (
        f"To: <{RECIPIENT}>\r\nSubject: {token}\r\nMessage-ID: <{token}@lab.example>\r\n"
        "Date: Mon, 05 Jan 2026 08:00:00 +0000\r\n\r\nWho wrote this?"
    )
    return attempt.octets + others.encode()
