"""`omi account`: what goes into a customer's file, and what stands there."""

import click

from omi_core.cli.account.hashing import hash_command
from omi_core.cli.account.may import may


@click.group()
def account() -> None:
    """Accounts in a customer's file."""


account.add_command(hash_command)
account.add_command(may)
