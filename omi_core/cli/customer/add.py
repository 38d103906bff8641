"""`omi customer add`: a file as a person would write it, and what to send to the customer."""

import re
from pathlib import Path

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.customer.files import alone, create, directory_of, require_unclaimed
from omi_core.cli.customer.options import customers_option, password_options
from omi_core.cli.customer.passwords import chosen_password
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError
from omi_core.inventory.customers.editing import new_text
from omi_core.language import Language
from omi_core.secret import Secret
from omi_core.text import Text

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_WRITTEN = Text("{path}: written; deploy, and send this to the customer:")
_SERVER = Text("    server: {names}")
_PORTS = Text("    port: 465 (SSL/TLS), or 587 (STARTTLS)")
_LOGIN = Text("    login: {login}")
_PASSWORD = Text("    password, shown this once: {password}")
_YOURS = Text("    password: the one that was agreed on")
_RECORDS = Text("    records to enter: omi dns records {domain} --inventory {inventory}")


@click.command(short_help="Write a new customer's file.")
@click.argument("name")
@inventory_option
@customers_option
@click.option("--title", metavar="TEXT", help="His name for people; else NAME.")
@click.option("--domain", "domains", metavar="DOMAIN", multiple=True, required=True)
@click.option("--login", metavar="LOGIN", help="An account of his; none is allowed.")
@click.option(
    "--sender", "senders", metavar="ADDRESS", multiple=True, help="Else any of his domains'."
)
@password_options
@language_option
@json_option
def add(
    *,
    name: str,
    inventory: Path,
    customers: str | None,
    title: str | None,
    domains: tuple[str, ...],
    login: str | None,
    senders: tuple[str, ...],
    generate: bool,
    password_file: str | None,
    language: Language,
    as_json: bool,
) -> int:
    """Write NAME.toml for a customer with these domains, and one account if --login is given.

    What a deploy would refuse is refused here, and nothing is written. The password is asked for,
    or read from stdin or --password-file; one that --generate makes is shown once, and is nowhere
    else. Nothing is deployed.
    """
    from omi_core.inventory.load import relays_in

    if not _NAME.fullmatch(name):
        raise InputError("{name!r} may hold only letters, digits and . _ -", name=name)
    if senders and not login:
        raise InputError("--sender belongs to an account; give its --login too")
    environment = relays_in(inventory)[0].environment
    directory = directory_of(inventory, customers)
    path = directory / f"{name}.toml"
    wanted = list(senders) or [f"@{domain}" for domain in domains]
    made: Secret | None = None
    with alone(directory):
        require_unclaimed(path, _text(title or name, domains, login, "", wanted))
        hashed = ""
        if login:
            hashed, made = chosen_password(login, generate=generate, file=password_file)
        create(path, _text(title or name, domains, login, hashed, wanted))
    names = [each.relative for each in environment.public_names]
    if as_json:
        emit_json(
            {
                "file": str(path),
                "servers": names,
                "ports": [465, 587],
                "login": login,
                "password": made and made.unmask(),
                "domains": list(domains),
            }
        )
        return 0
    lines = [_WRITTEN.format(path=str(path)), _SERVER.format(names=", ".join(names)), _PORTS]
    if login:
        lines.append(_LOGIN.format(login=login))
        lines.append(_PASSWORD.format(password=made.unmask()) if made else _YOURS)
    lines += [_RECORDS.format(domain=domain, inventory=str(inventory)) for domain in domains]
    emit(stacked(line.in_(language) for line in lines))
    return 0


def _text(
    title: str, domains: tuple[str, ...], login: str | None, hashed: str, senders: list[str]
) -> str:
    """Return the file; where no password has been asked for yet, with the form of a hash."""
    some = "{SHA512-CRYPT}$6$x$" + "x" * 86
    accounts = [(login, hashed or some, senders)] if login else []
    return new_text(title, list(domains), accounts)
