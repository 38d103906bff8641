"""Looks at one cell: a first conversation, and if that went well, all the others at once."""

import asyncio
from collections.abc import Callable, Mapping

from omi_core.probe.await_mail import await_mail
from omi_core.probe.cell import Cell
from omi_core.probe.context import SMTP_PORT
from omi_core.probe.conversations import scripts
from omi_core.probe.conversations.conversation import Script, converse
from omi_core.probe.conversations.smuggling import FORMS, smuggle
from omi_core.probe.observation import Arrival, CellSeen, Conversation, Purpose, Step
from omi_core.probe.probe import Probe
from omi_core.smtp.credentials import Credentials, Mechanism
from omi_core.smtp.fault import FaultKind, Stage
from omi_core.smtp.listeners import Security
from omi_core.smtp.offers import VERSIONS
from omi_core.smtp.reply import mechanisms
from omi_core.smtp.trial_mail import TrialMail, trial_mail

Plans = dict[str, Script]
Conversations = Mapping[str, Conversation]

_LOGINS = (Purpose.VERIFIED, Purpose.LOGIN)
_VERSION_PURPOSES = dict(
    zip(VERSIONS, (Purpose.TLS_1_0, Purpose.TLS_1_1, Purpose.TLS_1_2, Purpose.TLS_1_3), strict=True)
)


async def observe(cell: Cell, probe: Probe) -> CellSeen:
    """Return everything that was seen of a cell; `probe.turns` must expect the cell."""
    look = await converse(Purpose.LOOK, cell, probe, scripts.look)
    seen = CellSeen(cell=cell, conversations={Purpose.LOOK: look})
    mail = _mail(seen, probe)
    plans = _plans(seen, probe, mail) if seen.is_open else {}
    logins = {purpose: plan for purpose, plan in plans.items() if purpose in _LOGINS}
    others = {purpose: plan for purpose, plan in plans.items() if purpose not in _LOGINS}
    if Purpose.WRONG not in plans:
        await probe.turns.not_coming(cell)
    arrived, held, smuggled = await asyncio.gather(
        _log_in(logins, cell, probe, mail),
        _after_logins(others, cell, probe),
        _smuggling(seen, probe),
    )
    logged_in, arrival, problem = arrived
    return CellSeen(
        cell=cell,
        conversations={Purpose.LOOK: look, **logged_in, **held},
        mail=mail,
        arrival=arrival,
        was_awaited=probe.mailbox is not None,
        waited_s=probe.mailbox.wait_s if probe.mailbox else 0.0,
        could_not_await=problem,
        smuggling=smuggled,
    )


def may_use_password(seen: CellSeen, probe: Probe) -> bool:
    """Whether the real password may go over this listener.

    Without TLS only where somebody said that this service promises it: the probe must not be the
    one who gives a password away. Inside TLS the verifying context sees to it.
    """
    if seen.cell.access.security is Security.NONE:
        return probe.expectation.plaintext_auth is True
    return True


def _mail(seen: CellSeen, probe: Probe) -> TrialMail | None:
    can_log_in = probe.credentials and may_use_password(seen, probe)
    if not (seen.is_usable and can_log_in and probe.sender and probe.recipient):
        return None
    return trial_mail(seen.cell.name.relative, probe.sender, probe.recipient)


def _plans(seen: CellSeen, probe: Probe, mail: TrialMail | None) -> Plans:
    plans: dict[str, Script] = {}
    security = seen.cell.access.security
    tls_is_there = seen.look.tls is not None
    if seen.is_usable:
        plans |= _auth_plans(seen, probe, mail)
        plans[Purpose.RELAY] = scripts.relaying
    if Step.EHLO in seen.look.replies and _is_early_auth_wrong(seen, probe):
        plans[Purpose.EARLY_AUTH] = scripts.early_auth(_nobody(probe))
    if security is Security.STARTTLS and tls_is_there:
        plans[Purpose.INJECTION] = scripts.injection
    if _waits_for_us(seen.look) and security is not Security.TLS:
        plans[Purpose.AT_ONCE] = scripts.at_once
    if tls_is_there:
        plans.setdefault(Purpose.VERIFIED, scripts.handshake)
        plans[Purpose.RSA] = scripts.rsa
        plans |= {
            purpose: scripts.version(name)
            for name, purpose in _VERSION_PURPOSES.items()
            if not _agreed_on(seen.look, name)
        }
    return plans


def _waits_for_us(look: Conversation) -> bool:
    """Whether the server took the connection and did not say anything."""
    fault = look.fault
    is_silent = fault is not None and fault.kind in {FaultKind.SILENT, FaultKind.DROPPED}
    return is_silent and fault is not None and fault.stage is Stage.BANNER and not fault.last_words


def _agreed_on(look: Conversation, version: str) -> bool:
    """Whether the first conversation already used that version."""
    return look.tls is not None and look.tls.version == version.replace("TLS ", "TLSv")


def _is_early_auth_wrong(seen: CellSeen, probe: Probe) -> bool:
    """Whether AUTH before TLS is worth trying, because it must not succeed."""
    access, allowed = seen.cell.access, probe.expectation.plaintext_auth
    if access.security is Security.TLS:
        return False
    may_be = access.security is Security.NONE or access.port == SMTP_PORT
    return not may_be or allowed is False


def _auth_plans(seen: CellSeen, probe: Probe, mail: TrialMail | None) -> Plans:
    plans: dict[str, Script] = {}
    offered = mechanisms(seen.look.offered)
    if probe.credentials and may_use_password(seen, probe):
        plans[Purpose.VERIFIED] = scripts.customer(probe.credentials, mail)
        if Mechanism.LOGIN in offered:
            plans[Purpose.LOGIN] = scripts.log_in(probe.credentials, Mechanism.LOGIN)
    if offered & {Mechanism.PLAIN, Mechanism.LOGIN}:
        wrong = _wrong(probe)
        # LOGIN asks for the name first. By then Dovecot has decided how long this client waits.
        best = Mechanism.LOGIN if Mechanism.LOGIN in offered else Mechanism.PLAIN
        plans[Purpose.WRONG] = scripts.wrong_password(wrong, best)
    return plans


async def _all(plans: Plans, cell: Cell, probe: Probe) -> Conversations:
    held = await asyncio.gather(
        *(converse(purpose, cell, probe, script) for purpose, script in plans.items())
    )
    return dict(zip(plans, held, strict=True))


async def _after_logins(plans: Plans, cell: Cell, probe: Probe) -> Conversations:
    """Hold the rest; a server that makes customers wait after errors must not see them first."""
    wrong = {purpose: plan for purpose, plan in plans.items() if purpose == Purpose.WRONG}
    rest = {purpose: plan for purpose, plan in plans.items() if purpose != Purpose.WRONG}

    async def held_wrong() -> Conversations:
        await probe.turns.after_logins(cell.address)
        return await _all(wrong, cell, probe)

    async def held_rest() -> Conversations:
        await probe.turns.after_wrong(cell.address)
        return await _all(rest, cell, probe)

    if not plans:
        return {}
    first, then = await asyncio.gather(held_wrong(), held_rest())
    return {**first, **then}


async def _log_in(
    plans: Plans, cell: Cell, probe: Probe, mail: TrialMail | None
) -> tuple[Conversations, Arrival | None, str]:
    """Hold the conversations with the right password, then wait for the mail, if one was taken."""
    try:
        held = await _all(plans, cell, probe)
    finally:
        await probe.turns.logged_in(cell)
    verified = held.get(Purpose.VERIFIED)
    sent = verified.replies.get(Step.SENT) if verified else None
    if mail is None or probe.mailbox is None or sent is None or not sent.is_positive:
        return held, None, ""
    arrival, problem = await await_mail(mail, probe.mailbox)
    return held, arrival, problem


async def _smuggling(seen: CellSeen, probe: Probe) -> Mapping[str, Conversation]:
    credentials, sender = probe.credentials, probe.sender
    if not (probe.smuggling_to and credentials and sender and seen.is_usable):
        return {}
    if not may_use_password(seen, probe):
        return {}
    make: Callable[[str, bytes], Script] = smuggle(credentials, sender, probe.smuggling_to)
    held = await asyncio.gather(
        *(
            converse(f"smuggling {name}", seen.cell, probe, make(name, end))
            for name, end in FORMS.items()
        )
    )
    return dict(zip(FORMS, held, strict=True))


def _wrong(probe: Probe) -> Credentials:
    """The account with a password that nobody has; without an account, nobody's."""
    if probe.credentials is None:
        return _nobody(probe)
    return Credentials(login=probe.credentials.login, password=probe.wrong)


def _nobody(probe: Probe) -> Credentials:
    return Credentials(login="omi-probe-nobody", password=probe.wrong)
