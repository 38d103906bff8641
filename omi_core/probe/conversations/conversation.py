"""Holds one bounded conversation with a cell and returns it as a value, however it ended."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace

from omi_core.probe.cell import Cell
from omi_core.probe.conversations.gate import is_limiting
from omi_core.probe.observation import Conversation, Step
from omi_core.probe.probe import Probe
from omi_core.smtp.channel import Channel, connect
from omi_core.smtp.fault import ConversationError, Fault, FaultKind, Stage
from omi_core.smtp.listeners import Security
from omi_core.smtp.reply import Reply, keywords
from omi_core.smtp.session import Session
from omi_core.smtp.transcript import Recorder, Side
from omi_core.text import Text


@dataclass(slots=True, kw_only=True)
class Talk:
    """A conversation under way: the session, and the replies by step."""

    cell: Cell
    probe: Probe
    session: Session
    replies: dict[str, Reply] = field(default_factory=dict)
    greeted_s: float | None = None

    async def take(self, step: str, reply: Awaitable[Reply]) -> Reply:
        """Keep the reply as the answer to `step`."""
        self.replies[step] = await reply
        return self.replies[step]


Script = Callable[[Talk], Coroutine[None, None, None]]


async def converse(purpose: str, cell: Cell, probe: Probe, script: Script) -> Conversation:
    """Connect, let `script` speak, and return what was said; never raises for what goes wrong.

    Where the server limits connections, comes back later, with fewer of them at a time.
    """
    gate, limited_by, tries = probe.gate(cell.address), None, 0
    for pause in (*probe.pauses_s, None):
        tries += 1
        async with gate:
            held = await _once(purpose, cell, probe, script)
        refused = _limiting(held)
        if refused is None or pause is None or time.monotonic() + pause > probe.ends_at:
            break
        limited_by = limited_by or refused
        await gate.back_off(pause)
    return replace(held, limited_by=limited_by, tries=tries)


def _limiting(held: Conversation) -> Reply | None:
    """The reply that asks to come back; only before anything was said that must not be repeated."""
    asked = (held.replies.get(step) for step in (Step.BANNER, Step.EHLO))
    return next((one for one in asked if is_limiting(one)), None)


async def _once(purpose: str, cell: Cell, probe: Probe, script: Script) -> Conversation:
    recorder = Recorder(probe.redactor)
    held = _OpenConversation()
    fault = await _fault_of(_hold(cell, probe, script, recorder, held), probe, held)
    if fault is not None:
        recorder.note(f"{fault.stage.value}: {fault.detail}")
        fault = replace(fault, last_words=held.talk.session.last_words if held.talk else "")
    return Conversation(
        purpose=purpose,
        replies={} if held.talk is None else held.talk.replies,
        fault=fault,
        tls=None if held.channel is None else held.channel.seen,
        entries=recorder.entries,
        seconds=recorder.seconds,
        greeted_s=None if held.talk is None else held.talk.greeted_s,
    )


@dataclass(slots=True)
class _OpenConversation:
    channel: Channel | None = None
    talk: Talk | None = None


async def _hold(
    cell: Cell, probe: Probe, script: Script, recorder: Recorder, held: _OpenConversation
) -> None:
    recorder.note(f"connecting to {cell.address} port {cell.access.port}")
    channel = await connect(str(cell.address), cell.access.port, probe.limits)
    held.channel = channel
    try:
        session = Session(channel, recorder, probe.limits)
        held.talk = Talk(cell=cell, probe=probe, session=session)
        await script(held.talk)
    finally:
        await channel.close()


async def _fault_of(
    holding: Coroutine[None, None, None], probe: Probe, held: _OpenConversation
) -> Fault | None:
    seconds = max(0.0, min(probe.limits.session_s, probe.ends_at - time.monotonic()))
    try:
        async with asyncio.timeout(seconds):
            await holding
    except ConversationError as error:
        return error.fault
    except TimeoutError:
        stage = Stage.CONNECT if held.channel is None else held.channel.stage
        words = Text("the conversation did not finish within {seconds} s").format(
            seconds=f"{seconds:.3g}"
        )
        return Fault(kind=FaultKind.SILENT, stage=stage, detail=words)
    return None


async def opened(talk: Talk, context: ssl.SSLContext) -> bool:
    """Come to where commands are accepted, TLS as the listener has it; False if that cannot be."""
    session, name = talk.session, talk.cell.host
    security = talk.cell.access.security
    if security is Security.TLS:
        await session.secure(context, name)
    began = time.monotonic()
    banner = await talk.take(Step.BANNER, session.banner())
    talk.greeted_s = time.monotonic() - began
    if not banner.is_positive:
        return False
    ehlo = await talk.take(Step.EHLO, session.ehlo())
    if security is not Security.STARTTLS:
        return ehlo.is_positive
    if "STARTTLS" not in keywords(ehlo):
        return False
    starttls = await talk.take(Step.STARTTLS, session.command("STARTTLS", Stage.STARTTLS))
    if not starttls.is_positive:
        return False
    await session.secure(context, name)
    return (await talk.take(Step.EHLO_INSIDE, session.ehlo())).is_positive


def remark(talk: Talk, words: str) -> None:
    """Write a remark into the transcript."""
    talk.session.recorder.add(Side.NOTE, words.encode())
