"""`omi cert`: certificates, as clients see them and as relays get them."""

import click

from omi_core.cli.cert.check import check
from omi_core.cli.cert.renew import renew


@click.group()
def cert() -> None:
    """Certificates: what listeners serve and files hold, and renewing them."""


cert.add_command(check)
cert.add_command(renew)
