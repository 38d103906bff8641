"""`make texts`: brings every catalogue in locale/ up to date with the code, and compiles it.

What was translated stays; what is said no longer goes; what is new stands there untranslated, and
nothing is guessed from what is similar. The file depends on the texts alone: no time, no line
numbers, no names of people. With --check nothing is written, and exit code 1 says that something
is out of date or untranslated; with --compile the translations are compiled as they are.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from omi_core import language
from omi_core.cli.collected import Found, collected

_HEADER = """msgid ""
msgstr ""
"Language: {name}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def main(arguments: Sequence[str]) -> int:
    """Bring the catalogues up to date, or say what is missing; return the exit code."""
    asked = _parser().parse_args(arguments)
    sources = sorted(language.LOCALE.glob("*/LC_MESSAGES/omi.po"))
    if asked.compile:
        for source in sources:
            compile_catalogue(source)
        return 0
    found = tuple(collected())
    problems = [line for source in sources for line in _problems(source, found)]
    if not asked.check:
        for source in sources:
            source.write_bytes(updated(source, found))
            compile_catalogue(source)
        problems = [line for source in sources for line in _problems(source, found)]
    for line in problems:
        print(line, file=sys.stderr)  # noqa: T201 - a program of a developer
    return int(bool(problems) and asked.check)


def compile_catalogue(source: Path) -> None:
    """Write the `omi.mo` beside an `omi.po`."""
    with source.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, _read(source))


def updated(source: Path, found: Iterable[Found]) -> bytes:
    """Return what the file of a catalogue must be: every text that is said, and no other."""
    made, held = _empty(source), _read(source)
    for one in found:
        made.add(one.words, locations=[(one.where, 0)], context=one.context)
    for message in made:
        if message.id:
            _take_over(message, held.get(_key(message), message.context), made.num_plurals)
    written = BytesIO()
    write_po(written, made, omit_header=True, sort_output=True, include_lineno=False)
    header = _HEADER.format(name=_name(source), plural_forms=made.plural_forms)
    return header.encode() + written.getvalue().strip() + b"\n"


def untranslated(source: Path) -> Iterator[str]:
    """Yield the English of each text that a catalogue does not translate."""
    for message in _read(source):
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        if message.id and (message.fuzzy or not all(forms)):
            yield _key(message)


def _take_over(message: Message, held: Message | None, plurals: int) -> None:
    """Give a text the translation that it has, and what its translator wrote beside it."""
    forms = held.string if held and isinstance(held.string, tuple | list) else ()
    if message.pluralizable:
        message.string = (*forms[:plurals], *[""] * (plurals - len(forms)))
    else:
        message.string = held.string if held and not forms else ""
    message.user_comments = held.user_comments if held else []
    message.flags = {"fuzzy"} if held and held.fuzzy else set()


def _problems(source: Path, found: Iterable[Found]) -> Iterator[str]:
    name = _name(source)
    if source.read_bytes() != updated(source, found):
        yield f"{name}: the catalogue is not what the code says; run make texts"
    yield from (f"{name}: not translated: {words!r}" for words in untranslated(source))


def _read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=_name(source))


def _empty(source: Path) -> Catalog:
    return Catalog(locale=_name(source), fuzzy=False)


def _name(source: Path) -> str:
    """Return the language as gettext names it: the folder, such as zh_TW."""
    return source.parent.parent.name


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m omi_core.cli.catalogues", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if in need")
    parser.add_argument("--compile", action="store_true", help="compile the translations only")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
