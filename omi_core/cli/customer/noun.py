"""`omi customer`: what a customer's file says, and what follows from it on the relays."""

import click

from omi_core.cli.customer.suspend import resume, suspend


@click.group()
def customer() -> None:
    """Customers: their files, and what the relays do with their mail."""


customer.add_command(suspend)
customer.add_command(resume)
