"""A command whose help is told in other words: for a reader's language, and to collect them.

One walk does both, so no word of the help can be shown that is not in the catalogues.
"""

import re
from collections.abc import Callable
from copy import copy
from inspect import cleandoc
from typing import TypeVar

import click

from omi_core.cli.reader import reader_language, said
from omi_core.cli.wide import WideContext
from omi_core.language import EN
from omi_core.text import Text

Told = Callable[[Text], str]
Command = TypeVar("Command", bound=click.Command)

_WHOLE = 1000  # characters: click cuts off what a line of the list has no room for
_PLACEHOLDER = re.compile(r"(?<![\w-])[A-Z]{2,}(?![\w-])", re.ASCII)


def for_reader(command: Command) -> Command:
    """Return a command as its reader's language has it."""
    return command if reader_language() == EN else retold(command, said)


def retold(command: Command, told: Told) -> Command:
    """Return a copy of a command, with its verbs, in which `told` says every word of the help."""
    made = copy(command)
    made._help_option = None  # noqa: SLF001 - click keeps the one that it made in English
    made.context_class = WideContext
    made.short_help = told(Text(command.get_short_help_str(_WHOLE)))
    made.help = "\n\n".join(told(Text(each)) for each in _paragraphs(command.help or ""))
    made.options_metavar = _placeholders(command.options_metavar or "", told)
    context = click.Context(command)
    made.params = [_parameter(each, context, told) for each in command.params]
    if isinstance(made, click.Group):
        made.subcommand_metavar = _placeholders(made.subcommand_metavar or "", told)
        made.commands = {name: retold(verb, told) for name, verb in made.commands.items()}
    return made


def _parameter(parameter: click.Parameter, context: click.Context, told: Told) -> click.Parameter:
    made = copy(parameter)
    is_flag = isinstance(parameter, click.Option) and parameter.is_flag
    if not is_flag and not isinstance(parameter.type, click.Choice):
        made.metavar = _placeholders(parameter.make_metavar(context), told)
    if isinstance(made, click.Option) and made.help:
        made.help = told(Text(made.help))
    return made


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs, each in a line: where a docstring breaks them says nothing."""
    return [" ".join(each.split()) for each in cleandoc(text).split("\n\n") if each]


def _placeholders(metavar: str, told: Told) -> str:
    return _PLACEHOLDER.sub(lambda found: told(Text.within("placeholder", found[0])), metavar)
