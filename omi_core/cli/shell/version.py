"""Which version this is: of the package, and of the commit where it runs in a checkout."""

import platform
import subprocess
from importlib.metadata import version as version_of

from omi_core.places import IS_CHECKOUT, ROOT

PACKAGE = "omi-relay"
_PATIENCE_S = 5


def version() -> str:
    """Return the line that a report of a fault should begin with."""
    commit = _commit() if IS_CHECKOUT else ""
    beside = f"pyinfra {version_of('pyinfra')}, Python {platform.python_version()}"
    return f"omi {commit or version_of(PACKAGE)} ({beside})"


def _commit() -> str:
    """Return the last tag and the commit; what was installed says less of a checkout that moves on.

    Empty where git does not know.
    """
    try:
        done = subprocess.run(
            ["git", "-C", ROOT, "describe", "--tags", "--always", "--dirty"],
            capture_output=True,
            check=False,
            text=True,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
