"""A relay is worked on only by a login that is root there, or becomes root without leaking a word.

`guard` puts this into pyinfra's SSH connector: what cannot become root is refused where it
connects, before anything is done, and a password never gets into a command line.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors import ssh
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput

from omi_core.engine.login import password
from omi_core.engine.login.root import BECOMES, becoming
from omi_core.errors import InputError
from omi_core.inventory.model import Relay

_connect = SSHConnector.connect
_run = SSHConnector.run_shell_command

ROOT = "0"  # what id(1) says


def guard() -> None:
    """Let pyinfra connect to relays, and become root on them, only as this module does."""
    for name, ours in (("connect", _connected), ("run_shell_command", _ran)):
        setattr(SSHConnector, name, ours)
    # What it would do where sudo wants a password: ask, and write the answer into a command line.
    vars(ssh)["execute_command_with_sudo_retry"] = _executed


def _executed(
    _host: object, _arguments: object, execute: Callable[[], tuple[int, CommandOutput]]
) -> tuple[int, CommandOutput]:
    return execute()


def _ran(
    connector: SSHConnector,
    command: StringCommand,
    print_output: bool = False,  # noqa: FBT001, FBT002 - pyinfra's signature
    print_input: bool = False,  # noqa: FBT001, FBT002 - pyinfra's signature
    **arguments: Any,
) -> tuple[bool, CommandOutput]:
    known = connector.host.connector_data.get(password.KEY)
    if known is not None and arguments.get("_sudo"):
        command, how = password.given(command, arguments, known)
        return _run(connector, command, print_output, print_input, **how)
    return _run(connector, command, print_output, print_input, **arguments)


def _connected(connector: SSHConnector) -> None:
    _connect(connector)
    if isinstance(connector.host.data.get("relay"), Relay):
        try:
            _require_root(connector)
        except InputError as error:
            connector.disconnect()
            raise ConnectError(str(error)) from None


def _require_root(connector: SSHConnector) -> None:
    password.take_over(connector.host)
    how = becoming(connector.host)
    login = str(connector.data["ssh_user"] or "")
    if how.get("_su_password") or getattr(connector.host.data, "_sudo_password", None):
        raise InputError(
            "a password for sudo is asked for at the terminal; take it out of the inventory, "
            "whose data are printed"
        )
    if not any(how.get(key) for key in BECOMES):
        if login != "root" and _question(connector, {}) != ROOT:
            raise InputError(
                "the login {login} is not root; where it may use sudo, write _sudo = True beside "
                "ssh_user in group_data/all.py",
                login=login or "of this run",
            )
    elif (said := _answer(connector, login, how)) != ROOT:
        raise InputError(
            "the login {login} cannot become root: {said}", login=login or "of this run", said=said
        )


def _answer(connector: SSHConnector, login: str, how: Mapping[str, Any]) -> str:
    """Ask the host who commands run as; where sudo wants a password, the person for it first."""
    said = _question(connector, how)
    if not password.is_wanted(said):
        return said
    if (asked := password.ask(connector.host, login)) is None:
        return f"{said}, and there is no terminal to ask for it"
    connector.host.connector_data[password.KEY] = asked
    return _question(connector, how)


def _question(connector: SSHConnector, how: Mapping[str, Any]) -> str:
    is_done, output = connector.run_shell_command(StringCommand("id", "-u"), **how)
    lines = output.stdout_lines if is_done else output.stderr_lines
    return lines[-1].strip() if lines else "it says nothing"
