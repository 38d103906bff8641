"""What can go wrong in the lab, as one sentence that names the cause and the fix.

LabError
├── UsageError     exit 2: the command line asked for something that does not exist
└── (itself)       exit 3: the lab could not be used, or could not look
"""


class LabError(Exception):
    """The lab cannot do this here; the text says why and what to do."""

    exit_code = 3


class UsageError(LabError):
    """The command line asked for what does not exist."""

    exit_code = 2
