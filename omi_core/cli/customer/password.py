"""`omi customer password`: another password for an account; all else in the file stays."""

from pathlib import Path

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.customer.files import alone, directory_of, file_of, replace
from omi_core.cli.customer.options import customers_option, password_options
from omi_core.cli.customer.passwords import chosen_password
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.inventory.customers.editing import password_in
from omi_core.language import Language
from omi_core.text import Text

_WRITTEN = Text("{path}: {login} has another password after the next deploy")
_PASSWORD = Text("    password, shown this once: {password}")


@click.command(short_help="Give an account another password.")
@click.argument("name")
@click.argument("login")
@inventory_option
@customers_option
@password_options
@language_option
@json_option
def password(
    *,
    name: str,
    login: str,
    inventory: Path,
    customers: str | None,
    generate: bool,
    password_file: str | None,
    language: Language,
    as_json: bool,
) -> int:
    """Write the hash of another password for LOGIN into the file of customer NAME.

    It is asked for, or read from stdin or --password-file; one that --generate makes is shown once,
    and is nowhere else. Nothing is deployed.
    """
    directory = directory_of(inventory, customers)
    with alone(directory):
        file = file_of(directory, name)
        password_in(file.text, login, "")  # there is such an account, before anybody types
        hashed, made = chosen_password(login, generate=generate, file=password_file)
        replace(file, password_in(file.text, login, hashed))
    if as_json:
        shown = made and made.unmask()
        emit_json({"file": str(file.path), "login": login, "password": shown})
        return 0
    lines = [_WRITTEN.format(path=str(file.path), login=login)]
    if made:
        lines.append(_PASSWORD.format(password=made.unmask()))
    emit(stacked(line.in_(language) for line in lines))
    return 0
