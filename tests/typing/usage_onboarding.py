"""The public face of onboarding, as a support desk's own tool writes it; mypy checks it."""

from collections.abc import AsyncIterator
from typing import assert_type

from omi_core.findings import EN, ZH_TW, Status
from omi_core.names import Fqdn
from omi_core.onboarding import (
    DomainReport,
    Entry,
    InventoryDomains,
    Looking,
    Onboarding,
    RecordAction,
    Selector,
    Target,
    as_json,
    look,
    look_at_all,
    records_for,
    table,
    zone_file,
)

domains = InventoryDomains("inventories/prod.py")
assert_type(domains.domains(), tuple[Fqdn, ...])
target = domains.target(Fqdn.parse("shop.example"))
assert_type(target, Target)
assert_type(target.selectors, tuple[Selector, ...])


async def handed_over() -> str:
    async with Looking.opened(rate=20, families=(4,), patience_s=10) as looking:
        made = await records_for(target, looking)
    assert_type(made, Onboarding)
    assert_type(made.to_do, tuple[Entry, ...])
    assert_type(made.to_do[0].action, RecordAction)
    assert_type(as_json(made), dict[str, object])
    return table(made, ZH_TW) + zone_file(made, EN)


async def is_right() -> bool:
    async with Looking.opened() as looking:
        report = await look(target, looking)
    assert_type(report, DomainReport)
    assert_type(report.onboarding, Onboarding | None)
    return report.status is Status.PASSED


async def every_domain() -> AsyncIterator[str]:
    targets = map(domains.target, domains.domains())
    async with Looking.opened() as looking:
        async for report in look_at_all(targets, looking, at_once=64):
            yield f"{report.domain} {report.exit_code}"


domains.target("shop.example")  # type: ignore[arg-type]
Looking.opened(20)  # type: ignore[call-arg, arg-type]
