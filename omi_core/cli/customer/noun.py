"""`omi customer`: what a customer's file says, and what follows from it on the relays."""

import click

from omi_core.cli.customer.add import add
from omi_core.cli.customer.check import check
from omi_core.cli.customer.password import password
from omi_core.cli.customer.remove import remove
from omi_core.cli.customer.suspend import resume, suspend


@click.group()
def customer() -> None:
    """Customers: their files, and what the relays do with their mail."""


for _verb in (add, check, password, suspend, resume, remove):
    customer.add_command(_verb)
