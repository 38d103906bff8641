"""The domains with keys as they are to be published: each with what the relays hold of them."""

from omi_core.dns.operator import SenderDomain
from omi_core.inventory.model import Environment
from omi_core.relay.dkim.operations import decisions, held, order
from omi_core.relay.dkim.public import sender_domain


def sender_domains(environment: Environment) -> list[SenderDomain]:
    """Return every such domain with the keys that the relays hold and rotation leaves."""
    by_relay = held(environment)
    ordered = [by_relay[name] for name in order() if name in by_relay]
    return [
        sender_domain(domain, environment, ordered, decision.withdrawn)
        for domain, decision in decisions(environment).items()
    ]
