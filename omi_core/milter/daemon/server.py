"""Waits at the socket, and lets no mail keep another waiting."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import cast

from omi_core.milter.control import WARNING
from omi_core.milter.daemon import packet
from omi_core.milter.daemon.dialogue import Dialogue, answer
from omi_core.milter.daemon.packet import PacketError, Packets
from omi_core.milter.limits.counting import Counting
from omi_core.milter.mail import Changes, Envelope, RefusedMailError, SubmittedMail

_log = logging.getLogger(__name__)

Judge = Callable[[SubmittedMail], Changes]
Admit = Callable[[Envelope], None]  # raises RefusedMailError

# What is judged at once; a longer mail is judged in a thread, beside which the others go on.
_SHORT = 32768  # octets
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
    admit: Admit
    longest: int
    memory: MailMemory
    counting: Counting = field(default_factory=lambda: Counting(lambda _: None, UTC, None))
    open: set["Connection"] = field(default_factory=set)

    def connection(self) -> "Connection":
        """Return what serves one more connection."""
        return Connection(self)


class Connection(asyncio.Protocol):
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

    def data_received(self, data: bytes) -> None:
        """Answer what is whole by now; one that speaks another protocol is closed."""
        try:
            self._waiting.extend(self._packets.feed(data))
            self._go_on()
        except PacketError as error:
            self._end(f"closed: {error}")

    def _go_on(self) -> None:
        while self._waiting and not self._judging:
            told = self._dialogue.told(self._waiting.popleft())
            if isinstance(told, SubmittedMail):
                self._judge(told)
            elif isinstance(told, Envelope):
                self._transport.write(self._admitted(told))
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
        if octets <= _SHORT and not self._is_limited(mail):
            self._transport.write(self._verdict(mail))
            return
        self._beside = octets
        if octets > _SHORT:  # else Postfix, who waits for the answer, has no more to say
            self._transport.pause_reading()
        self._judging = asyncio.create_task(self._judge_beside(mail, octets))

    def _is_limited(self, mail: SubmittedMail) -> bool:
        try:
            return bool(self._session.limits_of(mail.envelope.login))
        except (OSError, ValueError):  # an accounts file that is none: judging it says so
            return False

    async def _judge_beside(self, mail: SubmittedMail, octets: int) -> None:
        verdict = await self._charged_verdict(mail, octets)
        self._judging, self._beside = None, 0
        self._transport.write(verdict)
        self._transport.resume_reading()
        try:
            self._go_on()
        except PacketError as error:
            self._end(f"closed: {error}")

    def _admitted(self, begun: Envelope) -> bytes:
        def admitted() -> bytes:
            self._service.admit(begun)
            return packet.CONTINUE

        return self._answer(admitted)

    def _verdict(self, mail: SubmittedMail) -> bytes:
        return self._answer(lambda: b"".join(answer(self._warned(self._service.judge(mail)))))

    def _answer(self, made: Callable[[], bytes]) -> bytes:
        """Return the answer; whatever goes wrong puts this mail off, and no other."""
        try:
            return made()
        except Exception as fault:  # noqa: BLE001 - the one place where any fault ends
            return self._not_taken(fault)

    async def _charged_verdict(self, mail: SubmittedMail, octets: int) -> bytes:
        """Return the answer, a long mail's from a thread; what is fine is charged before."""
        judge = self._service.judge
        try:
            made = judge(mail) if octets <= _SHORT else await asyncio.to_thread(judge, mail)
            await self._session.charge(mail)
            return b"".join(answer(self._warned(made)))
        except Exception as fault:  # noqa: BLE001 - as above
            return self._not_taken(fault)

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
