"""The narrow door to a DNS service: zones, read, apply."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Protocol

from omi_core.dns.plan import Change
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.names import Fqdn


class Provider(Protocol):
    """A service that serves zones and takes changes to them.

    Every method raises ObservationError when the service cannot be reached or read, and its
    subclass ServerRefusedError when it answers and refuses.
    """

    def zones(self) -> tuple[Fqdn, ...]:
        """Return the zones that may be written, in order."""

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        """Return everything in `zone`, or at least all records of each of `names`."""

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Make the changes, each only if its `before` is still what is published.

        Returns when the service serves every `after`. Applying what is already so does nothing.
        Raises ZoneChangedError when something else is published by now, and NotPublishedError
        when the service took the changes and does not serve them.
        """


def zone_of(name: Fqdn, zones: Collection[Fqdn]) -> Fqdn | None:
    """Return the zone of `zones` that holds `name`: the one with the most labels.

    Who asks for many names gives the zones as a frozenset.
    """
    known = _by_text(zones if isinstance(zones, frozenset) else frozenset(zones))
    text = name.text
    while text and text not in known:
        text = text.partition(".")[2]
    return known.get(text)


@lru_cache(maxsize=8)
def _by_text(zones: frozenset[Fqdn]) -> dict[str, Fqdn]:
    return {zone.text: zone for zone in zones}


def require_zone(zone: Fqdn, zones: Collection[Fqdn]) -> None:
    """Raise InputError if `zone` is none of those that may be written."""
    if zone not in zones:
        known = ", ".join(each.relative for each in sorted(zones)) or "no zone"
        raise InputError(
            "{zone} may not be written here, but {known}", zone=zone.relative, known=known
        )
