"""Zones at Cloudflare: read in one request, changed in transactions, and looked at afterwards.

The service has no compare-and-set, so the zone is read again just before each write: what has
changed since the plan was made is not overwritten. What a write of unknown outcome did is found
out by looking, never by repeating it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from omi_core.dns.errors import NotPublishedError, ServerRefusedError, ZoneChangedError
from omi_core.dns.plan import Change
from omi_core.dns.providers.cloudflare.access import SERVICE
from omi_core.dns.providers.cloudflare.api import (
    Api,
    NotAcceptedError,
    OutcomeUnknownError,
    OverlapError,
    ZoneEntry,
)
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.record import batches, record_of, still_to_do
from omi_core.dns.providers.cloudflare.token import token_of
from omi_core.dns.providers.interface import require_zone
from omi_core.dns.record import Record
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError, OmiError
from omi_core.inventory.model import CloudflareDns
from omi_core.names import Fqdn
from omi_core.text import Text

FREE_PLAN = 200  # changes in a batch; 3,500 on the paid plans
_TRIES = 4
_PAUSE_S = 1.0


@dataclass(kw_only=True)
class CloudflareProvider:
    """The zones `writable` that the token of `api` may edit.

    `batch_limit` is the number of changes that the account's plan allows in one request.
    Implements `Provider`.
    """

    api: Api
    writable: tuple[Fqdn, ...]
    batch_limit: int = FREE_PLAN
    _found: dict[Fqdn, ZoneEntry] = field(default_factory=dict, init=False, repr=False)

    def zones(self) -> tuple[Fqdn, ...]:
        """Return the zones that the settings name; a token may see others, which are not ours."""
        return tuple(sorted(self.writable))

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        """Return all of `zone`; a page is so big that asking for `names` would not be less."""
        del names
        require_zone(zone, self.writable)
        return Zone.of(zone, map(record_of, self.api.records(zone, self._entry(zone).identifier)))

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        """Write what is not yet as planned until nothing is left; see `Provider.apply`."""
        if not changes:
            return
        failed: OutcomeUnknownError | NotAcceptedError | None = None
        for attempt in range(_TRIES):
            left, moved = still_to_do(changes, self._sets(zone))
            if moved:
                raise ZoneChangedError(zone, moved)
            if not left:
                return
            if attempt:
                self.api.budget.sleep(_PAUSE_S * attempt)
            failed = None
            try:
                self._write(zone, left)
            except OverlapError:
                continue
            except (OutcomeUnknownError, NotAcceptedError) as error:
                failed = error
        self._settle(zone, changes, failed)

    def _settle(self, zone: Fqdn, changes: Sequence[Change], failed: OmiError | None) -> None:
        left, moved = still_to_do(changes, self._sets(zone))
        if left and failed:
            raise ObservationError(
                "{failed}, {tries} times; what is written is whole, run again",
                failed=failed,
                tries=_TRIES,
            )
        if left or moved:
            raise NotPublishedError(zone, [*(str(c.expected) for c in left), *moved])

    def _write(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        entry = self._entry(zone)
        for batch in batches(changes, self.batch_limit, is_enterprise=entry.is_enterprise):
            self.api.batch(zone, entry.identifier, batch)

    def _sets(self, zone: Fqdn) -> dict[tuple[Fqdn, str], tuple[Record, ...]]:
        found: dict[tuple[Fqdn, str], tuple[Record, ...]] = {}
        for record in self.read(zone, ()).records:
            key = (record.name, record.type)
            found[key] = (*found.get(key, ()), record)
        return found

    def _entry(self, zone: Fqdn) -> ZoneEntry:
        if zone not in self._found:
            self._found[zone] = self._look_up(zone)
        return self._found[zone]

    def _look_up(self, zone: Fqdn) -> ZoneEntry:
        found = self.api.zones(zone)
        if not found:
            raise ServerRefusedError(
                "{service} shows the API token no zone {zone}; give the token Zone Read "
                "and DNS Edit on it, or add the zone to the account",
                service=SERVICE,
                zone=zone.relative,
            )
        if any(one != other for one, other in pairwise(found)):
            raise InputError(
                "{service} has {found} zones {zone} for this token; limit the token to "
                "the account that serves it",
                service=SERVICE,
                found=len(found),
                zone=zone.relative,
            )
        return found[0]


def provider(
    settings: CloudflareDns, writable: tuple[Fqdn, ...], progress: Callable[[Text], None]
) -> CloudflareProvider:
    """Return the service of these settings; InputError if there is no token."""
    api = Api(token=token_of(settings.token_file, settings.token), budget=Budget(progress=progress))
    return CloudflareProvider(api=api, writable=writable, batch_limit=settings.batch_limit)
