"""Every text that is said to people, as `make texts` collects it: the source of all catalogues.

Texts stand in the Python of the package, in the templates of reports, in the help of the command
line, and in what click and the operating system say on our behalf.
"""

import errno
import os
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
from babel.messages.extract import extract
from babel.messages.frontend import parse_keywords
from jinja2.ext import babel_extract

from omi_core.cli.nouns import NOUNS
from omi_core.cli.program import omi
from omi_core.cli.retold import retold
from omi_core.places import TEMPLATES
from omi_core.text import Text

PACKAGE = Path(__file__).parents[1]
_CHECKOUT = PACKAGE.parent

# Where a text stands among the arguments. An error is a text too, and so is what some helpers make
# one of; `__init__` is that of an error with a text of its own.
IN_PYTHON = parse_keywords(
    (
        *("Text", "within:1c,2", "__init__"),
        *("InputError", "SettingsError:3", "UnreadableError", "ObservationError"),
        *("CaUnreachableError", "ServerRefusedError", "IssuanceError", "RateLimitedError"),
        *("AnswerError", "AnswerTooSlowError", "NotAcceptedError"),
        *("OutcomeUnknownError", "OverlapError", "_PermanentError", "_TemporaryError"),
        *("SpfSyntaxError", "MalformedError", "_GivenUpError", "NoAnswerError", "BudgetSpentError"),
        *("NotSharedError",),
        *("refuse:2", "_refuse:2"),
    )
)
_IN_TEMPLATES = ("_",)

# What click 8.5 can say here: its groups show their help without a verb, and no path must exist.
_OF_CLICK: tuple[str | tuple[str, str], ...] = (
    *("Options", "Commands", "Show this message and exit."),
    *("default: {default}", "required", "Error: {message}"),
    "Try '{command} {option}' for help.",
    *("Invalid value: {message}", "Invalid value for {param_hint}: {message}"),
    *("Missing argument", "Missing option"),
    *("No such option {name!r}.", "No such command {name!r}."),
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    (
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
    ),
    "Option {name!r} does not take a value.",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    *("Repeat for confirmation", "Error: The two entered values do not match."),
)

# What else a system says is shown as it says it.
_OF_SYSTEM = (
    *(errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST),
    *(errno.ENOSPC, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENAMETOOLONG, errno.EPIPE),
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.ENETUNREACH, errno.EHOSTUNREACH),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A text to translate, its context if it has one, and the file that it stands in.

    `words` are two where they count: of one thing, and of several.
    """

    words: str | tuple[str, str]
    context: str | None
    where: str


def collected() -> Iterator[Found]:
    """Yield every text, as often as it stands somewhere."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from _in_python(path)
    for path in sorted(TEMPLATES.glob("report/*.html")):
        yield from _in_template(path)
    yield from _in_commands()
    yield from (Found(words, None, "click") for words in _OF_CLICK)
    yield from (Found(os.strerror(number), None, "errno") for number in _OF_SYSTEM)


def _in_python(path: Path) -> Iterator[Found]:
    with path.open("rb") as source:
        for _, words, _, context in extract("python", source, IN_PYTHON):
            yield from _found(words, context, _named(path))


def _in_template(path: Path) -> Iterator[Found]:
    with path.open("rb") as source:
        for _, _, words, _ in babel_extract(source, _IN_TEMPLATES, (), {}):
            yield from _found(words, None, _named(path))


def _found(words: object, context: str | None, where: str) -> Iterator[Found]:
    """Yield a text that was found, unless it is empty: gettext keeps its header under that."""
    if isinstance(words, str) and words.strip():
        yield Found(words, context, where)


def _in_commands() -> Iterator[Found]:
    yield from _in_help(omi)
    for noun in NOUNS.values():
        module, _, attribute = noun.group.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Group):
            yield from _in_help(command)
            continue
        yield from _in_help(_alone(command))
        for verb in command.commands.values():
            yield from _in_help(verb)


def _alone(group: click.Group) -> click.Group:
    alone = copy(group)
    alone.commands = {}
    return alone


def _in_help(command: click.Command) -> Iterator[Found]:
    """Yield what the help of a command says: what would have to be told in another language."""
    where = command.callback.__module__.replace(".", "/") + ".py" if command.callback else ""
    heard: list[Text] = []

    def hear(text: Text) -> str:
        heard.append(text)
        return text.source

    retold(command, hear)
    yield from (Found(text.source, text.context, where) for text in heard if text)


def _named(path: Path) -> str:
    return str(path.relative_to(_CHECKOUT))
