"""The options of the commands that write reports: one for each form that there is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, reduce, wraps
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.files import write_file
from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.language import Language
from omi_core.reports import forms, writer

if TYPE_CHECKING:
    from omi_core.onboarding.report import DnsReport, DomainReport
    from omi_core.probe.report import CellReport, Report
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


def write_reports(report: "Verified", files: Mapping[str, str], language: Language) -> set[int]:
    """Write each file in its form, and return the exit codes that this adds.

    What cannot be written in a form is said to be not checked there, and costs nothing else its
    place. Raises InputError for a file that cannot be written.
    """
    codes = set()
    for form, path in files.items():
        write = partial(_text, form, language)
        try:
            text = write(report)
        except Exception:  # noqa: BLE001 - of whatever it is, the others are still written
            text = write(_sifted(report, write))
            codes.add(COULD_NOT_LOOK)
        write_file(path, text)
    return codes


def _text(form: str, language: Language, report: "Verified") -> str:
    return writer(form)(report, language)


def _sifted(report: "Verified", write: Callable[["Verified"], str]) -> "Verified":
    """Return the report with what cannot be written alone replaced by why it is not there."""
    from omi_core.onboarding.report import DnsReport

    if isinstance(report, DnsReport):
        return _sifted_domains(report, write)
    return _sifted_cells(report, write)


def _sifted_domains(report: "DnsReport", write: Callable[["Verified"], str]) -> "DnsReport":
    from omi_core.onboarding.bulk import told
    from omi_core.onboarding.report import DnsReport

    def alone(one: "DomainReport") -> str:
        return write(DnsReport(domains=(one,)))

    return DnsReport(domains=tuple(told(each, alone)[0] for each in report.domains))


def _sifted_cells(report: "Report", write: Callable[["Verified"], str]) -> "Report":
    from omi_core.findings.contained import not_checked
    from omi_core.probe.checklist import unchecked_cell

    def sifted(one: "CellReport") -> "CellReport":
        try:
            write(replace(report, names=(), cells=(one,)))
        except Exception as error:  # noqa: BLE001 - as above
            why = not_checked(one.cell.subject, error, in_words=False)
            return unchecked_cell(one.cell, why)
        return one

    return replace(report, cells=tuple(map(sifted, report.cells)))
