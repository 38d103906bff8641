"""A command on a relay outside of pyinfra's facts and operations, as root like those."""

from collections.abc import Mapping
from typing import Any

from pyinfra.api.arguments import auth_argument_meta, pop_global_arguments
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import CommandOutput

BECOMES = ("_sudo", "_doas", "_dzdo", "_su_user")


def becoming(row: Host) -> Mapping[str, Any]:
    """Return what pyinfra's connectors are told, so that a command on this row runs as root.

    It is what host data, group data and configuration say, as for a fact.
    """
    said, _ = pop_global_arguments(row.state, row, {})
    return {key: value for key, value in said.items() if key in auth_argument_meta and value}


def run(row: Host, command: StringCommand) -> tuple[bool, CommandOutput]:
    """Run a command with its own standard input; neither is printed, in any mode."""
    arguments = {**becoming(row), **command.connector_arguments}
    return row.run_shell_command(command, print_output=False, print_input=False, **arguments)
