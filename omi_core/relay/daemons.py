"""Which daemon does what beside Postfix: another one is a folder of its own, and its line here.

A folder says in its `__init__` what others must know of the daemon, and in `component.py` what it
is: PACKAGES and `service`. The folder, its component and the line of its fact have one name.
"""

from types import ModuleType

from omi_core.relay import dovecot as passwords
from omi_core.relay import rspamd as signer

__all__ = ["name_of", "passwords", "signer"]


def name_of(daemon: ModuleType) -> str:
    """Return the name of a daemon's folder, which its component has too."""
    return daemon.__name__.rpartition(".")[2]
