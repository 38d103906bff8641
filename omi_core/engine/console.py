"""What a run says of a row, printable: pyinfra prints words as they are, whoever sent them.

`guard` does the same to what pyinfra says by itself: the output of a command, an error, the name of
an operation. Colours pass there, since pyinfra mixes its own into the words.
"""

import logging
from collections.abc import Sequence

import click
import pyinfra
from pyinfra.api import output
from pyinfra.api.exceptions import OperationError
from pyinfra.api.host import Host

from omi_core.printable import printable, printable_but_colours

FEW = 20  # lines of one kind that a person reads


def log(row: Host, words: str) -> None:
    """Say one line of the row."""
    row.log(_line(words))


def log_each(row: Host, lines: Sequence[str], kind: str) -> None:
    """Say lines of one kind; of more than a few only how many there are, without `-v`.

    `kind` says it with the number in the place of `{count}`.
    """
    if len(lines) <= FEW or row.state.print_noop_info:
        for line in lines:
            log(row, line)
    else:
        log(row, f"{kind.format(count=f'{len(lines):,}')} (-v lists them)")


def log_styled(row: Host, words: str, *, fg: str) -> None:
    """Say one line of the row in a colour."""
    row.log_styled(_line(words), fg=fg)


def noop(row: Host, words: str) -> None:
    """Say why nothing is done."""
    row.noop(_line(words))


def refused(words: str) -> OperationError:
    """Return the error that pyinfra prints as one line while it prepares."""
    return OperationError(_line(words))


def guard() -> None:
    """Make all printable that pyinfra's command line says from now on."""
    pyinfra.logger.addFilter(_logged)
    if pyinfra.is_cli:
        output.set_echo(_echo)


def _logged(record: logging.LogRecord) -> bool:
    record.msg, record.args = printable_but_colours(record.getMessage()), None
    return True


def _echo(message: object = None, *, err: bool = False, nl: bool = True) -> None:
    words = printable_but_colours(message) if isinstance(message, str) else message
    click.echo(words, err=err, nl=nl)


def _line(words: str) -> str:
    # Tabs are what differs, or does not, in a line of `--diff`.
    return "\t".join(map(printable, words.split("\t")))
