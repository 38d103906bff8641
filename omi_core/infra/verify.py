"""The last step of a deploy: what the relays' customers would meet, looked at from here.

The looking is a process of its own: pyinfra's command line replaces the sockets of this one.
A relay that was fine at the last gate and is not at this one gets its previous files back.
"""

import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host, state

from omi_core.checks.probe import Expectation
from omi_core.errors import InputError
from omi_core.infra.inventory import all_relays, this_control
from omi_core.infra.refusal import refusing
from omi_core.names import Address, Fqdn
from omi_core.settings import Environment, InternalCa, Relay

PATIENCE_S = 120
FINE, COULD_NOT_LOOK = 0, 3
PASSED = "/var/lib/omi/gate-passed"
PUT_BACK = (Path(__file__).parent / "gate.sh").read_text()
# Where --data of `deploys/verify.py` goes; passwords come from OMI_PASSWORD alone.
OPTIONS = ("account", "from", "to", "maildir", "html", "junit", "prometheus", "smuggling-to")


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


@operation()
@refusing
def gate(relay: Relay) -> Generator[PyinfraCommand]:
    """Look at the relay as a customer does, if this run changed it; put back what broke it.

    Belongs at the end of a deploy. No account is needed, and no mail is sent.
    """
    if not _is_changed():
        host.noop("nothing changed on this relay, so it is not looked at again")
        return
    yield FunctionCommand(_gate, (relay,), {})


@operation()
@refusing
def matrix(environment: Environment) -> Generator[PyinfraCommand]:
    """Look at every public name, as `omi smtp verify` does; on the control row alone."""
    if this_control() is None:
        host.noop("verification runs on the control row")
        return
    names = [name.relative for name in environment.public_names]
    given = [f"--{name}={host.data.get(name)}" for name in OPTIONS if host.data.get(name)]
    expected = _expected(inventory_of(environment, all_relays()))
    yield FunctionCommand(_matrix, ([*names, *given, *expected, *_trust(environment)],), {})


def _is_changed() -> bool:
    """Whether an operation before this one changes, or did change, the host."""
    if not state.is_executing and not state.should_check_for_changes():
        return True
    metas = [data.operation_meta for data in state.ops[host].values()]
    if state.is_executing:
        return any(meta.is_complete() and meta.did_change() for meta in metas)
    return any(meta.will_change for meta in metas)


def _gate(state: State, host: Host, relay: Relay) -> bool:  # noqa: ARG001 - pyinfra's signature
    code, sentences = look(gate_arguments(relay))
    if code == FINE:
        return bool(host.run_shell_command(f"mkdir -p /var/lib/omi && touch {PASSED}")[0])
    for sentence in sentences:
        host.log_styled(sentence, fg="red")
    if code != COULD_NOT_LOOK:
        _put_back(host, relay)
    return False


def _put_back(host: Host, relay: Relay) -> None:
    """Give the relay its previous files back, and prove that this helped."""
    script = StringCommand("sh", "-c", QuoteString(f"PASSED={PASSED}\n{PUT_BACK}"))
    is_back, output = host.run_shell_command(script)
    for line in output.output_lines:
        host.log_styled(line, fg="yellow")
    if is_back:
        code, _ = look(gate_arguments(relay))
        words = "it is fine again" if code == FINE else "it is not fine with them either"
        host.log_styled(f"with the previous files {words}", fg="yellow")


def _matrix(state: State, host: Host, arguments: list[str]) -> bool:  # noqa: ARG001 - as above
    code, sentences = look(arguments)
    for sentence in sentences:
        host.log_styled(sentence, fg="red")
    return code == FINE


def gate_arguments(relay: Relay) -> list[str]:
    """Every public name at this relay's own addresses, wherever DNS leads at this moment."""
    environment = relay.environment
    reachable = [address for address in relay.addresses if has_route(address)]
    addresses = ",".join(map(str, reachable or relay.addresses))
    names = [name.relative for name in environment.public_names]
    resolve = [f"--resolve={name}={addresses}" for name in names]
    return [*names, *resolve, *_expected(inventory_of(environment, [relay])), *_trust(environment)]


def has_route(address: IPv4Address | IPv6Address) -> bool:
    """Whether this machine has any way to an address; nothing is sent to find out."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 25))
        except OSError:
            return False
    return True


def look(arguments: list[str]) -> tuple[int, tuple[str, ...]]:
    """Run `omi smtp verify --json` and return its exit code, and what it found in sentences."""
    words = [sys.executable, "-m", "omi_core.cli", "smtp", "verify", "--json", *arguments]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.DEVNULL,
        )
        document = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return COULD_NOT_LOOK, (f"the verification was not over after {PATIENCE_S} s",)
    except ValueError:
        return COULD_NOT_LOOK, (done.stderr.decode("utf-8", "replace").strip(),)
    return done.returncode, tuple(_sentences(document))


def _sentences(document: Mapping[str, Any]) -> Generator[str]:
    alike: dict[str, list[Any]] = {}
    for finding in document["findings"]:
        alike.setdefault(finding["id"], []).append(finding)
    for first, *others in alike.values():
        more = f" and {len(others)} more" if others else ""
        words, remedy = first["text"]["en"], first["remedy"]["en"]
        yield f"{first['subject']}{more}: {words} ({first['observed']['en']}); {remedy}"
    for part in (*document["names"], *document["cells"]):
        where = f"{part['name']} {part.get('port', '')} {part.get('address', '')}".strip()
        for check in part["checks"]:
            if check["status"] == "unknown":
                yield f"{where}: could not look: {check['title']['en']}: {check['note']['en']}"


def _expected(inventory: Inventory) -> list[str]:
    plain = inventory.expectation.plaintext_auth
    return ["--plaintext-auth" if plain else "--no-plaintext-auth"]


def _trust(environment: Environment) -> list[str]:
    """A CA of one's own is trusted by its root; any other as customers trust it."""
    issuer: object = environment.issuer
    root = issuer.directory / "root.pem" if isinstance(issuer, InternalCa) else None
    return [f"--ca-file={root}"] if root is not None and root.exists() else []
