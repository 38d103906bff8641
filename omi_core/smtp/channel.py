"""Octets to and from a server, in the clear or inside TLS, each wait bounded.

TLS is driven through memory buffers, so that what a server sends around the handshake stays
visible: that is where STARTTLS is attacked (CVE-2011-0411), and asyncio's own would hide it.
"""

import asyncio
import errno
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from omi_core.errors import system_text
from omi_core.smtp.fault import ConversationError, Fault, FaultKind, Stage
from omi_core.smtp.limits import Limits
from omi_core.text import Text

_NO_ANSWER = Text("no answer within {seconds} s")
_CHUNK = 16384
_RECORD_TYPES = frozenset(range(20, 25))  # RFC 8446 5.1, RFC 6520
_NO_ROUTE = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSeen:
    """What a handshake agreed on; the chain in DER, leaf first, as the server sent it."""

    version: str
    cipher: str
    chain: tuple[bytes, ...]


class Channel:
    """One TCP connection. Every method raises ConversationError for what goes wrong."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits
    ) -> None:
        self.stage = Stage.CONNECT
        self.seen: TlsSeen | None = None
        self.in_clear = b""  # what came where a TLS record had to be
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._tls: ssl.SSLObject | None = None
        self._started = False  # whether a TLS record has come
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()

    @property
    def local_address(self) -> str:
        """The address of this end."""
        return str(self._writer.get_extra_info("sockname")[0])

    @property
    def unread(self) -> bytes:
        """What came before the connection broke, and was not read: asyncio holds it back then."""
        if self._tls is not None or self._reader.exception() is None:
            return b""
        return bytes(self._reader._buffer)  # type: ignore[attr-defined]  # noqa: SLF001

    async def write(self, data: bytes) -> None:
        """Send `data`; in one segment where it fits."""
        async with self.bounded(self._limits.reply_s):
            if self._tls is None:
                self._writer.write(data)
                await self._writer.drain()
            else:
                self._tls.write(data)
                await self._flush()

    async def read(self) -> bytes:
        """Return some octets, or none at the end of the connection; the caller bounds it."""
        if self._tls is None:
            return await self._reader.read(_CHUNK)
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._feed():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def start_tls(self, context: ssl.SSLContext, name: str, early: bytes = b"") -> None:
        """Do the handshake; `early` is what the server had sent in the clear before it."""
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._take(early)
        async with self.bounded(self._limits.reply_s):
            await self._handshake(self._tls)
        self.seen = _seen(self._tls)

    async def close(self) -> None:
        """End the connection; a server that does not let go is left alone."""
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()

    @asynccontextmanager
    async def bounded(self, seconds: float) -> AsyncIterator[None]:
        """Turn whatever goes wrong inside, lateness included, into a ConversationError."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except (ConversationError, asyncio.CancelledError):
            raise
        except TimeoutError:
            words = _NO_ANSWER.format(seconds=f"{seconds:g}")
            raise self.error(FaultKind.SILENT, words) from None
        except ssl.SSLError as error:
            raise ConversationError(_tls_fault(error, self.stage)) from None
        except OSError as error:
            words = system_text(error)
            raise self.error(FaultKind.DROPPED, words) from None

    def error(self, kind: FaultKind, detail: Text) -> ConversationError:
        """Return the error that ends this conversation at its present stage."""
        return ConversationError(Fault(kind=kind, stage=self.stage, detail=detail))

    async def _handshake(self, tls: ssl.SSLObject) -> None:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._feed():
                    words = Text("the server closed the connection during the handshake")
                    raise self.error(FaultKind.DROPPED, words) from None
            except ssl.SSLError:
                await self._flush()  # the alert, which tells the server why
                raise
            else:
                return await self._flush()

    async def _feed(self) -> bool:
        data = await self._reader.read(_CHUNK)
        self._take(data)
        return bool(data)

    def _take(self, data: bytes) -> None:
        """Hand octets to TLS; what cannot be the start of a record is not TLS at all."""
        if data and self.seen is None and not self._started and data[0] not in _RECORD_TYPES:
            self.in_clear = data
            raise self.error(FaultKind.PLAINTEXT, Text("the server continued without TLS"))
        self._started = self._started or bool(data)
        self._incoming.write(data)

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            self._writer.write(data)
            await self._writer.drain()


async def connect(address: str, port: int, limits: Limits) -> Channel:
    """Open a connection to an address; raises ConversationError."""
    try:
        async with asyncio.timeout(limits.connect_s):
            reader, writer = await asyncio.open_connection(address, port, limit=_CHUNK)
    except TimeoutError:
        words = _NO_ANSWER.format(seconds=f"{limits.connect_s:g}")
        raise ConversationError(_connect_fault(FaultKind.SILENT, words)) from None
    except OSError as error:
        kind = FaultKind.NO_ROUTE if error.errno in _NO_ROUTE else FaultKind.REFUSED
        words = Text(os.strerror(error.errno)) if error.errno else Text.plain(str(error))
        raise ConversationError(_connect_fault(kind, words)) from None
    return Channel(reader, writer, limits)


def _connect_fault(kind: FaultKind, detail: Text) -> Fault:
    return Fault(kind=kind, stage=Stage.CONNECT, detail=detail)


def _tls_fault(error: ssl.SSLError, stage: Stage) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Fault(
            kind=FaultKind.UNTRUSTED,
            stage=stage,
            detail=Text.plain(error.verify_message),
            verify_code=error.verify_code,
        )
    reason = error.reason or type(error).__name__
    cannot = reason in {"NO_CIPHERS_AVAILABLE", "NO_PROTOCOLS_AVAILABLE"}
    kind = FaultKind.CANNOT_OFFER if cannot else FaultKind.TLS
    return Fault(kind=kind, stage=stage, detail=Text.plain(reason.replace("_", " ").lower()))


def _seen(tls: ssl.SSLObject) -> TlsSeen:
    cipher = tls.cipher()
    return TlsSeen(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        chain=_chain(tls),
    )


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    if hasattr(tls, "get_unverified_chain"):  # Python 3.13
        return tuple(tls.get_unverified_chain())
    inner = tls._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]  # noqa: SLF001
    return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes(1)) for certificate in inner)
