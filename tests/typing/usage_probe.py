"""The public face of probe, as a monitoring tool writes it; mypy checks that it types."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import IPv4Address
from typing import assert_type

from omi_core.findings import ZH_TW, CheckResult, Finding, Status
from omi_core.names import Address, Fqdn
from omi_core.probe import (
    ACCESSES,
    Access,
    Cell,
    CellReport,
    Credentials,
    Expectation,
    Limits,
    ListenerTarget,
    Probe,
    Report,
    Security,
    Served,
    look_at,
    verify,
)
from omi_core.secret import Secret

name = Fqdn.parse("smtp.itpison.com")
probe = Probe(
    limits=Limits.within(10),
    credentials=Credentials.parse("shop-alice", Secret("a long password")),
    sender=Address.parse("alice@shop.example"),
    recipient=Address.parse("probe@inbox.example"),
    expectation=Expectation(plaintext_auth=True, days=20),
)
submission = [each for each in ACCESSES if each.security is Security.STARTTLS]
assert_type(submission, list[Access])


async def watched() -> Mapping[str, Status]:
    report = await verify(
        [name], probe, addresses={name: (IPv4Address("192.0.2.25"),)}, accesses=submission
    )
    assert_type(report, Report)
    assert_type(report.exit_code, int)
    assert_type(report.findings, tuple[Finding, ...])
    assert_type(report.findings[0].remedy.in_(ZH_TW), str)
    assert_type(report.cells, tuple[CellReport, ...])
    assert_type(report.cells[0].cell, Cell)
    assert_type(report.cells[0].results, tuple[CheckResult, ...])
    assert_type(report.cells[0].not_after, datetime | None)
    assert_type(report.to_json(), dict[str, object])
    return {each.cell.subject: each.status for each in report.cells}


async def served() -> tuple[Served, ...]:
    return await look_at([ListenerTarget.parse("smtp.itpison.com:465")], timeout_s=5)


Probe(credentials="shop-alice")  # type: ignore[arg-type]
Access(port="25", security=Security.NONE)  # type: ignore[arg-type]
verify(["smtp.itpison.com"], probe)  # type: ignore[list-item, unused-coroutine]
