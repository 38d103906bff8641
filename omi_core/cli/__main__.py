"""`omi`, and `python -m omi_core.cli`: runs a command and turns what happened into an exit code.

0 fine, 1 findings at error level, 2 usage or bad input, 3 could not look; never a traceback.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from io import StringIO, TextIOWrapper
from typing import NoReturn

import click

from omi_core.cli.program import omi
from omi_core.cli.reader import hush, language_asked, say, speak, tell
from omi_core.cli.retold import for_reader
from omi_core.cli.screen import screens
from omi_core.cli.terminal import abandon_stdout
from omi_core.errors import InputError, OmiError
from omi_core.exit_codes import BAD_INPUT, COULD_NOT_LOOK, FINE, INTERRUPTED
from omi_core.text import Text

_SAID = Text.plain("omi: {problem}")
_SAID_OF = Text.plain("omi: {what}: {problem}")
_FAULT = Text("internal error: {error}; please report it (OMI_DEBUG=1 shows where)")


def main() -> NoReturn:
    """Run the command in sys.argv and exit with its code."""
    code = run(sys.argv[1:])
    _leave_stdout()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; errors become one sentence on stderr."""
    _let_anything_be_printed()
    with screens():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    speak(language_asked(arguments, os.environ))
    hush(quiet=False)
    if "OMI_DEBUG" in os.environ:
        _show_faults()
    try:
        code: int | None = for_reader(omi).main(
            list(arguments), prog_name="omi", standalone_mode=False
        )
        sys.stdout.flush()
    except (click.ClickException, InputError) as error:
        return _say(error)
    except click.Abort:
        return INTERRUPTED
    except OSError as error:
        return _say_os_error(error)
    except Exception as error:  # noqa: BLE001 - a fault of ours is told in a sentence too
        from omi_core.findings.contained import log_fault  # slow, and seldom needed

        log_fault("omi " + " ".join(arguments[:2]), error)
        if "OMI_DEBUG" in os.environ:
            traceback.print_exc()
        say(_SAID.format(problem=_FAULT.format(error=repr(error))))
        return COULD_NOT_LOOK
    return code or FINE


class _Whole(StringIO):
    """Keeps what click says as it is; from anything but a terminal it takes escape sequences out.

    An argument that it repeats would lose what makes it wrong.
    """

    def isatty(self) -> bool:
        """Say yes."""
        return True


def _say(error: click.ClickException | InputError) -> int:
    if isinstance(error, click.ClickException):
        asked = _Whole()
        error.show(asked)
        tell(asked.getvalue().removesuffix("\n"))
    else:
        say(_SAID.format(problem=error.text))
    return BAD_INPUT


def _say_os_error(error: OSError) -> int:
    problem = error.text if isinstance(error, OmiError) else Text(error.strerror or str(error))
    if error.filename:
        say(_SAID_OF.format(what=repr(os.fsdecode(error.filename)), problem=problem))
    else:
        say(_SAID.format(problem=problem))
    return COULD_NOT_LOOK


def _let_anything_be_printed() -> None:
    """Keep a terminal that cannot show a character from ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _show_faults() -> None:
    """Write to stderr where a fault is that cost one subject its result."""
    import logging  # slow to import, and only who looks for a fault needs it

    logging.basicConfig()


def _leave_stdout() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        abandon_stdout()


if __name__ == "__main__":
    main()
