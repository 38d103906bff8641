"""An inventory read without a run of pyinfra: its relays, and the environment they share."""

from collections.abc import Iterator
from pathlib import Path

from omi_core.errors import InputError, system_text
from omi_core.inventory.model import Relay


def relays_in(path: Path) -> tuple[Relay, ...]:
    """Execute an inventory and return its relays in order; InputError where it holds none."""
    import runpy

    try:
        values = list(runpy.run_path(str(path)).values())
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {strerror}", path=str(path), strerror=system_text(error)
        ) from None
    except Exception as error:  # noqa: BLE001 - an inventory is a program: its mistakes are its own
        raise InputError("{path}: {error}", path=path, error=error) from None
    relays = tuple(relay for value in values for relay in _relays(value))
    if not relays:
        raise InputError("{path} holds no relay; see inventories/prod.py", path=path)
    return relays


def _relays(value: object) -> Iterator[Relay]:
    for row in value if isinstance(value, list) else ():
        data = row[1] if isinstance(row, tuple) and len(row) > 1 else None
        relay = data.get("relay") if isinstance(data, dict) else None
        if isinstance(relay, Relay):
            yield relay
