"""Arguments and options that several commands share, and how they complete in a shell."""

import re
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from omi_core.cli.reader import reader_language, said
from omi_core.errors import InputError
from omi_core.findings.finding import Finding
from omi_core.language import Language, language_named, languages
from omi_core.options.codec import codec_of
from omi_core.options.family import Family
from omi_core.options.reading import read_number
from omi_core.options.registry import FAMILIES, family
from omi_core.text import SEMICOLON, Text

_REFUSAL = Text("{subject}: {text} ({observed}); {remedy}")
_BETWEEN = re.compile(r"[,;|\s]+")
_NUMBER = re.compile(r"-?[0-9].*", re.DOTALL)

Command = Callable[..., int]
Decorated = TypeVar("Decorated", bound=Callable[..., object])


class FamilyType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4 only
    """An option family by its key; completes in a shell."""

    name = "family"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Family:
        """Return the family; an unknown key is a usage error."""
        if isinstance(value, Family):
            return value
        try:
            return family(value)
        except InputError as error:
            self.fail(said(error.text), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete the keys, with what each family is about."""
        return [
            CompletionItem(key, help=said(one.about))
            for key, one in FAMILIES.items()
            if key.startswith(incomplete.lower())
        ]


class LanguageType(click.Choice[str]):
    """A language by its tag, written as in `--lang zh-TW` or as in `LANG=zh_TW`."""

    def __init__(self) -> None:
        super().__init__(languages(), case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the tag; what names no language is a usage error."""
        return super().convert(language_named(str(value)) or value, param, ctx)


def complete_name(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the short names of the family that stands before."""
    chosen = ctx.params.get("family")
    if not isinstance(chosen, Family):
        return []
    return [
        CompletionItem(chosen.short(member), help=said(member.does))
        for member in chosen.members()
        if chosen.short(member).lower().startswith(incomplete.lower())
    ]


def language_option(command: Command) -> Command:
    """Add `--lang`; its default is the language of the reader, which is that of the environment."""
    return click.option(
        "--lang",
        "language",
        type=LanguageType(),
        default=reader_language,
        callback=lambda _ctx, _param, value: Language(value),
        help="Language of notes and findings (default: from LC_ALL, LC_MESSAGES or LANG).",
    )(command)


INVENTORY = Path("inventories/prod.py")


def inventory_option(command: Decorated) -> Decorated:
    """Add `--inventory` to what cannot do without one: see `_found`."""
    return click.option(
        "--inventory",
        metavar="FILE",
        envvar="OMI_INVENTORY",
        type=click.Path(path_type=Path),
        callback=_found,
        help="The inventory, as pyinfra reads it. (default: OMI_INVENTORY, else"
        " inventories/prod.py)",
    )(command)


def optional_inventory_option(command: Command) -> Command:
    """Add `--inventory` to what knows less without one: None where none is found."""
    return click.option(
        "--inventory",
        metavar="FILE",
        envvar="OMI_INVENTORY",
        type=click.Path(path_type=Path),
        callback=_found_if_any,
        help="Name what the account may send as, by this inventory. (default: OMI_INVENTORY, else"
        " inventories/prod.py)",
    )(command)


def _found(_context: click.Context, _option: click.Parameter, given: Path | None) -> Path:
    """Return what is given, by the option or by OMI_INVENTORY, else production's where it is."""
    path = _found_if_any(_context, _option, given)
    if path is None:
        raise InputError(
            "there is no {inventory} here: name one by --inventory FILE or in OMI_INVENTORY, or go "
            "to the directory that holds inventories/",
            inventory=INVENTORY,
        )
    return path


def _found_if_any(
    _context: click.Context, _option: click.Parameter, given: Path | None
) -> Path | None:
    return given or (INVENTORY if INVENTORY.is_file() else None)


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")(
        command
    )


def option_number(chosen: Family, tokens: Iterable[str]) -> int:
    """Return the number for names and numbers as people give them to a command.

    Names may be separated by commas; raises InputError for what is neither name nor number.
    """
    parts = [part for token in tokens for part in _BETWEEN.split(token) if part]
    numbers = [read(part, chosen) for part in parts if _NUMBER.fullmatch(part)]
    names = [part for part in parts if not _NUMBER.fullmatch(part)]
    if not numbers and not names:
        raise InputError("{key}: give at least one name, or 0 for none", key=chosen.key)
    if not names and len(numbers) == 1:
        return numbers[0]
    return codec_of(chosen).encode(names, reduce(or_, numbers, 0))


def read(text: str, chosen: Family | None) -> int:
    """Return a number as people give it to a command, hexadecimal allowed; else InputError."""
    subject = chosen.title if chosen else "number"
    reading = read_number(text, subject=subject, family=chosen, hex_allowed=True)
    if reading.value is None:
        raise InputError(refusal(reading.findings))
    return reading.value


def refusal(findings: Iterable[Finding]) -> Text:
    """Return findings as the one sentence of an error."""
    sentences = (
        _REFUSAL.format(
            subject=one.subject, text=one.text, observed=one.observed, remedy=one.remedy
        )
        for one in findings
    )
    return Text.joined(sentences, SEMICOLON)
