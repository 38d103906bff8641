"""A fault of ours while one subject is looked at: told in a sentence, and never of another subject.

Its traceback goes to a log, for whoever mends it: the file that OMI_LOG names, by default
`faults.log` in the user's state directory (XDG_STATE_HOME); with OMI_LOG empty there is none.
Nothing of it is on the screen, unless OMI_DEBUG asks for it.
"""

import logging
import os
import traceback
from contextlib import suppress
from pathlib import Path

from omi_core.printable import printable
from omi_core.text import Text

_LOG = logging.getLogger("omi_core.contained")
_NOT_CHECKED = Text("not checked, by a fault of omi itself; please report it: {fault}")
_LONGEST = 200
_MOST_OCTETS = 2**20  # of a log; one as long as that is kept beside it


class FaultLog(logging.Handler):
    """Appends to the log; one that cannot be written costs nobody a result."""

    def emit(self, record: logging.LogRecord) -> None:
        """Append a fault, with the time at which it was."""
        path = log_path()
        if path is None:
            return
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.is_file() and path.stat().st_size > _MOST_OCTETS:
                path.replace(path.with_name(f"{path.name}.1"))
            # Names of customers stand in it.
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{self.format(record)}\n")


def log_path() -> Path | None:
    """Return where faults are logged; None where OMI_LOG is empty, or there is no home."""
    given = os.environ.get("OMI_LOG")
    if given is not None:
        return Path(given) if given else None
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    except RuntimeError:
        return None
    return Path(state) / "omi/faults.log"


_HANDLER = FaultLog()
_HANDLER.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
# Without a handler of any kind, Python would print warnings to stderr.
_LOG.addHandler(_HANDLER)


def not_checked(subject: str, error: BaseException, *, in_words: bool = True) -> Text:
    """Return why `subject` was not checked, and log where the fault is.

    Without words only the class of the error is named, here and in the log: what it says may
    repeat what was sent, a password included.
    """
    return _NOT_CHECKED.format(fault=log_fault(subject, error, in_words=in_words))


def log_fault(subject: str, error: BaseException, *, in_words: bool = False) -> str:
    """Log where a fault is, and return what it is called."""
    name = type(error).__name__
    words = _said(error) if in_words else ""
    fault = f"{name}: {words}" if words else name
    # The frames of the code alone: neither values nor, of what is chained to it, words.
    lines = "".join(traceback.format_tb(error.__traceback__))
    _LOG.warning("%s was not checked: %s\n%s", _printable(subject), fault, lines)
    return fault


def _said(error: BaseException) -> str:
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an error that cannot even be told
        return ""
    return _printable(words)


def _printable(words: str) -> str:
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
    return printable(short)
