"""The errors of this package.

OmiError
├── InputError (ValueError)        what a person wrote is wrong: exit code 2
│   ├── SettingsError              in an inventory or a customer's file
│   └── UnreadableError            a certificate that holds what cannot be read
└── ObservationError (OSError)     we could not look: exit code 3

A failed check is not an exception but a finding; see omi_core.findings.
"""

from omi_core.printable import printable
from omi_core.text import Text


class OmiError(Exception):
    """Root of all errors that this package raises on purpose; its text is one sentence.

    `values` fill the braces of the text. One that is an error of ours, or a Text, is told in the
    reader's language; anything else as str() has it. str() of the error is its English, printable
    whoever logs or shows it; `text` has the words as they came.
    """

    def __init__(self, text: Text | str, /, **values: object) -> None:
        made = Text(text) if isinstance(text, str) else text
        self.text = filled(made, values) if values else made
        super().__init__(printable(self.text.en))


class InputError(OmiError, ValueError):
    """Something a person wrote cannot be used: what, where, and what would be right."""


class SettingsError(InputError):
    """An inventory or a customer's file is wrong: names the file, the key and the fix."""

    def __init__(self, where: str, key: str, problem: Text | str, /, **values: object) -> None:
        made = Text(problem) if isinstance(problem, str) else problem
        self.problem = filled(made, values) if values else made
        place = f"{where}: {key}" if key else where
        super().__init__(Text.plain("{place}: {problem}"), place=place, problem=self.problem)
        self.where = where
        self.key = key


class ObservationError(OmiError, OSError):
    """The state of something outside could not be read, which is never the same as fine."""


def filled(text: Text, values: dict[str, object]) -> Text:
    """Return `text` with `values` in its braces."""
    return text.format(**{name: _sayable(each) for name, each in values.items()})


def text_of(error: Exception) -> Text:
    """Return what an error says, in every language where it is one of ours."""
    return error.text if isinstance(error, OmiError) else Text.plain(str(error))


def system_text(error: OSError) -> Text:
    """Return what the system says of an error (strerror(3)); the catalogues hold the usual ones."""
    return Text(error.strerror or str(error) or type(error).__name__)


def _sayable(value: object) -> str | float | Text:
    if isinstance(value, Exception):
        return text_of(value)
    return value if isinstance(value, str | int | float | Text) else str(value)
