"""The last step of a deploy: what the relays' customers would meet, looked at from here.

The looking is a process of its own: pyinfra's command line replaces the sockets of this one.
"""

import runpy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from omi_core.checks.probe import Expectation
from omi_core.errors import InputError
from omi_core.names import Address, Fqdn
from omi_core.settings import Environment, Relay

PATIENCE_S = 120
COULD_NOT_LOOK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What an inventory lets a verification expect."""

    public_names: tuple[Fqdn, ...]
    expectation: Expectation
    senders: Mapping[str, Address]  # by folded login: an address that it may use


def read_inventory(path: Path) -> Inventory:
    """Execute an inventory as pyinfra does; raises InputError where it holds no relay."""
    try:
        rows = runpy.run_path(str(path)).values()
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # noqa: BLE001 - an inventory is a program: its mistakes are its own
        raise InputError(f"{path}: {error}") from None
    relays = tuple(_relays(rows))
    if not relays:
        raise InputError(f"{path} holds no relay; see inventories/prod.py")
    return inventory_of(relays[0].environment, relays)


def inventory_of(environment: Environment, relays: Iterable[Relay]) -> Inventory:
    """Return what these settings let a verification expect."""
    addresses = {relay.name: frozenset(relay.addresses) for relay in relays}
    everywhere = frozenset(one for each in addresses.values() for one in each)
    return Inventory(
        public_names=environment.public_names,
        expectation=Expectation(
            plaintext_auth=environment.plaintext_auth,
            message_size_limit=environment.message_size_limit,
            addresses={name: addresses.get(name, everywhere) for name in environment.public_names},
        ),
        senders=_senders(environment),
    )


def _senders(environment: Environment) -> dict[str, Address]:
    """An address for each login: one that is written out, else postmaster of its domain."""
    found: dict[str, Address] = {}
    for customer in environment.customers:
        for account in customer.accounts:
            for sender in account.senders:
                local = sender.local_part or "postmaster"
                found.setdefault(account.login.lower(), Address(local, sender.domain))
    return found


def _relays(values: Iterable[object]) -> Iterable[Relay]:
    for value in values:
        rows = value if isinstance(value, list) else []
        for row in rows:
            data = row[1] if isinstance(row, tuple) and len(row) > 1 else None
            relay = data.get("relay") if isinstance(data, dict) else None
            if isinstance(relay, Relay):
                yield relay
