"""Options that several verbs of `omi customer` share."""

from collections.abc import Callable

import click

Command = Callable[..., int]


def customers_option(command: Command) -> Command:
    """Add `--customers`."""
    return click.option(
        "--customers", metavar="DIRECTORY", help="Where the files are, if not beside the inventory."
    )(command)


def password_options(command: Command) -> Command:
    """Add `--generate` and `--password-file`."""
    made = click.option("--generate", is_flag=True, help="Make a password, and show it once.")
    read = click.option("--password-file", metavar="FILE", help="Read it from the first line.")
    return made(read(command))
