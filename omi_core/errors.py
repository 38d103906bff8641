"""The errors of this package.

OmiError
├── InputError (ValueError)        what a person wrote is wrong: exit code 2
│   ├── SettingsError              in an inventory or a customer's file
│   └── UnreadableError            a certificate that holds what cannot be read (tls.readable)
└── ObservationError (OSError)     we could not look: exit code 3

A failed check is no exception but a finding; see omi_core.findings.
"""


class OmiError(Exception):
    """Root of all errors that this package raises on purpose; its text is one sentence."""


class InputError(OmiError, ValueError):
    """Something a person wrote cannot be used: what, where, and what would be right."""


class SettingsError(InputError):
    """An inventory or a customer's file is wrong: names the file, the key and the mend."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")
        self.where = where
        self.key = key
        self.problem = problem


class ObservationError(OmiError, OSError):
    """The state of something outside could not be read, which is never the same as fine."""
