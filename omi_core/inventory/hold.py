"""How long a mail may wait in the queue for its launch: what DKIM keys and retries leave. Pure.

A mail is signed when it is accepted, and not again. From then on its key is published for
`Rotation.keep` at least, should a rotation leave it in the very next second. Postfix gives a mail
up `queue_lifetime` after it was accepted, however long it was held. Until the earlier of the two,
what is launched must have time to be retried: a receiver that greylists, or is away, is no rarity.
"""

from datetime import timedelta

from omi_core.inventory.model import Environment

RETRIES = timedelta(days=2)


def longest_hold(environment: Environment) -> timedelta:
    """Return how far ahead a mail may be scheduled; zero where nothing is left."""
    ends = min(environment.rotation.keep, environment.queue_lifetime)
    return max(timedelta(), timedelta(seconds=ends) - RETRIES)
