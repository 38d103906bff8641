"""Old import paths answer with the new one, in a sentence."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "omi_core.infra": "omi_core.inventory for inventories, and omi_core.relay for deploys",
    "omi_core.settings": "omi_core.inventory.model",
    "omi_core.issuers": "omi_core.inventory.issuers",
    "omi_core.customers": "omi_core.inventory.customers.customer",
    "omi_core.checks": "omi_core.probe, and omi_core.findings",
    "omi_core.evaluate": "omi_core.mailauth",
    "omi_core.tls": "omi_core.certificates",
}


class MovedFinder:
    """Asked last, for modules that nobody has found.

    It does not derive from `importlib.abc.MetaPathFinder`, whose import takes as long as all else
    that a short command needs.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the import system's signature
        target: ModuleType | None = None,  # noqa: ARG002 - the same
    ) -> ModuleSpec | None:
        """Raise ModuleNotFoundError with the new path where there is one."""
        if new := MOVED.get(fullname):
            raise ModuleNotFoundError(f"{fullname} is now {new}", name=fullname)
        return None


def answer() -> None:
    """Let the import system ask, once."""
    if not any(isinstance(finder, MovedFinder) for finder in sys.meta_path):
        sys.meta_path.append(MovedFinder())
