"""A customer's domain: what he enters into DNS, and whether it is right at every server.

`InventoryDomains` says what a domain must publish, `records_for` what its owner enters, and `look`
whether it is there.
"""

from typing import TYPE_CHECKING

from omi_core.exports import lazy

if TYPE_CHECKING:
    from omi_core.onboarding.bulk import look, look_at_all
    from omi_core.onboarding.entries import Entry, Onboarding, RecordAction
    from omi_core.onboarding.formats import as_json, cloudflare_import, table, zone_file
    from omi_core.onboarding.how import Looking
    from omi_core.onboarding.observe import records_for
    from omi_core.onboarding.report import DnsReport, DomainReport
    from omi_core.onboarding.target import ExpectedSet, InventoryDomains, Selector, Target

__all__ = [
    "DnsReport",
    "DomainReport",
    "Entry",
    "ExpectedSet",
    "InventoryDomains",
    "Looking",
    "Onboarding",
    "RecordAction",
    "Selector",
    "Target",
    "as_json",
    "cloudflare_import",
    "look",
    "look_at_all",
    "records_for",
    "table",
    "zone_file",
]

_PLACES = {
    "DnsReport": "omi_core.onboarding.report",
    "DomainReport": "omi_core.onboarding.report",
    "Entry": "omi_core.onboarding.entries",
    "ExpectedSet": "omi_core.onboarding.target",
    "InventoryDomains": "omi_core.onboarding.target",
    "Looking": "omi_core.onboarding.how",
    "Onboarding": "omi_core.onboarding.entries",
    "RecordAction": "omi_core.onboarding.entries",
    "Selector": "omi_core.onboarding.target",
    "Target": "omi_core.onboarding.target",
    "as_json": "omi_core.onboarding.formats",
    "cloudflare_import": "omi_core.onboarding.formats",
    "look": "omi_core.onboarding.bulk",
    "look_at_all": "omi_core.onboarding.bulk",
    "records_for": "omi_core.onboarding.observe",
    "table": "omi_core.onboarding.formats",
    "zone_file": "omi_core.onboarding.formats",
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there
    __getattr__ = lazy(__name__, _PLACES)
