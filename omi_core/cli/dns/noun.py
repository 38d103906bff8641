"""`omi dns`: what stands in DNS for the relays and their sender domains."""

import click

from omi_core.cli.dns.publish import apply, plan
from omi_core.cli.dns.records import records
from omi_core.cli.dns.verify import verify


@click.group()
def dns() -> None:
    """DNS records of the relays and their sender domains."""


dns.add_command(plan)
dns.add_command(apply)
dns.add_command(records)
dns.add_command(verify)
