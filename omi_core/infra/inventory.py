"""What inventories and deploys call: rows of the inventory, and the settings of the row at work.

A mistake in an inventory stops pyinfra with one sentence that names the file and the line.
"""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from pyinfra.api.exceptions import InventoryError
from pyinfra.api.host import Host
from pyinfra.context import host, inventory

from omi_core import customers, settings
from omi_core.errors import InputError
from omi_core.settings import Environment, InternalCa, Relay, Rfc2136

P = ParamSpec("P")
T = TypeVar("T")

Row = tuple[str, dict[str, object]]


def _one_sentence(function: Callable[P, T]) -> Callable[P, T]:
    """Turn a refusal into pyinfra's own error, which its command line prints without traceback."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            raise InventoryError(str(error)) from None

    return wrapped


@_one_sentence
def environment(**values: object) -> Environment:
    """Build the Environment of an inventory; arguments as `settings.parse_environment` has them."""
    return settings.parse_environment(_where(), **values)  # type: ignore[arg-type]


@_one_sentence
def relay_host(
    name: str,
    *,
    environment: Environment,
    ipv4: str | None = None,
    ipv6: str | None = None,
    ssh: str | None = None,
) -> Row:
    """Return the inventory row of one relay; `ssh` is where to log in, by default its address."""
    relay = settings.parse_relay(_where(), name, ipv4=ipv4, ipv6=ipv6, environment=environment)
    return (relay.name.relative, {"relay": relay, "ssh_hostname": ssh or str(relay.addresses[0])})


def internal_ca(directory: str) -> InternalCa:
    """Return the issuer whose key and root lie in `directory`; made there on first use."""
    return InternalCa(directory=Path(directory))


@_one_sentence
def rfc2136(*, server: str, key_file: str, port: int = 53) -> Rfc2136:
    """Return the primary that takes updates signed by the TSIG key in `key_file`."""
    return settings.parse_rfc2136(_where(), server=server, key_file=key_file, port=port)


def control_row(environment: Environment) -> Row:
    """Return the row of this machine, so that what runs here is seen in plans and limits."""
    return ("@local", {"control": environment})


@_one_sentence
def load_customers(directory: str) -> tuple[customers.Customer, ...]:
    """Read the customers' files of an environment; see `omi_core.customers`."""
    return customers.load_customers(directory)


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


def _where() -> str:
    """Name the file and the line of the inventory that is being loaded."""
    package = str(Path(__file__).parent)
    frames = traceback.extract_stack()
    outside = [f for f in frames if not f.filename.startswith(package)]
    return f"{outside[-1].filename}:{outside[-1].lineno}"
