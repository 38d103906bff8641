"""Making DKIM keys on one relay and carrying them to the others.

A private key travels through this process's memory over two SSH connections, never to this
machine's disk and never to an output. Two operations, because a key must be made before another
relay can fetch it; between them they look at each relay once a run when nothing is to be done.
"""

import time
from collections.abc import Generator, Iterable

import gevent
from gevent.lock import RLock
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.engine import console
from omi_core.engine.login import root
from omi_core.engine.memory import RunMemory
from omi_core.engine.prefetch import FactQuery, cached_fact
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import relay_rows
from omi_core.errors import ObservationError
from omi_core.inventory.model import Environment, Relay
from omi_core.mailauth.dkim.rotation import Decision, Intent, Run, decide
from omi_core.mailauth.dkim.selectors import SLOTS
from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import (
    ROLLED_BACK,
    SIGNED,
    SIGNING_SLOT,
    DkimKeys,
    HostKeys,
    KeyName,
    MissingKeys,
    domains_without_keys,
    missing_keys,
    signing_selectors,
    slots_seen,
    wanted_keys,
)
from omi_core.relay.dkim.scripts import MAKE, MARK, READ, RECEIVE, to_make, to_mark, to_read
from omi_core.secret import Secret

FACT_QUERY = FactQuery(fact=DkimKeys)

MANY = 100  # keys that are named in a question; of more, all are looked at
_lock = RLock()
_held: RunMemory[dict[str, HostKeys]] = RunMemory()
_decided: RunMemory[dict[Fqdn, Decision]] = RunMemory()
_intents: RunMemory[Intent] = RunMemory()
_proofs: RunMemory[str] = RunMemory()
_clock: RunMemory[int] = RunMemory()


@operation()
@refusing
def generate_keys(relay: Relay) -> Generator[StringCommand]:
    """Make the keys that no relay has, on the first relay asked; guard those that are here."""
    lack = _lack(relay)
    if not lack.make and not lack.guard:
        console.noop(host, "no DKIM key is to be made here")
        return
    made = [f"no relay has the key of {k.domain.relative}; {k.selector} is made" for k in lack.make]
    _say_each(made, "no relay has {count} keys; they are made")
    loose = [f"{k.stem} could be read or changed by others; they are shut out" for k in lack.guard]
    _say_each(loose, "{count} keys could be read or changed by others; they are shut out")
    yield StringCommand("sh", "-c", QuoteString(MAKE), _stdin=to_make(lack.make))
    look_again(relay.environment, (*lack.make, *lack.guard))


@operation()
@refusing
def distribute_keys(relay: Relay) -> Generator[StringCommand]:
    """Fetch the keys that another relay has and this one lacks."""
    lack = _lack(relay)
    if not lack.fetch:
        console.noop(host, "every DKIM key is here")
        return
    for source, keys in lack.fetch.items():
        come = [f"{key.stem} comes from {source}" for key in keys]
        _say_each(come, f"{{count}} keys come from {source}")
        yield StringCommand("true")  # what follows runs only while executing
        archive = handed_over(source, keys)
        yield StringCommand("sh", "-c", QuoteString(RECEIVE), _stdin=archive.unmask())
    look_again(relay.environment, (key for keys in lack.fetch.values() for key in keys))


def _say_each(lines: list[str], kind: str) -> None:
    console.log_each(host, [f"dkim: {line}" for line in lines], f"dkim: {kind}")


def _lack(relay: Relay) -> MissingKeys:
    running = {row.name for row in relay_rows() if row in state.active_hosts}
    slots = {domain: one.wanted for domain, one in decisions(relay.environment).items()}
    wanted = wanted_keys(relay.environment, slots)
    return missing_keys(host.name, wanted, order(), held(relay.environment), running)


def signable(relay: Relay) -> frozenset[Fqdn]:
    """The domains whose every signing key is on this host.

    While preparing, the keys that this run is about to make or fetch count as present.
    """
    if not state.is_executing:
        return frozenset(relay.environment.signing_domains)
    environment = relay.environment
    here = held(environment)[host.name]
    return frozenset(
        domain
        for domain, one in decisions(environment).items()
        if all(KeyName(domain, s).stem in here for s in signing_selectors(environment, one.signing))
    )


def act(intent: Intent) -> None:
    """Let this run do what `intent` says; without it a run keeps what is."""
    _intents.now()["intent"] = intent


def is_acting() -> bool:
    """Whether this run may make, switch and withdraw keys."""
    return _intents.now().get("intent", Intent.KEEP) is not Intent.KEEP


def decisions(environment: Environment) -> dict[Fqdn, Decision]:
    """Return for each domain with keys what is true in this run, from what the relays hold now."""
    found = held(environment)
    decided = _decided.now()
    if state.current_stage.name not in decided:
        decided[state.current_stage.name] = _decisions(environment, found)
    return decided[state.current_stage.name]


def _decisions(environment: Environment, found: dict[str, HostKeys]) -> dict[Fqdn, Decision]:
    relays, began = order(), run_began()
    silent = tuple(name for name in relays if name not in found)
    intent = _intents.now().get("intent", Intent.KEEP)
    return {
        domain: decide(
            slots_seen(domain, relays, found, silent),
            Run(
                rotation=environment.rotation,
                intent=intent,
                now=began,
                proof=proof_of(domain) == "",
            ),
        )
        for domain in environment.signing_domains
    }


def run_began() -> int:
    """Return the time that all decisions of this run are made at, in seconds since the epoch."""
    return _clock.now().setdefault("now", int(time.time()))


def signed_slots(environment: Environment) -> dict[Fqdn, str]:
    """Return the domains that sign with another slot than the first."""
    return {
        domain: one.signing
        for domain, one in decisions(environment).items()
        if one.signing != SIGNING_SLOT
    }


def marked(relay: Relay) -> Generator[StringCommand]:
    """Remember on this host since when it signs with which slot; inside the signer's operation.

    Only after the signer has taken up its files: nobody withdraws a key before this is written.
    """
    environment = relay.environment
    here = held(environment)[host.name]
    began = {
        domain: one
        for domain, one in decisions(environment).items()
        if not _signs_with(here, domain, one.signing)
    }
    if not began:
        return
    _say_each(
        [
            f"{domain.relative}: {one.signing} signs here from now on"
            for domain, one in began.items()
        ],
        "{count} domains sign here from now on with the key that is theirs",
    )
    rolled_back = [
        KeyName(domain, one.rolled_back) for domain, one in began.items() if one.rolled_back
    ]
    signing = [KeyName(domain, one.signing) for domain, one in began.items()]
    lines = to_mark(ROLLED_BACK, rolled_back, run_began()) + to_mark(SIGNED, signing, run_began())
    yield StringCommand("sh", "-c", QuoteString(MARK), _stdin=lines)
    look_again(environment, (*rolled_back, *signing))


def _signs_with(here: HostKeys, domain: Fqdn, slot: str) -> bool:
    since = {s: here[stem].signed for s in SLOTS if (stem := KeyName(domain, s).stem) in here}
    return bool(since.get(slot)) and since[slot] == max(since.values())


def remember_proof(domain: Fqdn, lack: str) -> None:
    """Keep what a server lacks of a domain's other key, for this stage of the run."""
    _proofs.now()[f"{state.current_stage.name} {domain}"] = lack
    _decided.now().clear()


def proof_of(domain: Fqdn) -> str | None:
    """Return what lacks; None if nobody has looked in this stage of the run."""
    return _proofs.now().get(f"{state.current_stage.name} {domain}")


def held(environment: Environment) -> dict[str, HostKeys]:
    """Return the keys on each relay that could be asked, looked up once in each stage of a run.

    A relay outside `--limit` is asked as soon as a key is found nowhere else: were one made
    beside it, half of the customer's mail would bear a signature that no record verifies.
    Raises ObservationError when such a relay cannot be reached.
    """
    with _lock:
        stages = _held.now()
        if state.current_stage.name not in stages:
            stages[state.current_stage.name] = _ask_all(environment)
        return stages[state.current_stage.name]


def _ask_all(environment: Environment) -> dict[str, HostKeys]:
    rows = relay_rows()
    found = _ask([row for row in rows if row.connected])
    if missing := domains_without_keys(environment, found):
        others = [row for row in rows if not row.connected]
        for row in others:
            _connect(row, missing[0])
        found |= _ask(others)
    return found


def _ask(rows: list[Host]) -> dict[str, HostKeys]:
    prefetched = {row.name: cached_fact(row, DkimKeys) for row in rows}
    jobs = {
        row.name: gevent.spawn(row.get_fact, DkimKeys)
        for row in rows
        if prefetched[row.name] is None
    }
    asked = {name: job.get() for name, job in jobs.items()}
    return {name: asked[name] if keys is None else keys for name, keys in prefetched.items()}


def _connect(row: Host, domain: Fqdn) -> None:
    try:
        row.connect(reason="to look for DKIM keys", show_errors=False, raise_exceptions=True)
    except ConnectError as error:
        raise ObservationError(
            "the key of {domain} is on no relay that could be asked, and {row} "
            "cannot be reached ({error}); bring it back, or take it out of the "
            "inventory if it is lost for good",
            domain=domain.relative,
            row=row.name,
            error=error,
        ) from None


def look_again(environment: Environment, changed: Iterable[KeyName]) -> None:
    """Look once more at keys of this host that a command has changed."""
    stems = tuple(key.stem for key in changed)
    here = held(environment)
    if len(stems) > MANY:
        here[host.name] = host.get_fact(DkimKeys)
    else:
        found: HostKeys = host.get_fact(DkimKeys, stems=stems)
        kept = {stem: key for stem, key in here[host.name].items() if stem not in stems}
        here[host.name] = {**kept, **found}
    _decided.now().clear()


def handed_over(source: str, keys: tuple[KeyName, ...]) -> Secret:
    """Return the files of these keys, as READ prints them, from the relay `source`."""
    row = next(row for row in relay_rows() if row.name == source)
    # Straight to the connector: a fact's or an operation's output is printed with -vvv.
    status, output = root.run(row, StringCommand(READ, _stdin=to_read(keys)))
    if not status:
        raise ObservationError("{source} did not hand over its DKIM keys; run again", source=source)
    return Secret(output.stdout)


def order() -> tuple[str, ...]:
    """The names of the relays in the inventory's order, which decides whose key is right."""
    return tuple(row.name for row in relay_rows())
