"""`omi smtp send`: one mail to any server, with the whole conversation and no password in it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.smtp.arguments import account_options, ca_option, password, resolved
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError
from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE
from omi_core.language import Language
from omi_core.text import COMMA, Text

_ACCEPTED = Text("accepted: {number}")
_REFUSED = Text("not accepted: {why}")

if TYPE_CHECKING:
    from omi_core.probe.cell import Cell
    from omi_core.probe.observation import Conversation
    from omi_core.probe.probe import Probe
    from omi_core.smtp.credentials import Credentials
    from omi_core.smtp.reply import Reply

SUBMISSION = 587  # RFC 6409 3.1


@click.command()
@click.argument("host", metavar="HOST")
@account_options
@click.option("--from", "sender", metavar="ADDRESS", required=True, help="Envelope and header.")
@click.option("--to", "recipient", metavar="ADDRESS", required=True, help="Who gets the mail.")
@click.option("--port", type=click.IntRange(1, 65535), default=SUBMISSION, show_default=True)
@click.option(
    "--security",
    type=click.Choice(["none", "starttls", "tls"]),
    help="none sends the password readable for everybody on the way. [default: tls on port 465,"
    " else starttls]",
)
@click.option(
    "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Such as X-LinkOption: 192."
)
@click.option("--auth", type=click.Choice(["PLAIN", "LOGIN", "CRAM-MD5"]), default="PLAIN")
@ca_option
@click.option("--resolve", metavar="NAME=ADDRESS", multiple=True, help="Do not ask DNS for NAME.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds for the whole sending.")
@language_option
@json_option
def send(host: str, language: Language, as_json: bool, **given: Any) -> int:
    """Send a test mail through HOST and show the conversation.

    Subject "SMTP test from HOST", text and HTML. Exit code 0: accepted; 1: refused; 3: could not
    connect.
    """
    sent = asyncio.run(_send(host, SendOptions(**given)))
    if as_json:
        emit_json(sent.to_json())
    else:
        emit("\n".join(map(str, sent.conversation.entries)))
        emit(sent.sentence(language))
    return sent.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A conversation in which a mail was to be sent."""

    host: str
    conversation: "Conversation"

    @property
    def reply(self) -> "Reply | None":
        """The reply to the message; None where it did not come so far."""
        return self.conversation.replies.get("sent")

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 refused, 3 could not connect."""
        if self.reply is not None and self.reply.is_positive:
            return FINE
        fault = self.conversation.fault
        unheard = fault is not None and fault.kind.value in {"refused", "no-route", "silent"}
        return COULD_NOT_LOOK if unheard else FINDINGS

    def to_json(self) -> dict[str, object]:
        """Return the form of schemas/smtp-send.json."""
        fault = self.conversation.fault
        return {
            "host": self.host,
            "accepted": self.exit_code == FINE,
            "exit_code": self.exit_code,
            "reply": str(self.reply) if self.reply else None,
            "number": self.reply.number if self.reply else None,
            "fault": fault.kind.value if fault else None,
            "seconds": round(self.conversation.seconds, 3),
            "transcript": [
                {"seconds": round(each.seconds, 4), "side": each.side.value, "text": each.text}
                for each in self.conversation.entries
            ],
        }

    def sentence(self, language: Language) -> str:
        """Say in one line what became of the mail."""
        if self.reply is not None and self.exit_code == FINE:
            number = self.reply.number or str(self.reply)
            return _ACCEPTED.format(number=number).in_(language)
        fault = self.conversation.fault
        last = self.conversation.entries[-1].text if self.conversation.entries else ""
        why = fault.detail if fault else last
        return _REFUSED.format(why=why).in_(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What the command line of `omi smtp send` says."""

    account: str | None
    password_file: str | None
    sender: str
    recipient: str
    port: int
    security: str | None
    headers: tuple[str, ...]
    auth: str
    ca_file: Path | None
    resolve: tuple[str, ...]
    timeout: float


async def _send(host: str, options: SendOptions) -> Sent:
    from omi_core.names import Address
    from omi_core.probe.conversations.conversation import converse
    from omi_core.probe.conversations.scripts import sending
    from omi_core.smtp.credentials import Credentials, Mechanism
    from omi_core.smtp.trial_mail import parse_header, trial_mail

    login = options.account
    credentials = (
        Credentials.parse(login, password(login, options.password_file)) if login else None
    )
    mail = trial_mail(
        host,
        Address.parse(options.sender),
        Address.parse(options.recipient),
        [parse_header(one) for one in options.headers],
    )
    probe = _probe(options, credentials)
    script = sending(credentials, Mechanism(options.auth), mail)
    conversation = await converse("send", await _cell(host, options), probe, script)
    return Sent(host=host, conversation=conversation)


def _probe(options: SendOptions, credentials: "Credentials | None") -> "Probe":
    from omi_core.probe.probe import Contexts, Probe
    from omi_core.smtp.limits import Limits
    from omi_core.smtp.redaction import Redactor

    if options.timeout <= 0:
        raise InputError("--timeout must be a number of seconds greater than 0")
    return Probe(
        limits=Limits.within(options.timeout),
        contexts=Contexts.make(options.ca_file),
        redactor=Redactor([credentials.password] if credentials else []),
        credentials=credentials,
    )


async def _cell(host: str, options: SendOptions) -> "Cell":
    from omi_core.cli.smtp.arguments import host_name
    from omi_core.errors import ObservationError
    from omi_core.probe.cell import Cell
    from omi_core.probe.name_seen import Resolver
    from omi_core.smtp.listeners import TLS_PORTS, Access, Security

    name = host_name(host)
    known = resolved(options.resolve)
    addresses = known.get(name)
    if addresses is None:
        seen = await Resolver().look_up(name)
        addresses = tuple(each.address for each in seen.addresses)
        if not addresses:
            why = Text.joined(seen.problems.values(), COMMA) or Text("neither A nor AAAA")
            raise ObservationError("{host} has no address: {why}", host=host, why=why)
    port = options.port
    default = Security.TLS if port in TLS_PORTS else Security.STARTTLS
    security = Security(options.security) if options.security else default
    return Cell(name=name, address=addresses[0], access=Access(port=port, security=security))
