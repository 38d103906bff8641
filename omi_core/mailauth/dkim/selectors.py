"""Which selectors a sender domain has, and where their keys stand (RFC 6376 3.1, 3.6.2.1)."""

from omi_core.inventory.model import Environment
from omi_core.names import Fqdn

# One slot signs, the other is free for the next key; customers' CNAMEs name both from the start.
SLOTS = ("omi1", "omi2")
ED25519_SUFFIX = "e"  # an Ed25519 key needs a selector of its own (RFC 8463 section 3)


def key_name(domain: Fqdn, selector: str, operator_zone: Fqdn) -> Fqdn:
    """Return where the key itself stands, in the operator's zone.

    Raises InputError when the name becomes longer than 253 characters.
    """
    return operator_zone.child(f"{selector}.{domain.relative}.dkim")


def selector_name(domain: Fqdn, selector: str) -> Fqdn:
    """Return where a verifier looks for the key (RFC 6376 3.6.2.1)."""
    return domain.child(f"{selector}._domainkey")


def suffixes(environment: Environment) -> tuple[str, ...]:
    """What follows a slot's name in its selectors: nothing for RSA, and that of Ed25519 if used."""
    return ("", ED25519_SUFFIX) if environment.ed25519 else ("",)


def all_selectors(environment: Environment) -> tuple[str, ...]:
    """Every slot that a customer's CNAMEs name, with a key behind it now or not."""
    return tuple(slot + suffix for suffix in suffixes(environment) for slot in SLOTS)
