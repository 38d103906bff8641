"""The rows of the inventory that a run works on, and the settings of the row at work."""

from pyinfra.api.exceptions import InventoryError
from pyinfra.api.host import Host
from pyinfra.context import host, inventory

from omi_core.inventory.model import Environment, Relay


def this_relay() -> Relay | None:
    """Return the settings of the relay that the deploy runs for; None on the control row."""
    relay = host.data.get("relay")
    return relay if isinstance(relay, Relay) else None


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
    return tuple(row for row in inventory if isinstance(row.data.get("relay"), Relay))


def all_relays() -> tuple[Relay, ...]:
    """The settings of every relay of the inventory, in its order."""
    return tuple(row.data.get("relay") for row in relay_rows())
