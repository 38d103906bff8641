"""`omi customer check`: customers' files judged here, every mistake at once."""

from pathlib import Path

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, SettingsError, system_text
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.judging import mistakes, shared
from omi_core.language import Language
from omi_core.text import Text

_FINE = Text("nothing is wrong with {count} files")


@click.command(short_help="Say all that is wrong with customers' files.")
@click.argument("names", metavar="FILE|DIRECTORY...", nargs=-1, required=True)
@language_option
@json_option
def check(*, names: tuple[str, ...], language: Language, as_json: bool) -> int:
    """Read the files, or all of a directory, as a deploy does, and say every mistake.

    Nobody is asked. Exit code 1: something is wrong.
    """
    paths = [path for name in names for path in _paths(Path(name))]
    found: list[SettingsError] = []
    fine: dict[str, Customer] = {}
    for path in paths:
        customer, wrong = mistakes(str(path), _read(path))
        found += wrong
        if customer:
            fine[str(path)] = customer
    found += shared(fine)
    code = FINDINGS if found else FINE
    if as_json:
        rows = [
            {"file": one.where, "key": one.key, "problem": one.problem.to_json()} for one in found
        ]
        emit_json({"files": len(paths), "mistakes": rows, "exit_code": code})
    elif found:
        emit(stacked(one.text.in_(language) for one in found))
    else:
        emit(_FINE.format(count=len(paths)).in_(language))
    return code


def _paths(path: Path) -> list[Path]:
    return sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {strerror}", path=str(path), strerror=system_text(error)
        ) from None
    except UnicodeDecodeError:
        return "\x00"  # no TOML either, which is then said of this file
