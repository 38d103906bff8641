"""Zones that a person edits: what stands there is asked of their servers, nothing is written."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from omi_core.dns.agreement import authoritative_servers
from omi_core.dns.client.by_query import ZoneReader
from omi_core.dns.client.connection import Exchange
from omi_core.dns.client.server import Server
from omi_core.dns.plan import Change
from omi_core.dns.providers.interface import require_zone
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError
from omi_core.inventory.model import ManualDns
from omi_core.names import Fqdn
from omi_core.text import Text

_ANSWER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualProvider:
    """The zones `writable`, as their authoritative servers show them. Implements `Provider`."""

    writable: tuple[Fqdn, ...]
    servers: Callable[[Fqdn], Sequence[Server]] = authoritative_servers

    def zones(self) -> tuple[Fqdn, ...]:
        """Return the zones that the settings name."""
        return tuple(sorted(self.writable))

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        """Ask the first of the zone's servers that answers for each of `names`."""
        require_zone(zone, self.writable)
        fault: ObservationError | None = None
        for server in self.servers(zone):
            try:
                with Exchange(server, None, _ANSWER_S) as exchange:
                    return ZoneReader(exchange, zone, _refusal(server, zone)).read(names)
            except ObservationError as error:
                fault = error
        raise fault or ObservationError("{zone} has no name server", zone=zone.relative)

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Refuse with what has to be entered, if there is anything."""
        if changes:
            entered = "; ".join(line for change in changes for line in to_enter(change))
            raise InputError(
                "{zone} is edited by hand: {entered}", zone=zone.relative, entered=entered
            )


def provider(
    _settings: ManualDns, writable: tuple[Fqdn, ...], _progress: Callable[[Text], None]
) -> ManualProvider:
    """Return the service of these settings, of which there are none."""
    return ManualProvider(writable=writable)


def to_enter(change: Change) -> tuple[str, ...]:
    """Return what a person does in his DNS panel for one change, a line for each record."""
    removed = (f"remove {record}" for record in change.removes)
    return (*removed, *(f"enter {record}" for record in change.adds))


def _refusal(server: Server, zone: Fqdn) -> Callable[[str], ObservationError]:
    return lambda rcode: ObservationError(
        "{server} answered {rcode} when {zone} was read",
        server=server,
        rcode=rcode,
        zone=zone.relative,
    )
