"""`omi smtp send`: one mail to any server, with the whole conversation and no password in it."""

import asyncio
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import json_option, language_option, optional_inventory_option
from omi_core.cli.screen import stacked
from omi_core.cli.smtp.arguments import SecurityType, account_options, ca_option, password, resolved
from omi_core.cli.smtp.explain import senders_known
from omi_core.cli.terminal import described, emit, emit_json, warn
from omi_core.errors import InputError
from omi_core.language import Language
from omi_core.text import COMMA, Text

_ACCEPTED = Text("accepted: {number}")
_REFUSED = Text("not accepted: {why}")
_PARTLY = Text("accepted for {taken}, refused for {refused}: {number}")

if TYPE_CHECKING:
    from omi_core.findings.finding import Finding
    from omi_core.names import Fqdn
    from omi_core.probe.cell import Cell
    from omi_core.probe.probe import Probe
    from omi_core.probe.sent import Sent
    from omi_core.smtp.credentials import Credentials
    from omi_core.smtp.listeners import Security
    from omi_core.smtp.place import Place
    from omi_core.smtp.trial_mail import TrialMail

SUBMISSION = 587  # RFC 6409 3.1


@click.command()
@click.argument("host", metavar="HOST[:PORT]")
@account_options
@click.option("--from", "sender", metavar="ADDRESS", required=True, help="Envelope and header.")
@click.option(
    "--to",
    "recipients",
    metavar="ADDRESS",
    required=True,
    multiple=True,
    help="Who gets the mail; may be repeated.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of HOST. [default: 587]")
@click.option(
    "--security",
    type=SecurityType(),
    help="none sends the password readable for everybody on the way; ssl is tls. [default: tls on"
    " port 465, else starttls]",
)
@click.option("--name", metavar="NAME", help="The certificate's name, where HOST is an address.")
@click.option(
    "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Such as X-LinkOption: 192."
)
@click.option("--auth", type=click.Choice(["PLAIN", "LOGIN", "CRAM-MD5"]), default="PLAIN")
@optional_inventory_option
@ca_option
@click.option("--resolve", metavar="NAME=ADDRESS", multiple=True, help="Do not ask DNS for NAME.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds for the whole sending.")
@language_option
@json_option
def send(host: str, language: Language, as_json: bool, **given: Any) -> int:
    """Send a test mail through HOST and show the conversation.

    Subject "SMTP test from HOST", text and HTML. A control header that is wrong is said before the
    mail is sent. Exit code 0: accepted; 1: refused, or a wrong header; 3: could not connect.
    """
    sent = _sent(host, SendOptions(**given), None if as_json else language)
    if as_json:
        emit_json(sent.to_json())
    else:
        emit("\n".join(map(str, sent.conversation.entries)))
        refused = sent.findings[len(sent.headers) :]
        emit(
            stacked((_sentence(sent).in_(language), *(described(one, language) for one in refused)))
        )
    return sent.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What the command line of `omi smtp send` says."""

    account: str | None
    password_file: str | None
    sender: str
    recipients: tuple[str, ...]
    port: int | None
    security: "Security | None"
    name: str | None
    headers: tuple[str, ...]
    auth: str
    inventory: Path | None
    ca_file: Path | None
    resolve: tuple[str, ...]
    timeout: float


def _sentence(sent: "Sent") -> Text:
    """Say in one line what became of the mail."""
    if not sent.is_accepted or sent.decisive is None:
        return _REFUSED.format(why=sent.why_not)
    number = sent.decisive[1].number or str(sent.decisive[1])
    taken = [str(one) for one, reply in sent.recipients if reply and reply.is_positive]
    refused = [str(one) for one, _ in sent.recipients if str(one) not in taken]
    if refused:
        return _PARTLY.format(taken=_listed(taken), refused=_listed(refused), number=number)
    return _ACCEPTED.format(number=number)


def _listed(words: list[str]) -> Text:
    return Text.joined(map(Text.plain, words), COMMA)


def _sent(host: str, options: SendOptions, language: Language | None) -> "Sent":
    """Send; what is wrong with the headers is told first, where somebody reads along."""
    from omi_core.smtp.place import Place

    if options.timeout <= 0:
        raise InputError("--timeout must be a number of seconds greater than 0")
    place = Place.parse(host)
    mail = _mail(str(place.host).removesuffix("."), options)
    login = options.account
    credentials = _credentials(options)
    senders = senders_known(options.inventory, login)
    headers = _header_findings(mail)
    if language is not None:
        warn(headers, language)
    return asyncio.run(_send(place, mail, credentials, options, (headers, senders)))


def _credentials(options: SendOptions) -> "Credentials | None":
    from omi_core.smtp.credentials import Credentials

    login = options.account
    return Credentials.parse(login, password(login, options.password_file)) if login else None


def _mail(host: str, options: SendOptions) -> "TrialMail":
    from omi_core.names import Address
    from omi_core.smtp.trial_mail import parse_header, trial_mail

    first, *others = dict.fromkeys(map(Address.parse, options.recipients))
    headers = [parse_header(one) for one in options.headers]
    return trial_mail(host, Address.parse(options.sender), first, headers, others=others)


def _header_findings(mail: "TrialMail") -> "tuple[Finding, ...]":
    """Judge the control headers, as `omi message check` does."""
    from datetime import UTC, datetime

    from omi_core.message import PLATFORM_ZONE, check_message, platform_zone

    zone = platform_zone(PLATFORM_ZONE)
    return check_message(mail.octets, zone=zone, now=datetime.now(UTC)).findings


async def _send(
    place: "Place",
    mail: "TrialMail",
    credentials: "Credentials | None",
    options: SendOptions,
    known: tuple[Any, Any],
) -> "Sent":
    from omi_core.inventory.customers.may_send import said_senders
    from omi_core.probe.conversations.conversation import converse
    from omi_core.probe.conversations.scripts import sending
    from omi_core.probe.sent import Sent
    from omi_core.smtp.credentials import Mechanism

    ends_at = time.monotonic() + options.timeout
    cell = await _cell(place, options)
    probe = _probe(options, credentials, ends_at)
    script = sending(credentials, Mechanism(options.auth), mail)
    conversation = await converse("send", cell, probe, script)
    headers, senders = known
    said = None if senders is None else said_senders(senders)
    return Sent(cell=cell, mail=mail, conversation=conversation, headers=headers, senders=said)


def _probe(options: SendOptions, credentials: "Credentials | None", ends_at: float) -> "Probe":
    from omi_core.probe.probe import Contexts, Probe
    from omi_core.smtp.limits import Limits

    return Probe(
        limits=Limits.within(options.timeout),
        contexts=Contexts.make(options.ca_file),
        credentials=credentials,
        ends_at=ends_at,
        pauses_s=(),  # a customer's program does not come back either
    )


async def _cell(place: "Place", options: SendOptions) -> "Cell":
    from omi_core.names import Fqdn
    from omi_core.probe.cell import Cell
    from omi_core.smtp.listeners import Access, Security

    if options.port and place.port and options.port != place.port:
        raise InputError("HOST names port {place}, and --port another one", place=place.port)
    port = place.port or options.port or SUBMISSION
    access = Access(port=port, security=options.security or Security.usual_for(port))
    if isinstance(place.host, Fqdn):
        address = await _address(place.host, options)
        return Cell(name=place.host, address=address, access=access)
    if options.name:
        return Cell(name=Fqdn.parse(options.name), address=place.host, access=access)
    reverse = Fqdn.parse(place.host.reverse_pointer)
    return Cell(name=reverse, address=place.host, access=access, typed=str(place.host))


async def _address(name: "Fqdn", options: SendOptions) -> IPv4Address | IPv6Address:
    """Return the first address of a name, as a client tries it."""
    from omi_core.errors import ObservationError
    from omi_core.probe.name_seen import Resolver

    if known := resolved(options.resolve).get(name):
        return known[0]
    seen = await Resolver(timeout_s=min(4.0, options.timeout)).addresses(name)
    if not seen.addresses:
        why = Text.joined(seen.problems.values(), COMMA) or Text("neither A nor AAAA")
        raise ObservationError("{host} has no address: {why}", host=name.relative, why=why)
    return seen.addresses[0].address
