"""The commands of SMTP over a channel (RFC 5321), one reply read for each."""

import base64
import binascii
import ipaddress
import re
import ssl
from collections.abc import Awaitable, Callable

from omi_core.errors import InputError
from omi_core.secret import MASK
from omi_core.smtp.channel import Channel, TlsSeen
from omi_core.smtp.credentials import Credentials, Mechanism, cram_md5, login_answers, plain
from omi_core.smtp.fault import FaultKind, Stage
from omi_core.smtp.limits import Limits
from omi_core.smtp.reply import Reply, ReplyLine, parse_line
from omi_core.smtp.transcript import Recorder, Side, shown
from omi_core.text import Text

_LONG_REPLY = Text("a reply of more than {lines} lines")
_LONG_LINE = Text("a line of more than {octets} octets")
_GARBLED = Text("the server said {line}")
_BARE = re.compile(rb"\r?\n|\r")
_CONTINUE = 334  # RFC 4954 4: the server expects the next response
_LAST_WORDS = 300
_BREAKS = ("\r", "\n", "\0")


async def nothing() -> None:
    """Wait for nothing."""


class Session:
    """One conversation. Every method raises ConversationError when it ends."""

    def __init__(self, channel: Channel, recorder: Recorder, limits: Limits) -> None:
        self.channel = channel
        self.recorder = recorder
        self._limits = limits
        self._buffer = b""
        self._heard: list[bytes] = []  # the lines of a reply that is not whole yet

    @property
    def last_words(self) -> str:
        """What the server has said and no reply was made of; masked, and cut where it is long."""
        said = b"\n".join([*self._heard, self._buffer, self.channel.in_clear, self.channel.unread])
        return shown(self.recorder.redactor.octets(said.strip()[:_LAST_WORDS])).replace("\n", " / ")

    @property
    def tls(self) -> TlsSeen | None:
        """What the handshake agreed on, once there was one."""
        return self.channel.seen

    async def banner(self) -> Reply:
        """Wait for the server's greeting."""
        return await self.reply(Stage.BANNER)

    async def ehlo(self) -> Reply:
        """Say EHLO with the literal of this end's address (RFC 5321 4.1.4)."""
        return await self.command(f"EHLO {_literal(self.channel.local_address)}", Stage.EHLO)

    async def command(self, line: str, stage: Stage, *, shown_as: str | None = None) -> Reply:
        """Send one line and return its reply; `shown_as` stands in the transcript instead of it.

        Raises InputError for a line with a line break in it: that would be two commands.
        """
        if any(mark in line for mark in _BREAKS):
            raise InputError(
                "{stage}: a line break or NUL cannot stand in an SMTP command", stage=stage.value
            )
        await self.send(
            line.encode("utf-8", "surrogateescape") + b"\r\n",
            stage,
            shown_as=None if shown_as is None else shown_as.encode(),
        )
        return await self.reply(stage)

    async def send(self, octets: bytes, stage: Stage, *, shown_as: bytes | None = None) -> None:
        """Send octets as they are; the reply is the caller's business."""
        self.channel.stage = stage
        self.recorder.add(Side.CLIENT, octets if shown_as is None else shown_as)
        await self.channel.write(octets)

    async def reply(self, stage: Stage, seconds: float | None = None) -> Reply:
        """Read one reply, all of its lines, within `seconds`."""
        self.channel.stage = stage
        async with self.channel.bounded(self._limits.reply_s if seconds is None else seconds):
            return await self._read_reply()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Do the TLS handshake for `name`; what came before it stays visible in the transcript."""
        self.channel.stage = Stage.TLS
        early, self._buffer = self._buffer, b""
        try:
            await self.channel.start_tls(context, name, early)
        finally:
            self.recorder.add(Side.SERVER, self.channel.in_clear)
        if self.tls:
            self.recorder.note(f"{self.tls.version}, {self.tls.cipher}")

    async def authenticate(
        self,
        credentials: Credentials,
        mechanism: Mechanism,
        before_secret: Callable[[], Awaitable[None]] = nothing,
    ) -> Reply:
        """Log in (RFC 4954 4). The transcript shows the mask where credentials stand.

        `before_secret` is awaited between the server's readiness and the first credential.
        """
        redactor = self.recorder.redactor
        redactor.add(credentials.password)
        if mechanism is Mechanism.PLAIN:
            await before_secret()
            return await self._secret_line("AUTH PLAIN ", plain(credentials).unmask())
        reply = await self.command(f"AUTH {mechanism.value}", Stage.AUTH)
        await before_secret()
        if mechanism is Mechanism.LOGIN:
            for answer in login_answers(credentials):
                if reply.code == _CONTINUE:
                    reply = await self._secret_line("", answer.unmask())
        elif reply.code == _CONTINUE:
            digest, answer = cram_md5(credentials, self._challenge(reply))
            redactor.add(digest)
            redactor.add(answer)
            reply = await self._secret_line("", answer.unmask())
        return reply

    async def message(self, octets: bytes) -> Reply:
        """Send the text of a message after 354, dots stuffed (RFC 5321 4.5.2)."""
        await self.send(stuffed(octets), Stage.DATA)
        return await self.reply(Stage.DATA)

    async def quit(self) -> Reply:
        """Say QUIT (RFC 5321 4.1.1.10)."""
        return await self.command("QUIT", Stage.QUIT)

    async def _secret_line(self, words: str, secret: str) -> Reply:
        return await self.command(words + secret, Stage.AUTH, shown_as=words + MASK)

    def _challenge(self, reply: Reply) -> bytes:
        try:
            return base64.b64decode(reply.lines[0], validate=True)
        except (binascii.Error, ValueError):
            raise self.channel.error(
                FaultKind.GARBLED, Text("the challenge is not base64")
            ) from None

    async def _read_reply(self) -> Reply:
        lines: list[ReplyLine] = []
        size = 0
        self._heard = []
        while not lines or not lines[-1].is_last:
            octets = await self._read_line()
            size += len(octets)
            if size > self._limits.reply or len(lines) >= self._limits.lines:
                words = _LONG_REPLY.format(lines=self._limits.lines)
                raise self.channel.error(FaultKind.OVERSIZED, words)
            self._heard.append(octets)
            lines.append(self._parsed(octets))
        self._heard = []
        texts = tuple(shown(self.recorder.redactor.octets(line.text)) for line in lines)
        return Reply(code=lines[-1].code, lines=texts)

    def _parsed(self, octets: bytes) -> ReplyLine:
        self.recorder.add(Side.SERVER, octets)
        line = parse_line(octets)
        if line is None:
            said = shown(self.recorder.redactor.octets(octets))[:80]
            raise self.channel.error(FaultKind.GARBLED, _GARBLED.format(line=repr(said)))
        return line

    async def _read_line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > self._limits.line:
                self.recorder.add(Side.SERVER, self._buffer)
                words = _LONG_LINE.format(octets=self._limits.line)
                raise self.channel.error(FaultKind.OVERSIZED, words)
            data = await self.channel.read()
            if not data:
                self.recorder.add(Side.SERVER, self._buffer)
                words = Text("the server closed the connection")
                raise self.channel.error(FaultKind.DROPPED, words)
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r")


def stuffed(octets: bytes) -> bytes:
    """Return a message ready for DATA: CRLF line ends, dots doubled, the final dot."""
    text = _BARE.sub(b"\r\n", octets)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", text) + b".\r\n"


def _literal(address: str) -> str:
    plain_address = address.partition("%")[0]
    version = ipaddress.ip_address(plain_address).version
    return f"[{plain_address}]" if version == 4 else f"[IPv6:{plain_address}]"  # noqa: PLR2004
