"""What is said in each conversation, and in which order."""

from omi_core.names import Address
from omi_core.probe.conversations.conversation import Script, Talk, opened
from omi_core.probe.conversations.relay_forms import STRANGER, relay_forms
from omi_core.probe.observation import Step, rcpt_to
from omi_core.smtp.credentials import Credentials, Mechanism
from omi_core.smtp.fault import Stage
from omi_core.smtp.reply import Reply, is_size, keywords
from omi_core.smtp.trial_mail import TrialMail


async def look(talk: Talk) -> None:
    """Come in as anybody may, with a TLS context that accepts all certificates."""
    await opened(talk, talk.probe.contexts.looking)
    await talk.session.quit()


async def handshake(talk: Talk) -> None:
    """Come in as a strict client: chain and name are checked."""
    await opened(talk, talk.probe.contexts.verifying)
    await talk.session.quit()


def customer(credentials: Credentials, mail: TrialMail | None) -> Script:
    """Log in by PLAIN as a strict client and send `mail`; before that, try what must not be."""

    async def script(talk: Talk) -> None:
        if not await _logged_in(talk, credentials, Mechanism.PLAIN):
            return
        sender = mail.sender if mail else talk.probe.sender
        if sender:
            await _foreign_sender(talk, sender)
        if mail:
            await _send(talk, mail)
        if sender:
            # Last, because Postfix remembers the size for the next MAIL as well.
            await _too_large(talk, sender)
        await talk.session.quit()

    return script


def sending(credentials: Credentials | None, mechanism: Mechanism, mail: TrialMail) -> Script:
    """Send `mail` and nothing else; without credentials as a stranger."""

    async def script(talk: Talk) -> None:
        if credentials is None:
            ready = await opened(talk, talk.probe.contexts.verifying)
        else:
            ready = await _logged_in(talk, credentials, mechanism)
        if ready:
            await _send(talk, mail)
            await talk.session.quit()

    return script


def log_in(credentials: Credentials, mechanism: Mechanism) -> Script:
    """Log in as a strict client and leave."""

    async def script(talk: Talk) -> None:
        if await _logged_in(talk, credentials, mechanism):
            await talk.session.quit()

    return script


def wrong_password(credentials: Credentials, mechanism: Mechanism) -> Script:
    """Log in with a password that nobody has, together with all other cells of the address."""

    async def script(talk: Talk) -> None:
        async def together() -> None:
            await talk.probe.turns.together(talk.cell)

        if not await opened(talk, talk.probe.contexts.looking):
            await together()
            return
        session = talk.session
        await talk.take(Step.AUTH, session.authenticate(credentials, mechanism, together))

    return script


def early_auth(credentials: Credentials) -> Script:
    """Try to log in before STARTTLS, with a password that nobody has."""

    async def script(talk: Talk) -> None:
        await talk.take(Step.BANNER, talk.session.banner())
        await talk.take(Step.EHLO, talk.session.ehlo())
        await talk.take(Step.AUTH, talk.session.authenticate(credentials, Mechanism.PLAIN))

    return script


async def relaying(talk: Talk) -> None:
    """Ask a stranger's favour in every form, and stop before there would be a mail."""
    if not await opened(talk, talk.probe.contexts.looking):
        return
    for form in relay_forms(talk.cell.name, talk.probe.relay_target):
        envelope = await _envelope(talk, form.sender, form.recipient)
        talk.replies[form.name] = envelope
    await talk.session.quit()


async def injection(talk: Talk) -> None:
    """Send a command in the same segment as STARTTLS (CVE-2011-0411).

    A server that carries it out after the handshake answers it inside TLS: then the first reply
    there is that of NOOP, not that of QUIT.
    """
    session = talk.session
    await talk.take(Step.BANNER, session.banner())
    await talk.take(Step.EHLO, session.ehlo())
    await session.send(b"STARTTLS\r\nNOOP\r\n", Stage.STARTTLS)
    starttls = await talk.take(Step.STARTTLS, session.reply(Stage.STARTTLS))
    if not starttls.is_positive:
        return
    await session.secure(talk.probe.contexts.looking, talk.cell.host)
    await talk.take(Step.AFTER_HANDSHAKE, session.quit())


def version(name: str) -> Script:
    """Offer exactly one version of TLS; the handshake alone tells."""

    async def script(talk: Talk) -> None:
        if await opened(talk, talk.probe.contexts.exactly[name]):
            await talk.session.quit()

    return script


async def at_once(talk: Talk) -> None:
    """Begin TLS with the first byte where the server did not greet: it may wait for that."""
    await talk.session.secure(talk.probe.contexts.looking, talk.cell.host)


async def rsa(talk: Talk) -> None:
    """Come in as a client that knows RSA alone; the handshake tells."""
    if await opened(talk, talk.probe.contexts.rsa):
        await talk.session.quit()


async def _logged_in(talk: Talk, credentials: Credentials, mechanism: Mechanism) -> bool:
    if not await opened(talk, talk.probe.contexts.verifying):
        return False
    reply = await talk.take(Step.AUTH, talk.session.authenticate(credentials, mechanism))
    return reply.is_positive


async def _too_large(talk: Talk, sender: Address) -> None:
    offered = talk.replies.get(Step.EHLO_INSIDE) or talk.replies.get(Step.EHLO)
    size = keywords(offered).get("SIZE", "")
    if is_size(size) and int(size) > 0:
        line = f"MAIL FROM:<{sender}> SIZE={int(size) + 1}"
        await talk.take(Step.TOO_LARGE, talk.session.command(line, Stage.ENVELOPE))


async def _foreign_sender(talk: Talk, own: Address) -> None:
    talk.replies[Step.FOREIGN_SENDER] = await _envelope(talk, STRANGER, str(own))


async def _envelope(talk: Talk, sender: str, recipient: str) -> Reply:
    """Return the reply to RCPT, or that to MAIL where it was refused already; then start anew."""
    session = talk.session
    reply = await session.command(f"MAIL FROM:<{sender}>", Stage.ENVELOPE)
    if reply.is_positive:
        reply = await session.command(f"RCPT TO:<{recipient}>", Stage.ENVELOPE)
        await _reset(talk)
    return reply


async def _reset(talk: Talk) -> None:
    await talk.session.command("RSET", Stage.ENVELOPE)


async def _send(talk: Talk, mail: TrialMail) -> None:
    """Send a mail to those of its recipients whom the server takes."""
    session = talk.session
    line = f"MAIL FROM:<{mail.sender}>"
    reply = await talk.take(Step.MAIL, session.command(line, Stage.ENVELOPE))
    taken = reply.is_positive and await _recipients(talk, mail)
    if taken:
        reply = await talk.take(Step.DATA, session.command("DATA", Stage.ENVELOPE))
    if taken and reply.is_positive:
        await talk.take(Step.SENT, session.message(mail.octets))
    else:
        await _reset(talk)


async def _recipients(talk: Talk, mail: TrialMail) -> bool:
    """Name all recipients; whether there is one whom the server takes. Step.RCPT is his reply."""
    for address in mail.recipients:
        line = f"RCPT TO:<{address}>"
        reply = await talk.take(rcpt_to(address), talk.session.command(line, Stage.ENVELOPE))
        held = talk.replies.get(Step.RCPT)
        if held is None or not held.is_positive:
            talk.replies[Step.RCPT] = reply
    return talk.replies[Step.RCPT].is_positive
