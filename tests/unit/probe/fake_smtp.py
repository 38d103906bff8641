"""A real SMTP server in this process, right in everything that a test does not make wrong."""

import asyncio
import base64
import hashlib
import hmac
import re
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

LOGIN = "alice"
PASSWORD = "Tr0mbone&Å 100%"
SENDER = "alice@shop.example"
NAME = "relay.test"
_RESULTS = "Authentication-Results: mx.test; spf=pass; dkim=pass header.d=shop.example; dmarc=pass"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a listener does; the defaults are what is right."""

    banner: bytes | None = b"220 relay.test ESMTP\r\n"
    connected: Callable[[Any], Any] | None = None  # instead of everything else
    ehlo: tuple[str, ...] = ("SIZE 1000000", "8BITMIME")
    ehlo_answer: bytes | None = None  # instead of all of it
    after_ehlo: Callable[[Any], Any] | None = None
    starttls: bool = True
    starttls_answer: bytes = b"220 2.0.0 Ready\r\n"
    in_clear: bytes | None = None  # said after 220 instead of a handshake
    obeys_injected: bool = False
    auth_inside: str = "PLAIN LOGIN"
    auth_before: str = ""  # offered without TLS
    early_auth: bool = False  # accepted there, although not offered
    any_password: bool = False
    no_password: bool = False
    refuses: tuple[str, ...] = ()  # mechanisms that refuse the right password
    auth_reply: bytes | None = None  # to every AUTH
    open_to: Callable[[str, str], bool] = lambda _sender, _recipient: False
    any_sender: bool = False
    limit: int | None = 1_000_000
    mail_reply: bytes | None = None
    rcpt_reply: bytes | None = None
    final_reply: bytes = b"250 2.0.0 Ok: queued as 4XyZ\r\n"
    ends: tuple[bytes, ...] = (b"\r\n.\r\n",)
    on_mail: Callable[[bytes], bytes | None] = lambda octets: octets
    results: str = _RESULTS
    password: str = PASSWORD
    echo: Callable[[str], str] | None = None  # what the server says of the password that it got


@dataclass
class Port:
    """A listener of the server: how TLS begins, and what it does."""

    mode: str  # none, starttls or tls
    behaviour: Behaviour = field(default_factory=Behaviour)
    context: ssl.SSLContext | None = None
    number: int = 0


class FakeSmtp:
    """Listeners on 127.0.0.1: `async with` in the test's loop, `with` in a thread of its own.

    The thread is for tests that run the client as a process: where gevent is at work, a thread is
    none, and two loops in one process fall over each other.
    """

    def __init__(self, ports: list[Port], maildir: Path | None = None) -> None:
        self.ports = ports
        self.maildir = maildir
        self.passwords: list[tuple[str, bool]] = []  # what came, and whether inside TLS
        self.mails: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.__aexit__(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        for port in self.ports:
            if port.number:  # shared with one before it
                continue

            async def serve(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: Port = port
            ) -> None:
                self._tasks.add(asyncio.current_task())  # type: ignore[arg-type]
                with suppress(OSError, EOFError, ssl.SSLError, asyncio.CancelledError):
                    await _Conversation(self, port, reader, writer).run()
                writer.transport.abort()

            server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
            port.number = server.sockets[0].getsockname()[1]
            self._servers.append(server)


class _Conversation:
    def __init__(
        self,
        server: FakeSmtp,
        port: Port,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server, self.port, self.does = server, port, port.behaviour
        self.reader, self.writer = reader, writer
        self.inside = False
        self.login: str | None = None
        self.sender = ""

    async def say(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def run(self) -> None:
        if self.does.connected:
            await self.does.connected(self)
            return
        if self.port.mode == "tls":
            await self.writer.start_tls(self.port.context)
            self.inside = True
        if self.does.banner is None:
            await asyncio.sleep(60)
        await self.say(self.does.banner or b"")
        while line := await self.reader.readline():
            verb = line.decode("utf-8", "replace").split()[0].upper() if line.split() else ""
            if verb == "QUIT":
                await self.say(b"221 2.0.0 Bye\r\n")
                return
            await self.answer(verb, line.decode("utf-8", "surrogateescape").strip())

    async def answer(self, verb: str, line: str) -> None:
        simple = {"NOOP": b"250 2.0.0 Ok\r\n", "RSET": b"250 2.0.0 Flushed\r\n"}
        if verb in simple:
            await self.say(simple[verb])
        elif handler := getattr(self, f"on_{verb.lower()}", None):
            await handler(line)
        else:
            await self.say(b"500 5.5.2 Unknown\r\n")

    async def on_ehlo(self, _line: str) -> None:
        does = self.does
        if does.ehlo_answer is not None:
            await self.say(does.ehlo_answer)
        else:
            words = [NAME, *does.ehlo]
            if does.starttls and self.port.mode != "tls" and not self.inside:
                words.append("STARTTLS")
            offered = does.auth_inside if self.inside else does.auth_before
            words += [f"AUTH {offered}"] if offered else []
            lines = [f"250-{word}\r\n" for word in words[:-1]] + [f"250 {words[-1]}\r\n"]
            await self.say("".join(lines).encode())
        if does.after_ehlo:
            await does.after_ehlo(self)

    async def on_starttls(self, _line: str) -> None:
        if not self.does.starttls:
            await self.say(b"502 5.5.1 Not implemented\r\n")
            return
        await self.say(self.does.starttls_answer)
        if not self.does.starttls_answer.startswith(b"220"):
            return
        if self.does.in_clear is not None:
            await self.say(self.does.in_clear)
            await asyncio.sleep(60)
        if not self.does.obeys_injected:
            self.reader._buffer.clear()  # type: ignore[attr-defined]
        await self.writer.start_tls(self.port.context)
        self.inside = True

    async def on_auth(self, line: str) -> None:
        does = self.does
        if not self.inside and not (does.auth_before or does.early_auth):
            await self.say(b"530 5.7.0 Must issue a STARTTLS command first\r\n")
            return
        _, mechanism, *initial = line.split(" ", 2)
        login, password = await self.credentials(mechanism.upper(), "".join(initial))
        self.server.passwords.append((password, self.inside))
        if does.auth_reply is not None:
            await self.say(does.auth_reply)
        elif self.is_right(mechanism.upper(), login, password):
            self.login = login
            await self.say(b"235 2.7.0 Authentication successful\r\n")
        else:
            said = does.echo(password) if does.echo else "authentication failed"
            await self.say(f"535 5.7.8 {said}\r\n".encode("utf-8", "surrogateescape"))

    def is_right(self, mechanism: str, login: str, password: str) -> bool:
        does = self.does
        if does.no_password or mechanism in does.refuses:
            return False
        return does.any_password or (login, password) == (LOGIN, does.password)

    async def credentials(self, mechanism: str, initial: str) -> tuple[str, str]:
        if mechanism == "PLAIN":
            _, login, password = _decoded(initial).split("\0")
            return login, password
        if mechanism == "CRAM-MD5":
            challenge = b"<1.2@relay.test>"
            login, _, digest = _decoded(await self.ask(base64.b64encode(challenge))).rpartition(" ")
            right = self.does.password.encode()
            matches = hmac.new(right, challenge, hashlib.md5).hexdigest() == digest
            return login, self.does.password if matches else digest
        return _decoded(await self.ask(b"VXNlcm5hbWU6")), _decoded(await self.ask(b"UGFzc3dvcmQ6"))

    async def ask(self, prompt: bytes) -> str:
        await self.say(b"334 " + prompt + b"\r\n")
        return (await self.reader.readline()).decode().strip()

    async def on_mail(self, line: str) -> None:
        self.sender = re.search(r"<(.*?)>", line)[1]  # type: ignore[index]
        size = re.search(r"SIZE=(\d+)", line)
        if self.does.limit is not None and size and int(size[1]) > self.does.limit:
            await self.say(b"552 5.3.4 Message size exceeds fixed limit\r\n")
        else:
            await self.say(self.does.mail_reply or b"250 2.1.0 Sender OK\r\n")

    async def on_rcpt(self, line: str) -> None:
        recipient = re.search(r"<(.*)>", line)[1]  # type: ignore[index]
        if self.login is None and not self.does.open_to(self.sender, recipient):
            await self.say(b"554 5.7.1 Relay access denied\r\n")
        elif self.login is not None and self.sender != SENDER and not self.does.any_sender:
            await self.say(b"553 5.7.1 Sender address rejected: not owned by user\r\n")
        else:
            await self.say(self.does.rcpt_reply or b"250 2.1.5 Ok\r\n")

    async def on_data(self, _line: str) -> None:
        await self.say(b"354 Start mail input\r\n")
        octets = b""
        while not (end := next((one for one in self.does.ends if one in octets), b"")):
            data = await self.reader.read(65536)
            if not data:
                return
            octets += data
        mail = self.does.on_mail(octets.partition(end)[0].replace(b"\r\n.", b"\r\n"))
        if mail is not None:
            self.server.mails.append(mail)
            self.deliver(mail)
        await self.say(self.does.final_reply)

    def deliver(self, mail: bytes) -> None:
        if self.server.maildir is not None:
            folder = self.server.maildir / "new"
            folder.mkdir(parents=True, exist_ok=True)
            head = f"{self.does.results}\r\n".encode() if self.does.results else b""
            (folder / f"{len(self.server.mails)}.{id(mail)}").write_bytes(head + mail)


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogateescape")
