"""Everything that is wrong with customers' files at once: pure.

The reader stops at the first mistake. Here each is noted, put right in a copy, and the copy is read
again, until nothing is wrong with it any more.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy

from omi_core.errors import SettingsError
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.files import customer_of, refuse_shared

MOST = 100  # mistakes of one file
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]{1,6})\]", re.ASCII)
_HASH = "{SHA512-CRYPT}$6$x$" + "x" * 86


def mistakes(where: str, text: str) -> tuple[Customer | None, tuple[SettingsError, ...]]:
    """Return the customer, None where the file says none, and all that is wrong with it."""
    try:
        table: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        wrong = SettingsError(where, "", "cannot be read as TOML: {error}", error=error)
        return None, (wrong,)
    table = deepcopy(table)
    found: list[SettingsError] = []
    while len(found) < MOST:
        try:
            customer = customer_of(where, table)
        except SettingsError as error:
            found.append(error)
            if not _mended(table, error.key, len(found)):
                return None, tuple(found)
        else:
            return (None if found else customer), tuple(found)
    return None, tuple(found)


def shared(customers: Mapping[str, Customer]) -> Iterator[SettingsError]:
    """Yield for each file that claims what one before it has; the customers are by file."""
    fine: dict[str, Customer] = {}
    for path, customer in customers.items():
        try:
            refuse_shared({**fine, path: customer})
        except SettingsError as error:
            yield error
        else:
            fine[path] = customer


def _mended(table: dict[str, object], key: str, number: int) -> bool:
    """Put something right at `key`, or take it away; False where there is no such place."""
    steps = [name or int(index) for name, index in _STEP.findall(key)]
    at: object = table
    for step in steps[:-1]:
        try:
            at = at[step]  # type: ignore[index]  # what is none is caught
        except (KeyError, IndexError, TypeError):
            return False
    if not steps:
        return False
    last, right = steps[-1], _right(str(steps[-1]), steps, table, number)
    if right is None:
        return isinstance(at, dict) and at.pop(last, None) is not None
    try:
        at[last] = right  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _right(last: str, steps: list[str | int], table: Mapping[str, object], number: int) -> object:
    """Return what would be right there; None for what may be left out."""
    name = last if not last.isdigit() else str(steps[-2])
    domain = f"mended-{number}.example"
    if name == "senders":
        domains = table.get("domains")
        own = str(domains[0]) if isinstance(domains, list) and domains else domain
        return own if last.isdigit() else [own]
    if name == "domains":
        return domain if last.isdigit() else [domain]
    return {
        "name": "mended",
        "login": f"mended-{number}",
        "password_hash": _HASH,
        "account": [],
    }.get(name)
