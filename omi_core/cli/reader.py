"""Who reads: the language of `--lang`, else of the environment, and what is said in it.

It has to be known before click reads the command line, since click may have to refuse it. click
says its own sentences through the `_` and the `ngettext` of its modules. Those of gettext ask the
environment alone, which commands that we start would inherit, and need a compiled file; so click
is given ours.
"""

import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from itertools import takewhile, zip_longest

from click import core, decorators, exceptions, formatting, parser, termui, types

from omi_core.cli.screen import drawn
from omi_core.language import (
    EN,
    Language,
    language_named,
    language_of_environment,
    translated,
    translated_count,
)
from omi_core.printable import printable
from omi_core.text import Text

_OPTION = "--lang"
_CLICK = (core, decorators, exceptions, formatting, parser, termui, types)
_language: ContextVar[Language] = ContextVar("language", default=EN)
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def language_asked(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language that a command line asks for, else the environment.

    One that there is not is no fault here: click refuses it.
    """
    chosen = language_of_environment(environment)
    words = list(takewhile(lambda word: word != "--", arguments))
    for word, after in zip_longest(words, words[1:], fillvalue=""):
        name, equals, value = word.partition("=")
        if name == _OPTION:
            chosen = language_named(value if equals else after) or chosen
    return chosen


def speak(language: Language) -> None:
    """Say in `language` from now on what `said` and click say."""
    _language.set(language)
    for module in _CLICK:
        vars(module).update(_=_clicks, ngettext=_clicks_count)


def reader_language() -> Language:
    """Return the language that is spoken."""
    return _language.get()


def hush(*, quiet: bool) -> None:
    """From now on say nothing of what only lets people wait, or say it again."""
    _quiet.set(quiet)


def is_quiet() -> bool:
    """Return whether the reader wants the result and what went wrong, and no more."""
    return _quiet.get()


def say_progress(text: Text) -> None:
    """Say what is under way, to a reader who has not asked for quiet."""
    tell_progress(printable(said(text)))


def tell_progress(words: str, *, end: str = "\n") -> None:
    """Write what is under way to stderr, for a reader who has not asked for quiet."""
    if not _quiet.get():
        tell(words, end=end)


def said(text: Text) -> str:
    """Return the words of `text` in the reader's language."""
    return text.in_(_language.get())


def say(text: Text) -> None:
    """Tell whoever waits, or looks for what went wrong: a line on stderr."""
    tell(printable(said(text)))


def tell(words: str, *, end: str = "\n") -> None:
    """Write words to stderr, as whoever reads them needs no translation."""
    sys.stderr.write(drawn(words, end))
    sys.stderr.flush()


def _clicks(message: str) -> str:
    return translated(message, None, _language.get())


def _clicks_count(one: str, several: str, number: int) -> str:
    return translated_count(one, several, number, _language.get())
