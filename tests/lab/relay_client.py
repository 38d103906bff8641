"""What a customer has: sockets on the client host, SMTP as octets, programs that others wrote."""

import base64
import ctypes
import secrets
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from lab import hosts, keys, mailbox, plan
from lab.site import Site

T = TypeVar("T")
R = TypeVar("R")

RECIPIENT = "inbox@inbox.example"
ALICE, BOB = plan.ACCOUNTS
NEW_NETWORK = 0x40000000  # CLONE_NEWNET of setns(2), which Python 3.11 does not know


@dataclass(frozen=True)
class Door:
    """A listener as a customer sees it: port, and when TLS begins."""

    port: int
    security: str

    def __str__(self) -> str:
        return f"{self.port}-{self.security}"


PLAIN = Door(25, "plain")
OPTIONAL = Door(25, "starttls")
WRAPPED = Door(465, "tls")
SUBMISSION = Door(587, "starttls")
DOORS = (PLAIN, OPTIONAL, WRAPPED, SUBMISSION)
RELAYS = ("smtp", "smtp2")


def socket_on(site: Site, name: str, family: socket.AddressFamily) -> socket.socket:
    """Return a socket of a host of the lab: it stays in the network where it was made.

    Nothing here waits, because all greenlets of a thread would be in that network meanwhile.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with (
        Path("/proc/thread-self/ns/net").open("rb") as here,
        Path(f"/proc/{hosts.leader(site, name)}/ns/net").open("rb") as there,
    ):
        if libc.setns(there.fileno(), NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            made = socket.socket(family, socket.SOCK_STREAM)
        finally:
            libc.setns(here.fileno(), NEW_NETWORK)
    made.settimeout(30)
    return made


@dataclass(frozen=True)
class Reply:
    """An SMTP reply: its code and its lines without code."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {' / '.join(self.lines)}"


@dataclass
class Session:
    """An SMTP session whose octets the test decides; certificates are checked by name."""

    site: Site
    relay: str
    door: Door = SUBMISSION
    family: int = 4
    name: str = ""
    host: str = "client"
    patience_s: float = 30  # for each answer
    said: list[str] = field(default_factory=list)
    sock: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        target = plan.host(self.relay)
        self.name = self.name or target.fqdn
        address = target.ipv4 if self.family == 4 else target.ipv6
        kind = socket.AF_INET if self.family == 4 else socket.AF_INET6
        self.sock = socket_on(self.site, self.host, kind)
        self.sock.settimeout(self.patience_s)
        try:
            self.sock.connect((address, self.door.port))
            if self.door.security == "tls":
                self._wrap()
            self.buffer = b""
            self.greeting = self.read()
        except OSError:
            self.sock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.sock.close()

    def read(self) -> Reply:
        lines = [self._line()]
        while lines[-1][3:4] == "-":
            lines.append(self._line())
        self.said += lines
        return Reply(int(lines[-1][:3]), tuple(line[4:] for line in lines))

    def ask(self, line: str) -> Reply:
        self.sock.sendall(line.encode() + b"\r\n")
        return self.read()

    def hello(self) -> Reply:
        """EHLO, and STARTTLS with another EHLO where the door wants it."""
        reply = self.ask("EHLO client.lab-dns.example")
        if self.door.security != "starttls":
            return reply
        assert self.ask("STARTTLS").code == 220
        self._wrap()
        return self.ask("EHLO client.lab-dns.example")

    def login(self, account: plan.Account = ALICE) -> Reply:
        return self.ask(f"AUTH PLAIN {plain(account.login, account.password)}")

    def ready(self, account: plan.Account = ALICE) -> Self:
        """Greet and log in; what follows is MAIL."""
        self.hello()
        reply = self.login(account)
        assert reply.code == 235, reply
        return self

    def envelope(self, sender: str, recipient: str = RECIPIENT) -> Reply:
        """MAIL and RCPT; the reply is the first that refuses."""
        reply = self.ask(f"MAIL FROM:<{sender}>")
        return reply if reply.code != 250 else self.ask(f"RCPT TO:<{recipient}>")

    def data(self, octets: bytes) -> Reply:
        reply = self.ask("DATA")
        if reply.code != 354:
            return reply
        self.sock.sendall(octets + b"\r\n.\r\n")
        return self.read()

    def send(
        self, account: plan.Account = ALICE, *, headers: str = "", recipient: str = RECIPIENT
    ) -> tuple[Reply, str]:
        """Send one mail; the reply that decides, and the token to find the mail by."""
        token = secrets.token_hex(8)
        reply = self.envelope(account.sender, recipient)
        if reply.code != 250:
            return reply, token
        return self.data(mail(account.sender, token, headers)), token

    def _line(self) -> str:
        while b"\r\n" not in self.buffer:
            octets = self.sock.recv(65536)
            if not octets:
                raise ConnectionError(f"closed after {self.said[-2:]}")
            self.buffer += octets
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode("utf-8", "replace")

    def _wrap(self) -> None:
        context = ssl.create_default_context(cafile=str(keys.authority(self.site)))
        self.sock = context.wrap_socket(self.sock, server_hostname=self.name)


def plain(login: str, password: str) -> str:
    """The initial response of AUTH PLAIN. RFC 4616"""
    return base64.b64encode(f"\0{login}\0{password}".encode()).decode()


def mail(sender: str, token: str, headers: str = "") -> bytes:
    """A small complete message; `headers` are whole lines."""
    lines = [
        f"From: <{sender}>",
        f"To: <{RECIPIENT}>",
        f"Subject: {token}",
        f"Message-ID: <{token}@{sender.partition('@')[2]}>",
        "Date: Mon, 05 Jan 2026 08:00:00 +0000",
        *headers.splitlines(),
        "",
        "A mail of the tests.",
    ]
    return "\r\n".join(lines).encode()


def deliver(
    site: Site,
    relay: str,
    door: Door = SUBMISSION,
    *,
    account: plan.Account = ALICE,
    family: int = 4,
) -> mailbox.Received:
    """Send one mail through a relay and return it as it arrived."""
    with Session(site, relay, door, family) as session:
        reply, token = session.ready(account).send(account)
        assert reply.code == 250, reply
        session.ask("QUIT")
    return mailbox.wait_for(site, RECIPIENT, token)


def accepts(site: Site, relay: str, account: plan.Account = ALICE) -> str:
    """Send one mail and return its token without waiting for it to arrive."""
    with Session(site, relay) as session:
        reply, token = session.ready(account).send(account)
        assert reply.code == 250, reply
    return token


def program(site: Site, words: list[str], stdin: str = "") -> str:
    """Run a program on the client host and return what it said; it must exit 0."""
    ended = hosts.run(site, "client", words, stdin=stdin)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    return said


def side_by_side(look: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Do the same with each item, several at a time: daemons answer errors slowly on purpose."""
    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(look, items))
