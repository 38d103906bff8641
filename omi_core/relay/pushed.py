"""What customers' files decide on a relay, and nothing else: accounts, senders, control headers.

Each daemon's data are brought as its own component has them, in the order in which a new account
comes to be served: who checks the password last, so that nobody who logs in meets half of it.
"""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine import console, debian
from omi_core.engine.push import push
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays
from omi_core.inventory.model import Relay
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dovecot import component as dovecot
from omi_core.relay.policy import component as policy
from omi_core.relay.postfix import component as postfix
from omi_core.relay.rspamd import component as rspamd

WHOLE = "deploys/relay.py"
COMPONENTS = ("rspamd", "policy", "postfix", "dovecot")


@operation()
@refusing
def customers(relay: Relay) -> Generator[PyinfraCommand]:
    """Bring what customers' files decide to the daemons that look it up."""
    release = debian.release()
    is_changed = False
    for command in _pushed(relay, release):
        is_changed = True
        yield command
    if not is_changed:
        console.noop(host, "what customers' files decide is here")


def _pushed(relay: Relay, release: str) -> Generator[PyinfraCommand]:
    yield from push(rspamd.configured(relay, dkim.signed_slots(relay.environment)), WHOLE)
    yield from push(policy.configured(relay, release), WHOLE)
    yield from push(postfix.configured(relay, dkim.signable(relay), release), WHOLE)
    yield from push(dovecot.configured(relay, release, len(all_relays())), WHOLE)
    yield from dkim.marked(relay)
