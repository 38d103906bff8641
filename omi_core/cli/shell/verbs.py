"""What every verb gets when its noun is imported: `-q`, and completion of what an inventory knows.

Here and not at each verb, so that a verb of tomorrow has both.
"""

from collections.abc import Callable
from typing import TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from omi_core.cli.reader import hush

Command = TypeVar("Command", bound=Callable[..., object] | click.Command)

# What a parameter takes, by an option's name, or by the noun and the name of an argument.
_KINDS = {
    "--account": "logins",
    "--customer": "customers",
    "--relay": "relays",
    "account login": "logins",
    "cert places": "hosts",
    "customer login": "logins",
    "customer name": "customer_files",
    "dns domain": "domains",
    "dns domains": "domains",
    "smtp host": "hosts",
    "smtp hosts": "hosts",
}
_NEW = "add"  # what this verb names is not there yet
_FILES = {"--inventory": "file", "--customers": "dir"}


def quiet_option(command: Command) -> Command:
    """Add `-q` and `--quiet`."""
    return click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=lambda _context, _option, given: hush(quiet=True) if given else None,
        help="Say nothing but the result and what went wrong.",
    )(command)


def dressed(noun: str, command: click.Command) -> click.Command:
    """Give a noun, or each of its verbs, what it does not have yet."""
    if isinstance(command, click.Group):
        for verb in command.commands.values():
            dressed(noun, verb)
    elif not any("--quiet" in option.opts for option in command.params):
        quiet_option(command)
        for parameter in command.params if command.name != _NEW else ():
            _complete(noun, parameter)
    return command


def _complete(noun: str, parameter: click.Parameter) -> None:
    for word in (*parameter.opts, f"{noun} {parameter.name}"):
        if word in _KINDS:
            parameter._custom_shell_complete = _completing(_KINDS[word])  # noqa: SLF001
        elif word in _FILES and isinstance(parameter.type, click.types.StringParamType):
            parameter._custom_shell_complete = _offering(_FILES[word])  # noqa: SLF001


Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(kind: str) -> Complete:
    def complete(
        ctx: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from omi_core.cli.shell.known import known

        typed = {
            name: value
            for name, value in ctx.params.items()
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        }
        return [CompletionItem(name) for name in known(kind, typed, incomplete)]

    return complete


def _offering(kind: str) -> Complete:
    def complete(
        _ctx: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type=kind)]

    return complete
