"""`omi dns`: what stands in DNS for the relays and their sender domains."""

import click

from omi_core.cli.dns_publish import apply, plan


@click.group()
def dns() -> None:
    """DNS records of the relays and their sender domains."""


dns.add_command(plan)
dns.add_command(apply)
