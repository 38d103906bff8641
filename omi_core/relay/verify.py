"""What the relays' customers would meet, looked at from here in the words of an inventory."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.engine import console
from omi_core.engine.given.key import DataKey, text
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays, this_control
from omi_core.exit_codes import COULD_NOT_LOOK, FINE
from omi_core.inventory.issuers import root_file_of
from omi_core.inventory.load import relays_in
from omi_core.inventory.model import Environment, Relay
from omi_core.names import Address, Fqdn
from omi_core.probe.probe import Expectation
from omi_core.relay.own_process import omi

PATIENCE_S = 120
# Where --data of `deploys/verify.py` goes; passwords come from OMI_PASSWORD alone.
OPTIONS = ("account", "from", "to", "maildir", "smuggling-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryExpectation:
    """What an inventory lets a verification expect."""

    public_names: tuple[Fqdn, ...]
    expectation: Expectation
    senders: Mapping[str, Address]  # by folded login: an address that it may use


def read_inventory(path: Path) -> InventoryExpectation:
    """Execute an inventory as pyinfra does; raises InputError where it holds no relay."""
    relays = relays_in(path)
    return inventory_of(relays[0].environment, relays)


def inventory_of(environment: Environment, relays: Iterable[Relay]) -> InventoryExpectation:
    """Return what these settings let a verification expect."""
    addresses = {relay.name: frozenset(relay.addresses) for relay in relays}
    everywhere = frozenset(one for each in addresses.values() for one in each)
    return InventoryExpectation(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification said: exit code, the JSON of `omi smtp verify`, and what was found."""

    code: int = COULD_NOT_LOOK
    document: Mapping[str, Any] = field(default_factory=dict)
    sentences: tuple[str, ...]


@operation()
@refusing
def matrix(environment: Environment) -> Generator[PyinfraCommand]:
    """Look at every public name, as `omi smtp verify` does; on the control row alone."""
    if this_control() is None:
        console.noop(host, "verification runs on the control row")
        return
    names = [name.relative for name in environment.public_names]
    given = _given()
    wanted = expected(inventory_of(environment, all_relays()))
    yield FunctionCommand(_matrix, ([*names, *given, *wanted, *trust(environment)],), {})


def _given() -> list[str]:
    """Return what `--data` says, as options."""
    names = [key.name for key in data()]
    return [f"--{name}={host.data.get(name)}" for name in names if host.data.get(name)]


def data() -> tuple[DataKey, ...]:
    """What `--data` may say here: options of `omi smtp verify`, which judges them."""
    from omi_core.reports import forms

    return tuple(text(name) for name in (*OPTIONS, *forms()))


def _matrix(state: State, host: Host, arguments: list[str]) -> bool:  # noqa: ARG001 - as above
    looked = look(arguments)
    for sentence in looked.sentences:
        console.log_styled(host, sentence, fg="red")
    return looked.code == FINE


def look(arguments: list[str]) -> Verification:
    """Run `omi smtp verify` with these arguments."""
    answer = omi("smtp", "verify", arguments, patience_s=PATIENCE_S)
    if answer.document is None:
        return Verification(sentences=(answer.problem,))
    sentences = tuple(_sentences(answer.document))
    return Verification(code=answer.code, document=answer.document, sentences=sentences)


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
                yield f"{where}: not checked: {check['title']['en']}: {check['note']['en']}"


def expected(inventory: InventoryExpectation) -> list[str]:
    """Return the options that say what the inventory promises."""
    plain = inventory.expectation.plaintext_auth
    return ["--plaintext-auth" if plain else "--no-plaintext-auth"]


def trust(environment: Environment) -> list[str]:
    """A CA of one's own is trusted by its root; any other as customers trust it."""
    root = root_file_of(environment.issuer)
    return [f"--ca-file={root}"] if root is not None and root.exists() else []
