"""The end of a relay: its certificates are revoked, and its keys are erased."""

import time
from collections.abc import Generator

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.certificates.chain import Chain
from omi_core.engine import console, events
from omi_core.engine.refusal import refusing
from omi_core.errors import OmiError
from omi_core.inventory.model import Relay
from omi_core.relay.certificates import component as tls
from omi_core.relay.retire import scripts
from omi_core.relay.retire.leaving import EMPTIED, ERASED, leaving, mark, marks_of, run


@operation()
@refusing
def revoked(relay: Relay) -> Generator[FunctionCommand]:
    """Revoke the certificates of the relay that leaves, where its issuer can."""
    gone = leaving()
    if relay.name != gone.relay.name:
        console.noop(host, f"it is about {gone.name}")
        return
    held = host.get_fact(tls.CertificateState).held
    if not held.chains:
        console.noop(host, "it has no certificate")
        return
    yield FunctionCommand(_revoke, (relay, held.chains), {})


def _revoke(state: State, host: Host, relay: Relay, chains: tuple[Chain, ...]) -> bool:  # noqa: ARG001 - pyinfra's signature
    issuer = tls.issuer_for(relay.environment)
    try:
        for chain in chains:
            if issuer.revoke(chain):
                console.log(host, f"retire: {chain.fingerprint} is revoked")
                events.report("revoked", relay=host.name, sha256=chain.fingerprint)
            else:
                until = chain.leaf.not_valid_after_utc
                console.log(
                    host,
                    f"retire: its issuer cannot revoke; {chain.fingerprint} is valid until"
                    f" {until:%Y-%m-%d}, and its key is erased",
                )
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    return True


@operation()
@refusing
def erased(relay: Relay) -> Generator[FunctionCommand]:
    """Stop every daemon of the relay that leaves, and erase its keys, hashes and passwords."""
    gone = leaving()
    if relay.name != gone.relay.name:
        console.noop(host, f"it is about {gone.name}")
    elif ERASED in marks_of(relay):
        console.noop(host, "its keys are erased; take it out of the inventory")
    else:
        yield FunctionCommand(_erase, (relay,), {})


def _erase(state: State, host: Host, relay: Relay) -> bool:  # noqa: ARG001 - pyinfra's signature
    try:
        if EMPTIED not in marks_of(relay):
            console.log_styled(host, "its queue is not empty; run again", fg="red")
            return False
        run(host, scripts.ERASE)
        mark(host, ERASED, int(time.time()))
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    console.log(host, "retire: its keys are erased; take it out of the inventory")
    events.report("retired", relay=host.name)
    return True
