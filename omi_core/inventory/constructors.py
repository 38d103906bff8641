"""What inventories call: the environment, its parts, and the rows that pyinfra reads.

A mistake in an inventory stops pyinfra with one sentence that names the file and the line.
pyinfra itself is not needed here: the command line reads inventories too.
"""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from omi_core.errors import InputError, SettingsError
from omi_core.inventory import parse, parse_dns, parse_issuers
from omi_core.inventory.customers import files
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.firewall.parse import parse_accept, parse_firewall
from omi_core.inventory.limits import parse as parse_limits
from omi_core.inventory.limits.model import LimitDefaults
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.next_hops import parse as parse_hops
from omi_core.inventory.next_hops.hop import NextHop
from omi_core.inventory.reader import Reader
from omi_core.inventory.secrets.command import parse_secret_command
from omi_core.inventory.secrets.hashes import with_hashes
from omi_core.inventory.secrets.sources import read_secret
from omi_core.inventory.shaping.parse import parse_receiver, parse_warm_up
from omi_core.inventory.shaping.receiver import Receiver, WarmUp
from omi_core.inventory.updates.parse import parse_updates
from omi_core.secret import Secret

P = ParamSpec("P")
T = TypeVar("T")

Row = tuple[str, dict[str, object]]

# By the environment's identity: what its rows have, and where it was written.
_rows: dict[int, tuple[Environment, dict[str, str]]] = {}


def _from_inventory(parse: Callable[Concatenate[str, P], T]) -> Callable[P, T]:
    """Hand `parse` its place in the inventory; what it refuses becomes pyinfra's own error.

    pyinfra's command line prints that as one line. So are arguments that `parse` does not know.
    """

    @wraps(parse)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        where = _where()
        try:
            _refuse_arguments(where, parse, args, kwargs)
            return parse(where, *args, **kwargs)
        except InputError as error:
            raise _refusal(str(error)) from None

    return wrapped


def _refuse_arguments(
    where: str, parse: Callable[..., object], args: tuple[object, ...], named: dict[str, object]
) -> None:
    signature = inspect.signature(parse)
    known = list(signature.parameters)[1:]
    for name in named:
        if name not in known:
            raise SettingsError(
                where, name, "is not a known setting; known are {known}", known=", ".join(known)
            )
    try:
        signature.bind(where, *args, **named)
    except TypeError as error:
        raise SettingsError(where, parse.__name__, str(error)) from None


def _refusal(sentence: str) -> Exception:
    """Return pyinfra's own error while pyinfra reads the inventory: it prints that as one line."""
    pyinfra = sys.modules.get("pyinfra.api.exceptions")
    return InputError(sentence) if pyinfra is None else pyinfra.InventoryError(sentence)


environment = _from_inventory(parse.parse_environment)
rfc2136 = _from_inventory(parse_dns.parse_rfc2136)
cloudflare = _from_inventory(parse_dns.parse_cloudflare)
manual_dns = _from_inventory(parse_dns.parse_manual_dns)
dns_service = _from_inventory(parse_dns.parse_dns_service)
policies = _from_inventory(parse_dns.parse_policies)
rotation = _from_inventory(parse_dns.parse_rotation)
internal_ca = _from_inventory(parse_issuers.parse_internal_ca)
acme = _from_inventory(parse_issuers.parse_acme)
provided_files = _from_inventory(parse_issuers.parse_provided_files)
certificates = _from_inventory(parse_issuers.parse_certificates)
direct = _from_inventory(parse_hops.parse_direct)
engine = _from_inventory(parse_hops.parse_engine)
smarthost = _from_inventory(parse_hops.parse_smarthost)
limits = _from_inventory(parse_limits.parse_limits)
shared = _from_inventory(parse_limits.parse_shared)
secret_command = _from_inventory(parse_secret_command)
receiver = _from_inventory(parse_receiver)
warm_up = _from_inventory(parse_warm_up)
firewall = _from_inventory(parse_firewall)
accept = _from_inventory(parse_accept)
updates = _from_inventory(parse_updates)


@_from_inventory
def relay_host(
    where: str,
    name: str,
    *,
    environment: Environment,
    ipv4: str | None = None,
    ipv6: str | None = None,
    ssh: str | None = None,
    next_hop: NextHop | None = None,
    timezone: str | None = None,
    limits: LimitDefaults | None = None,
    listeners: Iterable[str] | None = None,
    shaping: Iterable[Receiver] = (),
    warm_up: WarmUp | None = None,
    data: Mapping[str, object] | None = None,
) -> Row:
    """Return the inventory row of one relay; `ssh` is where to log in, by default its address.

    `data` is pyinfra's host data, such as `ssh_user`.
    """
    host_data = parse.parse_data(where, data)
    relay = parse.parse_relay(
        where,
        name,
        ipv4=ipv4,
        ipv6=ipv6,
        environment=environment,
        next_hop=next_hop,
        timezone=timezone,
        limits=limits,
        listeners=listeners,
        shaping=shaping,
        warm_up=warm_up,
    )
    _refuse_twice(where, relay)
    reached = {"ssh_hostname": ssh or str(relay.addresses[0])}
    return (relay.name.relative, {**reached, **host_data, "relay": relay})


def _refuse_twice(where: str, relay: Relay) -> None:
    """Refuse what another row of the environment has: pyinfra would keep the last one silently."""
    _, rows = _rows.setdefault(id(relay.environment), (relay.environment, {}))
    for key, value in (("name", relay.name), ("ipv4", relay.ipv4), ("ipv6", relay.ipv6)):
        if value is not None and str(value) in rows:
            raise SettingsError(
                where, key, "{value} already stands in {rows}", value=value, rows=rows[str(value)]
            )
        rows[str(value)] = where


@_from_inventory
def control_row(where: str, environment: Environment) -> Row:
    """Return the row of this machine, so that what runs here is seen in plans and limits."""
    if not isinstance(environment, Environment):
        raise SettingsError(where, "environment", "must be what environment(...) returns")
    return ("@local", {"control": environment})


@_from_inventory
def load_customers(
    where: str, directory: str, *, hashes: Secret | None = None
) -> tuple[Customer, ...]:
    """Read the customers' files of an environment; see `customers/files.py`.

    `hashes`, by login, are of the accounts whose files say that theirs is elsewhere.
    """
    if not isinstance(directory, str | Path):
        raise SettingsError(where, "directory", "must be a text")
    given = read_secret(Reader(where), "hashes", hashes)
    return with_hashes(where, files.load_customers(directory), given)


def written_in(environment: Environment) -> Path:
    """Return the file of the inventory in which an environment's relays stand.

    pyinfra hands out copies of what a row holds, so the environment is found by its value.
    """
    places = (rows for each, rows in _rows.values() if each == environment)
    where = next((place for rows in places for place in rows.values()), "")
    if not where:
        raise _refusal("the environment stands in no inventory that was loaded")
    return Path(where.rpartition(":")[0])


def _where() -> str:
    """Name the file and the line of the inventory that is being loaded."""
    package = str(Path(__file__).parent)
    frames = traceback.extract_stack()
    outside = [f for f in frames if not f.filename.startswith(package)]
    return f"{outside[-1].filename}:{outside[-1].lineno}"
