"""What an inventory knows, for completion in a shell: customers, logins, domains, hosts.

A shell waits while this runs and shows nothing of what goes wrong, so nothing is raised.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omi_core.cli.arguments import INVENTORY
from omi_core.inventory.load import relays_in

if TYPE_CHECKING:
    from omi_core.inventory.model import Environment, Relay

_OF_ENVIRONMENT: "dict[str, Callable[[Environment], Iterable[str]]]" = {
    "customers": lambda known: (one.name for one in known.customers),
    "logins": lambda known: (each.login for one in known.customers for each in one.accounts),
    "domains": lambda known: (domain.relative for domain in known.sender_domains),
    "hosts": lambda known: (name.relative for name in known.public_names),
}


def known(kind: str, given: Mapping[str, Any], incomplete: str) -> list[str]:
    """Return what begins with `incomplete`, sorted; `given` are the options that were typed.

    Nothing that a shell would take for two words, or for a command, is among it.
    """
    inventory = Path(given.get("inventory") or os.environ.get("OMI_INVENTORY") or INVENTORY)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            names = set(_names(kind, inventory, given))
    except Exception:  # noqa: BLE001 - an inventory is a program
        return []
    begin = incomplete.casefold()
    return sorted(name for name in names if name.casefold().startswith(begin) and _is_plain(name))


def _names(kind: str, inventory: Path, given: Mapping[str, Any]) -> Iterable[str]:
    if kind == "customer_files":
        from omi_core.cli.customer.files import directory_of

        directory = directory_of(inventory, given.get("customers"))
        return [path.stem for path in directory.glob("*.toml")]
    relays: tuple[Relay, ...] = relays_in(inventory)
    if kind == "relays":
        return [relay.name.relative for relay in relays]
    return _OF_ENVIRONMENT[kind](relays[0].environment)


def _is_plain(name: str) -> bool:
    return all(character.isalnum() or character in "._-@+" for character in name)
