"""`omi smtp`: what a customer's mail program meets at a server, a mail by hand, its errors."""

import click

from omi_core.cli.smtp.explain import explain
from omi_core.cli.smtp.send import send
from omi_core.cli.smtp.verify import verify


@click.group()
def smtp() -> None:
    """SMTP servers, as a customer's mail program meets them.

    Passwords come from a prompt, --password-file or OMI_PASSWORD, never from an argument, and
    stand in no output.
    """


smtp.add_command(verify)
smtp.add_command(send)
smtp.add_command(explain)
