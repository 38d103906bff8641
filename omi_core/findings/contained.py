"""A fault of ours while one subject is looked at: told in a sentence, and never of another subject.

The traceback goes to a logger, which prints nothing by itself; OMI_DEBUG=1 shows it.
"""

import logging
import traceback

from omi_core.printable import printable
from omi_core.text import Text

_LOG = logging.getLogger("omi_core.contained")
# Without a handler of any kind, Python would print warnings to stderr.
_LOG.addHandler(logging.NullHandler())
_NOT_CHECKED = Text("not checked, by a fault of omi itself; please report it: {fault}")
_LONGEST = 200


def not_checked(subject: str, error: Exception, *, in_words: bool = True) -> Text:
    """Return why `subject` was not checked, and log where the fault is.

    Without words only the class of the error is named, here and in the log: what it says may
    repeat what was sent, a password included.
    """
    name = type(error).__name__
    words = _words(error) if in_words else ""
    lines = "".join(traceback.format_tb(error.__traceback__))
    _LOG.warning("%s was not checked: %s %s\n%s", printable(subject), name, words, lines)
    return _NOT_CHECKED.format(fault=f"{name}: {words}" if words else name)


def _words(error: Exception) -> str:
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an error that cannot even be told
        return ""
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
    return printable(short)
