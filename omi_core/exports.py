"""What a package exports, imported when it is asked for: `import omi_core.probe` costs nothing."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy(package: str, places: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package (PEP 562).

    `places` says in which module each name is. What it does not hold is an AttributeError, on
    which the import system goes on to look for a module of that name.
    """

    def imported(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(places[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return imported
