"""Waits at the socket, and lets no mail keep another waiting."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC
from typing import cast

from omi_core.milter.control import WARNING
from omi_core.milter.daemon import packet
from omi_core.milter.daemon.dialogue import Dialogue, answer
from omi_core.milter.daemon.packet import PacketError, Packets
from omi_core.milter.limits.counting import Counting
from omi_core.milter.mail import Changes, RefusedMailError, SubmittedMail

_log = logging.getLogger(__name__)

Judge = Callable[[SubmittedMail], Changes]

# What is judged at once; a longer mail is judged in a thread, beside which the others go on.
_SHORT = 32768  # octets
_READ = 262144  # octets at once
LONGEST_IDLE_S = 900  # longer than Postfix waits for its client (smtpd_timeout, 300 s)


@dataclass(slots=True, kw_only=True)
class MailMemory:
    """The octets of mails that all connections together hold, and may hold."""

    most: int
    used: int = 0


@dataclass(kw_only=True)
class Service:
    """What all connections share. `longest` is the octets that a body may have."""

    judge: Judge
    longest: int
    memory: MailMemory
    counting: Counting = field(default_factory=lambda: Counting(lambda _: None, UTC, None))
    open: set["Connection"] = field(default_factory=set)
    # One for all: what is read is taken out of it before the next is. A buffer that asyncio makes
    # for each read is mapped and unmapped by the system.
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(_READ)))

    def connection(self) -> "Connection":
        """Return what serves one more connection."""
        return Connection(self)


class Connection(asyncio.BufferedProtocol):
    """One process of the mail server: its packets in order, one answer after another."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._packets = Packets()
        self._dialogue = Dialogue(service.longest)
        self._session = service.counting.session()
        self._waiting: deque[packet.Packet] = deque()
        self._judging: asyncio.Task[None] | None = None
        self._beside = 0  # octets of the mail that others need not wait for
        self._counted = 0
        self._idle: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # a stream's server has no other
        self._service.open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of what was held for it."""
        del error  # a mail that is not answered is put off by the mail server
        self._count(0)
        self._service.open.discard(self)
        self._session.end()
        if self._idle:
            self._idle.cancel()
        if self._judging:
            self._judging.cancel()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next octets are read to."""
        del sizehint
        return self._service.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Answer what is whole by now; one that speaks another protocol is closed."""
        try:
            self._waiting.extend(self._packets.feed(self._service.buffer[:nbytes]))
            self._go_on()
        except PacketError as error:
            self._end(f"closed: {error}")

    def _go_on(self) -> None:
        while self._waiting and not self._judging:
            told = self._dialogue.told(self._waiting.popleft())
            if isinstance(told, SubmittedMail):
                self._judge(told)
            elif told is not None:
                self._transport.write(told)
        self._count(self._dialogue.held + self._beside)
        if self._dialogue.is_over:
            self._transport.close()

    def _count(self, held: int) -> None:
        memory = self._service.memory
        memory.used += held - self._counted
        self._counted = held
        if memory.used > memory.most and held:
            raise PacketError("more mail at once than there is memory for")

    def _judge(self, mail: SubmittedMail) -> None:
        octets = sum([len(each.value) for each in mail.fields]) + len(mail.body)
        if octets > _SHORT:
            self._transport.pause_reading()
            self._answer_later(self._judged_in_thread(mail), octets)
            return
        try:
            made = self._service.judge(mail)
            is_charged = self._session.charge_ahead(mail)
        except Exception as fault:  # noqa: BLE001 - whatever goes wrong puts off this mail alone
            self._transport.write(self._not_taken(fault))
            return
        if is_charged:
            self._transport.write(self._taken(made))
        else:  # Postfix, who waits for the answer, has no more to say
            self._answer_later(self._charged(mail, made), octets)

    def _answer_later(self, verdict: Coroutine[None, None, Changes], octets: int) -> None:
        self._beside = octets
        self._judging = asyncio.create_task(self._answered(verdict))

    async def _answered(self, verdict: Coroutine[None, None, Changes]) -> None:
        try:
            answer = self._taken(await verdict)
        except Exception as fault:  # noqa: BLE001 - as above
            answer = self._not_taken(fault)
        self._judging, self._beside = None, 0
        self._transport.write(answer)
        self._transport.resume_reading()
        try:
            self._go_on()
        except PacketError as error:
            self._end(f"closed: {error}")

    async def _judged_in_thread(self, mail: SubmittedMail) -> Changes:
        made = await asyncio.to_thread(self._service.judge, mail)
        return made if self._session.charge_ahead(mail) else await self._charged(mail, made)

    async def _charged(self, mail: SubmittedMail, made: Changes) -> Changes:
        await self._session.charge(mail)
        return made

    def _taken(self, made: Changes) -> bytes:
        return b"".join(answer(self._warned(made)))

    def _not_taken(self, fault: Exception) -> bytes:
        if isinstance(fault, RefusedMailError):
            _log.info("%s: refused: %s", self._dialogue.queue_id, fault.reply.decode())
            return packet.refusal(fault.reply)
        _log.error("%s: not judged", self._dialogue.queue_id, exc_info=fault)
        return packet.TEMPFAIL

    def _warned(self, changes: Changes) -> Changes:
        """Say what a mail is taken in spite of, in one form."""
        for each in changes.added:
            if each.name == WARNING:
                _log.info("%s: warned: %s", self._dialogue.queue_id, each.value.decode().strip())
        return changes

    def _end(self, why: str) -> None:
        _log.warning("%s", why)
        self._transport.close()
