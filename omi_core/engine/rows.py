"""The rows of the inventory that a run works on, and the settings of the row at work."""

from weakref import WeakKeyDictionary

from pyinfra.api.exceptions import InventoryError
from pyinfra.api.host import Host
from pyinfra.context import host, inventory

from omi_core.errors import InputError
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.own.settings import NAMES, with_data

_relays: WeakKeyDictionary[Host, Relay] = WeakKeyDictionary()


def relay_of(row: Host) -> Relay | None:
    """Return a row's relay with what the data of its groups say; None for a row of another kind.

    pyinfra hands out the data of a host before those of its groups, and of `all` last.
    """
    if row not in _relays:
        relay = row.data.get("relay")
        if not isinstance(relay, Relay):
            return None
        data = {name: value for name in NAMES if (value := row.data.get(name)) is not None}
        try:
            _relays[row] = with_data(relay, data, f"data of {row.name}")
        except InputError as error:
            raise InventoryError(str(error)) from None
    return _relays[row]


def this_relay() -> Relay | None:
    """Return the settings of the relay that the deploy runs for; None on the control row."""
    return relay_of(host_at_work())


def host_at_work() -> Host:
    """Return the row itself: pyinfra's `host` is one proxy for all."""
    return inventory.get_host(host.name)


def this_control() -> Environment | None:
    """Return the environment when the deploy runs for the control row."""
    found = host.data.get("control")
    return found if isinstance(found, Environment) else None


def this_environment() -> Environment:
    """Return the environment of the row that the deploy runs for, whichever kind it is."""
    relay, control = this_relay(), this_control()
    if relay is not None:
        return relay.environment
    if control is None:
        raise InventoryError(f"{host.name} was made by neither relay_host nor control_row")
    return control


def relay_rows() -> tuple[Host, ...]:
    """Every relay's row, in the inventory's order, whatever `--limit` says."""
    return tuple(row for row in inventory if relay_of(row))


def all_relays() -> tuple[Relay, ...]:
    """The settings of every relay of the inventory, in its order."""
    return tuple(relay for row in inventory if (relay := relay_of(row)))
