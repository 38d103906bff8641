"""Which next hop a mail takes, and which ones a relay knows: pure.

A customer's own counts before the relay's, and the relay's before the environment's.
"""

from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.model import Relay
from omi_core.inventory.next_hops.hop import DIRECT, Direct, NextHop, NextHost


def own_hop(relay: Relay) -> NextHop:
    """Return where mail of the relay goes that no customer's file sends elsewhere; its own too."""
    return relay.next_hop or relay.environment.next_hop


def hop_of(relay: Relay, customer: Customer) -> NextHop:
    """Return where mail of the customer's accounts goes."""
    if not customer.next_hop:
        return own_hop(relay)
    return {DIRECT: Direct(), **dict(relay.environment.next_hops)}[customer.next_hop]


def known_hosts(relay: Relay) -> tuple[NextHost, ...]:
    """Return every host that mail of this relay may go to, one a transport.

    Those that nothing goes to any more are among them: mail may wait for them.
    """
    environment = relay.environment
    named = (hop for _, hop in environment.next_hops)
    hops = (own_hop(relay), environment.next_hop, *named)
    hosts = {hop.transport: hop for hop in hops if isinstance(hop, NextHost)}
    return tuple(hosts[transport] for transport in sorted(hosts))
