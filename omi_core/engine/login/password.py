"""A password for sudo(8): asked for at the terminal, and never an argument of anything.

pyinfra's own way writes it into the command line on the relay, which every user there may read.
"""

import os
from collections.abc import Iterable, Mapping
from getpass import getpass
from typing import Any
from weakref import WeakKeyDictionary

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import SUDO_PASSWORD_REQUIRED_LINES, make_unix_command

from omi_core.secret import Secret

KEY = "omi_sudo_password"
_VARIABLE = "OMI_SUDO_PASSWORD"
# The password is the first line of the standard input: read(1p) takes no octet more than that, even
# where sudo asks for none after all. Then only the login itself, and root, can see it, in the
# environment. sudo runs its askpass program with the prompt as the argument, and what
# printenv(1) prints of a variable of that name is the password: so it needs no file either.
_WITH_PASSWORD = (
    f"IFS= read -r {_VARIABLE}; export {_VARIABLE};"
    f" SUDO_ASKPASS=/usr/bin/printenv exec sudo -H -A -k -p {_VARIABLE}"
)
_CONTROL = ("_timeout", "_get_pty", "_success_exit_codes")
_SHELL = ("_env", "_chdir", "_shell_executable")


_same: WeakKeyDictionary[State, Secret] = WeakKeyDictionary()


def take_over(row: Host) -> None:
    """Take what `pyinfra --same-sudo-password` asked for out of where pyinfra would print it."""
    config = row.state.config
    if config.SUDO_PASSWORD:
        _same[row.state] = Secret(config.SUDO_PASSWORD)
        config.SUDO_PASSWORD = None
    if row.state in _same:
        row.connector_data[KEY] = _same[row.state]


def is_wanted(said: str) -> bool:
    """Whether sudo has said that it needs a password."""
    return said in SUDO_PASSWORD_REQUIRED_LINES


def ask(row: Host, login: str) -> Secret | None:
    """Ask the person at the terminal; None where there is no terminal, or no answer."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return Secret(getpass(f"{row.print_prefix}password of {login} for sudo: "))
    except (OSError, EOFError):
        return None


def given(
    command: StringCommand, arguments: Mapping[str, Any], password: Secret
) -> tuple[StringCommand, Mapping[str, Any]]:
    """Return the command by which sudo gets the password, and what the connector is told of it."""
    shell = {key: arguments[key] for key in _SHELL if key in arguments}
    inner = make_unix_command(command, **shell)
    control = {key: arguments[key] for key in _CONTROL if key in arguments}
    return (
        StringCommand("sh", "-c", QuoteString(StringCommand(_WITH_PASSWORD, inner))),
        {
            **control,
            "_shell_executable": None,
            "_stdin": [password.unmask(), *_parts(arguments.get("_stdin"))],
        },
    )


def _parts(stdin: Any) -> Iterable[str]:
    if not stdin:
        return ()
    return [stdin] if isinstance(stdin, str) else stdin
