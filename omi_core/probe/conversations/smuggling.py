"""SMTP smuggling (CVE-2023-51764): whether anything but <CR><LF>.<CR><LF> ends a message.

Asked only where somebody named an address of his own: on a vulnerable server each probe is a mail
there, on any other it is one as well, but only after its true end.
"""

from collections.abc import Callable

from omi_core.names import Address
from omi_core.probe.conversations.conversation import Script, Talk, opened, remark
from omi_core.probe.observation import Step
from omi_core.smtp.credentials import Credentials, Mechanism
from omi_core.smtp.fault import ConversationError, FaultKind, Stage

# https://www.postfix.org/smtp-smuggling.html and the report by SEC Consult list these.
FORMS = {
    "<LF>.<LF>": b"\n.\n",
    "<LF>.<CR><LF>": b"\n.\r\n",
    "<CR><LF>.<LF>": b"\r\n.\n",
    "<CR>.<CR>": b"\r.\r",
    "<CR><LF>.<CR>": b"\r\n.\r",
    "<CR>.<CR><LF>": b"\r.\r\n",
}


def smuggle(
    credentials: Credentials, sender: Address, recipient: Address
) -> Callable[[str, bytes], Script]:
    """Return what makes the script for one form; a reply at Step.SENT means that it ended DATA."""

    def make(name: str, end: bytes) -> Script:
        async def script(talk: Talk) -> None:
            if not await opened(talk, talk.probe.contexts.verifying):
                return
            auth = await talk.take(
                Step.AUTH, talk.session.authenticate(credentials, Mechanism.PLAIN)
            )
            if auth.is_positive and await _reached_data(talk, sender, recipient):
                await _try_end(talk, name, end, _text(sender, recipient, name))
                await talk.session.quit()

        return script

    return make


async def _reached_data(talk: Talk, sender: Address, recipient: Address) -> bool:
    lines = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
    for line in lines:
        reply = await talk.take(Step.DATA, talk.session.command(line, Stage.ENVELOPE))
        if not reply.is_positive:
            return False
    return True


async def _try_end(talk: Talk, name: str, end: bytes, text: bytes) -> None:
    await talk.session.send(text + end, Stage.DATA)
    remark(talk, f"waiting whether {name} ends the message")
    try:
        await talk.take(Step.SENT, talk.session.reply(Stage.DATA, talk.probe.smuggling_wait_s))
    except ConversationError as error:
        if error.fault.kind is not FaultKind.SILENT:
            raise
        remark(talk, "it does not; here is its true end")
        await talk.session.send(b"\r\n.\r\n", Stage.DATA)
        await talk.take(Step.AFTER_HANDSHAKE, talk.session.reply(Stage.DATA))


def _text(sender: Address, recipient: Address, name: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: SMTP smuggling probe {name}\r\n\r\n"
        "This server was asked whether it ends messages where it must not."
    ).encode()
