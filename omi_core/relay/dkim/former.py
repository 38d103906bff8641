"""Domains of customers who left: keys and records stay while mail is under way, then go.

No file names such a domain any more, so the relays remember it, beside the keys: since when it was
seen to be gone. It is counted from there on, whoever took the file away and how.
"""

from collections.abc import Iterable, Mapping

from omi_core.inventory.model import Environment
from omi_core.mailauth.dkim.selectors import ED25519_SUFFIX, SLOTS
from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import HostKeys, KeyName

_SELECTORS = {slot + suffix for slot in SLOTS for suffix in ("", ED25519_SUFFIX)}


def kept(environment: Environment, held: Mapping[str, HostKeys], now: int) -> frozenset[Fqdn]:
    """Return the former domains whose keys stay published at `now` (seconds since the epoch)."""
    keep = environment.rotation.keep
    return frozenset(
        domain
        for domain, gone in _former(environment, held).items()
        if not gone or now - gone < keep
    )


def expired(environment: Environment, held: Mapping[str, HostKeys], now: int) -> frozenset[Fqdn]:
    """Return the former domains whose keys go, from DNS and from every relay."""
    return frozenset(_former(environment, held)) - kept(environment, held, now)


def unmarked(
    environment: Environment, held: Mapping[str, HostKeys], here: HostKeys
) -> tuple[list[KeyName], list[KeyName]]:
    """Return this host's keys to mark as gone, and those whose domain is a customer's again."""
    former = _former(environment, held)
    names = {name: here[name.stem] for name in _names(here)}
    gone = [name for name, key in names.items() if name.domain in former and not key.gone]
    back = [name for name, key in names.items() if name.domain not in former and key.gone]
    return gone, back


def keys_of(domains: Iterable[Fqdn], here: HostKeys) -> list[KeyName]:
    """Return this host's keys of the domains."""
    wanted = frozenset(domains)
    return [name for name in _names(here) if name.domain in wanted]


def _former(environment: Environment, held: Mapping[str, HostKeys]) -> dict[Fqdn, int]:
    """Return domains with keys that are nobody's, and when that was first seen; 0 for never."""
    present = frozenset(environment.signing_domains)
    found: dict[Fqdn, list[int]] = {}
    for keys in held.values():
        for name in _names(keys):
            if name.domain not in present:
                found.setdefault(name.domain, []).append(keys[name.stem].gone)
    return {domain: min(filter(None, times), default=0) for domain, times in found.items()}


def _names(keys: HostKeys) -> list[KeyName]:
    parts = (stem.rpartition(".") for stem in keys)
    return [KeyName(Fqdn.parse(domain), slot) for domain, _, slot in parts if slot in _SELECTORS]
