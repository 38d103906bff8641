"""Rotating DKIM keys: the steps between a key that is made and one that is gone.

`omi_core.mailauth.dkim.rotation` decides; here the servers are asked, and the relays remember.
"""

from collections.abc import Generator

from gevent.lock import RLock
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.engine import console
from omi_core.engine.given.key import switch
from omi_core.engine.given.run import is_set
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import Environment, Relay
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.mailauth.dkim.rotation import Decision, Intent
from omi_core.names import Fqdn
from omi_core.relay.dkim import former
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.keys import GONE, PROVEN, HostKeys, KeyName, signing_selectors
from omi_core.relay.dkim.scripts import DROP, MARK, to_drop, to_mark

ROTATE, BACK = switch("rotate"), switch("back")

_lock = RLock()


def begin() -> None:
    """Take the intent from `--data rotate=true` or `--data back=true`; else do what is due."""
    rotate, back = (is_set(key) for key in (ROTATE, BACK))
    if rotate and back:
        raise console.refused("rotate and back contradict each other; give one of them")
    dkim.act(Intent.ROTATE if rotate else Intent.ROLLBACK if back else Intent.DUE)


@operation()
@refusing
def proven(relay: Relay) -> Generator[StringCommand]:
    """Ask every authoritative server for the keys that wait, and remember those that all have."""
    environment = relay.environment
    waiting = {d: one for d, one in dkim.decisions(environment).items() if one.prove}
    if not waiting:
        console.noop(host, "no DKIM key waits for its proof")
        return
    for domain, one in waiting.items():
        _prove(environment, domain, one)
    here = dkim.held(environment)[host.name]
    names = [KeyName(domain, one.prove) for domain, one in waiting.items()]
    new = [key for key in names if _is_new_proof(here, key)]
    if not new:
        console.noop(host, "nothing new is proven")
        return
    yield StringCommand(
        "sh", "-c", QuoteString(MARK), _stdin=to_mark(PROVEN, new, dkim.run_began())
    )
    dkim.look_again(environment, new)


def _is_new_proof(here: HostKeys, key: KeyName) -> bool:
    return dkim.proof_of(key.domain) == "" and key.stem in here and not here[key.stem].proven


def _prove(environment: Environment, domain: Fqdn, one: Decision) -> None:
    """Ask once a run, whichever relay comes first; say what a server lacks."""
    from omi_core.dns.proof import PATIENCE_S, Expected, lacking

    with _lock:
        if dkim.proof_of(domain) is not None:
            return
        keys = tuple(
            (selector, str(DkimKey.from_spki(public)))
            for selector in signing_selectors(environment, one.prove)
            if (public := _public(environment, KeyName(domain, selector)))
        )
        patience_s = PATIENCE_S if state.is_executing else 0
        lack = lacking(
            Expected(domain=domain, keys=keys), environment.operator_zone, patience_s=patience_s
        )
        dkim.remember_proof(domain, lack)
        if lack:
            console.log(host, f"dkim: {domain.relative}: {one.prove} does not sign yet: {lack}")


def _public(environment: Environment, key: KeyName) -> bytes:
    found = dkim.held(environment)
    return next(
        (found[name][key.stem].public for name in dkim.order() if key.stem in found.get(name, {})),
        b"",
    )


@operation()
@refusing
def delete_keys(relay: Relay) -> Generator[StringCommand]:
    """Remove private keys that are withdrawn: DNS and every signer have left them before."""
    environment = relay.environment
    decided = dkim.decisions(environment)
    if host.name == next(iter(dkim.held(environment))):  # one relay says it for all of them
        says = [f"dkim: {domain.relative}: {d.says}" for domain, d in decided.items() if d.says]
        console.log_each(host, says, "dkim: {count} domains are in a rotation")
    here = dkim.held(environment)[host.name]
    gone = [
        key
        for domain, one in decided.items()
        for slot in one.withdrawn
        for selector in signing_selectors(environment, slot)
        if (key := KeyName(domain, selector)).stem in here
    ]
    held, now = dkim.held(environment), dkim.run_began()
    gone += former.keys_of(former.expired(environment, held, now), here)
    noticed, back = former.unmarked(environment, held, here)
    if not gone and not noticed and not back:
        console.noop(host, "no DKIM key is to be removed")
        return
    for key in noticed:
        console.log(host, f"dkim: {key.domain.relative}: nobody's; {key.selector} is kept for now")
    marks = to_mark(GONE, noticed, now) + to_mark(GONE, back, 0)
    if marks:
        yield StringCommand("sh", "-c", QuoteString(MARK), _stdin=marks)
    if gone:
        yield StringCommand("sh", "-c", QuoteString(DROP), _stdin=to_drop(gone))
    dkim.look_again(environment, (*gone, *noticed, *back))
