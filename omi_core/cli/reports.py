"""The options of the commands that write reports: one for each form that there is."""

from collections.abc import Callable, Mapping
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.files import write_file
from omi_core.language import Language
from omi_core.reports import forms, writer

if TYPE_CHECKING:
    from omi_core.reports import Verified

Command = Callable[..., int]


def report_options(command: Command) -> Command:
    """Add `--FORM FILE` for each form; the command gets `reports`, the file of each one given."""

    @wraps(command)
    def collected(*arguments: Any, **given: Any) -> int:
        files = {form: given.pop(form) for form in forms()}
        return command(*arguments, reports={k: v for k, v in files.items() if v}, **given)

    options = [
        click.option(f"--{form}", metavar="FILE", help=f"{what}.") for form, what in forms().items()
    ]
    return reduce(lambda made, option: option(made), reversed(options), collected)


def write_reports(report: "Verified", files: Mapping[str, str], language: Language) -> None:
    """Write each file in its form; raises InputError where that cannot be."""
    for form, path in files.items():
        write_file(path, writer(form)(report, language))
