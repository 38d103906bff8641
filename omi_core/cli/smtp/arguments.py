"""Options that the verbs of `omi smtp` share, and how they are read."""

import os
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import click

from omi_core.cli.reader import said
from omi_core.cli.smtp.password_file import read_password
from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.smtp.listeners import Security
from omi_core.text import Text

Command = Callable[..., int]
PASSWORD = "OMI_PASSWORD"  # noqa: S105 - the variable's name
_PROMPT = Text("Password of {login}")


class SecurityType(click.Choice):  # type: ignore[type-arg]  # generic since click 8.4 only
    """none, starttls or tls; `ssl` is taken too, as programs call the last."""

    def __init__(self) -> None:
        super().__init__([one.value for one in Security])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Security:
        """Return the mode; an unknown word is a usage error."""
        word = "tls" if value == "ssl" else value
        return Security(super().convert(word, param, ctx))


def account_options(command: Command) -> Command:
    """Add `--account` and `--password-file`."""
    file = click.option(
        "--password-file",
        metavar="FILE",
        help="File with the account's password in its first line, which only you may read.",
    )
    account = click.option("--account", metavar="LOGIN", help="Log in as LOGIN.")
    return account(file(command))


def ca_option(command: Command) -> Command:
    """Add `--ca-file`."""
    return click.option(
        "--ca-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Trust the PEM certificates in FILE instead of the system's.",
    )(command)


def password(login: str, file: str | None, variable: str = PASSWORD) -> Secret:
    """Return the password of `login` from the file, the environment or a prompt.

    Raises InputError, which never shows what was read.
    """
    if file is not None:
        return read_password(Path(file))
    if variable in os.environ:
        return Secret(os.environ[variable])
    if not sys.stdin.isatty():
        raise InputError(
            "there is no terminal to ask on; use --password-file or {variable}", variable=variable
        )
    return Secret(click.prompt(said(_PROMPT.format(login=login)), hide_input=True, err=True))


def host_name(written: str) -> Fqdn:
    """Read a public name; raises InputError for an address, whose certificate names nobody."""
    try:
        ip_address(written.strip("[]"))
    except ValueError:
        return Fqdn.parse(written)
    raise InputError(
        "{written!r} is an address; give the name that customers type, with "
        "--resolve NAME={written} where DNS must not be asked",
        written=written,
    )


def resolved(written: tuple[str, ...]) -> dict[Fqdn, tuple[IPv4Address | IPv6Address, ...]]:
    """Read `NAME=ADDRESS[,ADDRESS...]` of --resolve; raises InputError."""
    found: dict[Fqdn, tuple[IPv4Address | IPv6Address, ...]] = {}
    for each in written:
        name, _, addresses = each.partition("=")
        try:
            found[host_name(name)] = tuple(ip_address(one) for one in addresses.split(","))
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                "--resolve {each!r}: write it as NAME=ADDRESS, such as smtp.example.com=192.0.2.25",
                each=each,
            ) from None
    return found
