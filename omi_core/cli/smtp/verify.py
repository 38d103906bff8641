"""`omi smtp verify`: every name, port, mode and address in one run."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import INVENTORY, json_option, language_option
from omi_core.cli.reports import report_options, write_reports
from omi_core.cli.smtp.arguments import (
    account_options,
    ca_option,
    host_name,
    password,
    resolved,
)
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, system_text
from omi_core.language import Language

if TYPE_CHECKING:
    from omi_core.names import Address, Fqdn
    from omi_core.probe.name_seen import Resolver
    from omi_core.probe.probe import Contexts, Expectation, Mailbox, Probe
    from omi_core.probe.report import Report
    from omi_core.relay.verify import InventoryExpectation
    from omi_core.smtp.listeners import Access

IMAP_PASSWORD = "OMI_IMAP_PASSWORD"  # noqa: S105 - the variable's name


@click.command()
@click.argument("hosts", metavar="HOST[:PORT]...", nargs=-1)
@account_options
@click.option("--from", "sender", metavar="ADDRESS", help="Sender of the test mails.")
@click.option("--to", "recipient", metavar="ADDRESS", help="Send a test mail over each listener.")
@click.option(
    "--inventory",
    metavar="FILE",
    envvar="OMI_INVENTORY",
    type=click.Path(path_type=Path),
    help="Expect what this inventory says. (default: OMI_INVENTORY, else without HOST"
    " inventories/prod.py)",
)
@ca_option
@click.option(
    "--plaintext-auth/--no-plaintext-auth",
    default=None,
    help="Whether the service promises AUTH without TLS on port 25; only then is the password"
    " sent there. (default: as the inventory says)",
)
@click.option("--certificate", metavar="FILE", help="The certificate that was deployed (PEM).")
@click.option("--maildir", metavar="DIRECTORY", help="Look for the mails in this Maildir.")
@click.option("--imap", metavar="HOST[:PORT]", help="Look for the mails by IMAP over TLS.")
@click.option("--imap-account", metavar="LOGIN", help="Login there; password: see --account.")
@click.option("--imap-password-file", metavar="FILE", help=f"Or the variable {IMAP_PASSWORD}.")
@click.option("--wait", default=10.0, show_default=True, help="Seconds to wait for the mails.")
@click.option(
    "--smuggling-to",
    metavar="ADDRESS",
    help="Also test for SMTP smuggling, with real mails to this address of your own.",
)
@click.option("--resolve", metavar="NAME=ADDRESS", multiple=True, help="Do not ask DNS for NAME.")
@click.option("--resolver", metavar="ADDRESS[:PORT]", help="Name server to ask.")
@click.option(
    "--listener",
    metavar="PORT:MODE",
    multiple=True,
    help="Instead of 25:none 25:starttls 465:tls 587:starttls; may be repeated.",
)
@click.option("-4", "only", flag_value=4, type=int, help="IPv4 only.")
@click.option("-6", "only", flag_value=6, type=int, help="IPv6 only.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds a conversation may take.")
@click.option("--transcript", is_flag=True, help="Print the conversations too.")
@report_options
@language_option
@json_option
def verify(
    hosts: tuple[str, ...], language: Language, as_json: bool, transcript: bool, **given: Any
) -> int:
    """Say for each name, port, mode and address what a customer would meet, why, what to do.

    Exit code 0: all is fine; 1: something is wrong; 3: nobody could look. A password goes only to
    a server whose certificate is accepted.
    """
    options = VerifySmtpOptions(**given)
    report = _run(hosts, options)
    if as_json:
        emit_json(report.to_json())
    else:
        from omi_core.cli.smtp.table import printed

        emit(printed(report, language, with_transcripts=transcript))
    return max(int(report.exit_code), *write_reports(report, options.reports, language), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySmtpOptions:
    """What the command line of `omi smtp verify` says."""

    account: str | None
    password_file: str | None
    sender: str | None
    recipient: str | None
    inventory: Path | None
    ca_file: Path | None
    plaintext_auth: bool | None
    certificate: str | None
    maildir: str | None
    imap: str | None
    imap_account: str | None
    imap_password_file: str | None
    wait: float
    smuggling_to: str | None
    resolve: tuple[str, ...]
    resolver: str | None
    listener: tuple[str, ...]
    only: int | None
    timeout: float
    reports: Mapping[str, str]  # the file of each form that is written


def _run(hosts: tuple[str, ...], options: VerifySmtpOptions) -> "Report":
    from omi_core.probe.matrix import FAMILIES
    from omi_core.probe.matrix import verify as verify_matrix
    from omi_core.smtp.listeners import ACCESSES, Access

    inventory = _inventory(hosts, options.inventory)
    listeners = tuple(map(Access.parse, options.listener)) or ACCESSES
    asked = [_asked(one, listeners) for one in hosts]
    names = [name for name, _ in asked] or list(inventory.public_names if inventory else ())
    if not names:
        raise InputError("name at least one HOST, or an --inventory")
    addresses = resolved(options.resolve)
    return asyncio.run(
        verify_matrix(
            list(dict.fromkeys(names)),
            _probe(options, inventory),
            resolver=_resolver(options.resolver),
            addresses=addresses,
            accesses=listeners,
            only=_only(asked),
            families=(options.only,) if options.only else FAMILIES,
        )
    )


def _asked(written: str, listeners: "tuple[Access, ...]") -> "tuple[Fqdn, tuple[Access, ...]]":
    """Read `HOST` or `HOST:PORT`: the ways in on that port, of all where none is named."""
    from omi_core.smtp.listeners import Access, Security
    from omi_core.smtp.place import split_port

    host, port = split_port(written)
    if port is None:
        return host_name(host), ()
    there = tuple(one for one in listeners if one.port == port)
    return host_name(host), there or (Access(port=port, security=Security.usual_for(port)),)


def _only(
    asked: "list[tuple[Fqdn, tuple[Access, ...]]]",
) -> "dict[Fqdn, tuple[Access, ...]]":
    """The ways in of names that were given with ports; a name without one is looked at whole."""
    whole = {name for name, accesses in asked if not accesses}
    found: dict[Fqdn, tuple[Access, ...]] = {}
    for name, accesses in asked:
        if name not in whole:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *accesses)))
    return found


def _probe(options: VerifySmtpOptions, inventory: "InventoryExpectation | None") -> "Probe":
    from omi_core.names import Address
    from omi_core.probe.probe import Contexts, Probe
    from omi_core.smtp.credentials import Credentials
    from omi_core.smtp.limits import Limits

    if options.timeout <= 0 or options.wait < 0:
        raise InputError("--timeout and --wait are in seconds, above nothing")
    contexts = Contexts.make(options.ca_file)
    login = options.account
    credentials = (
        Credentials.parse(login, password(login, options.password_file)) if login else None
    )
    mailbox = _mailbox(options, contexts)
    recipient, smuggling = options.recipient, options.smuggling_to
    return Probe(
        limits=Limits.within(options.timeout),
        contexts=contexts,
        expectation=_expectation(options, inventory),
        credentials=credentials,
        sender=_sender(options, inventory),
        recipient=Address.parse(recipient) if recipient else None,
        mailbox=mailbox,
        smuggling_to=Address.parse(smuggling) if smuggling else None,
        ends_at=time.monotonic() + 3 * options.timeout if options.timeout else inf,
    )


def _expectation(
    options: VerifySmtpOptions, inventory: "InventoryExpectation | None"
) -> "Expectation":
    from dataclasses import replace

    from omi_core.probe.probe import Expectation

    expectation = inventory.expectation if inventory else Expectation()
    if options.plaintext_auth is not None:
        expectation = replace(expectation, plaintext_auth=options.plaintext_auth)
    if options.certificate:
        expectation = replace(expectation, deployed_everywhere=_leaf(options.certificate))
    return expectation


def _leaf(file: str) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    from omi_core.certificates.chain import Chain

    try:
        pem = Path(file).read_bytes()
    except OSError as error:
        raise InputError(
            "{file!r} cannot be read: {strerror}", file=file, strerror=system_text(error)
        ) from None
    return Chain.parse(pem).leaf.fingerprint(SHA256()).hex()


def _sender(
    options: VerifySmtpOptions, inventory: "InventoryExpectation | None"
) -> "Address | None":
    """Return --from, else the login where it is an address, else what the inventory lets it use."""
    from omi_core.names import Address

    if options.sender:
        return Address.parse(options.sender)
    login = options.account
    if login and "@" in login:
        return Address.parse(login)
    return inventory.senders.get(login.lower()) if inventory and login else None


def _mailbox(options: VerifySmtpOptions, contexts: "Contexts") -> "Mailbox | None":
    from omi_core.probe.probe import Mailbox
    from omi_core.smtp.credentials import Credentials
    from omi_core.smtp.place import split_port

    if options.maildir:
        return Mailbox(maildir=Path(options.maildir), wait_s=options.wait)
    if not options.imap:
        return None
    login = options.imap_account
    if not login:
        raise InputError("--imap needs --imap-account, the login of the mailbox")
    secret = password(login, options.imap_password_file, IMAP_PASSWORD)
    host, port = split_port(options.imap)
    return Mailbox(
        imap_host=host_name(host).relative,
        imap_port=port or 993,
        imap=Credentials.parse(login, secret),
        imap_context=contexts.verifying,
        wait_s=options.wait,
    )


def _resolver(written: str | None) -> "Resolver | None":
    from omi_core.probe.name_seen import Resolver

    if written is None:
        return None
    host, colon, port = written.rpartition(":") if written.count(":") == 1 else (written, "", "")
    try:
        address = str(ip_address(host.strip("[]")))
        return Resolver([address], int(port) if colon else 53)
    except ValueError:
        raise InputError(
            "--resolver {written!r} is not an address of a name server", written=written
        ) from None


def _inventory(hosts: tuple[str, ...], given: Path | None) -> "InventoryExpectation | None":
    """A server that is named may be anybody's: only what is given says what to expect of it."""
    if given is None and (hosts or not INVENTORY.is_file()):
        return None
    from omi_core.relay.verify import read_inventory

    return read_inventory(given or INVENTORY)
