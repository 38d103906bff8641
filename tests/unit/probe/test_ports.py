"""A port that cannot be reached, and what that means beside those that can."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from omi_core.findings.verdict import CheckResult, Status
from omi_core.language import ZH_TW
from omi_core.names import Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.checklist import judge_cell
from omi_core.probe.context import CheckContext, ProbeInputs
from omi_core.probe.observation import CellSeen, Conversation, Purpose
from omi_core.probe.probe import Expectation
from omi_core.smtp.fault import Fault, FaultKind, Stage
from omi_core.smtp.listeners import Access, Security

ADDRESS = ip_address("192.0.2.25")


def judged(port: int, kind: FaultKind, *, is_open_elsewhere: bool) -> tuple[CheckResult, ...]:
    fault = Fault(kind=kind, stage=Stage.CONNECT, detail="as the system says")
    look = Conversation(
        purpose=Purpose.LOOK, replies={}, fault=fault, tls=None, entries=(), seconds=0.0
    )
    cell = Cell(
        name=Fqdn.parse("relay.test"),
        address=ADDRESS,
        access=Access(port=port, security=Security.STARTTLS),
    )
    context = CheckContext(
        expectation=Expectation(),
        asked=ProbeInputs(),
        now=datetime.now(UTC),
        open_elsewhere=frozenset([ADDRESS] if is_open_elsewhere else []),
    )
    return judge_cell(CellSeen(cell=cell, conversations={Purpose.LOOK: look}), context)


@pytest.mark.parametrize("kind", [FaultKind.REFUSED, FaultKind.SILENT])
@pytest.mark.parametrize(
    ("port", "is_open_elsewhere", "finding"),
    [
        (25, True, "port-25-blocked"),
        (25, False, "port-closed"),
        (587, True, "port-closed"),
    ],
)
def test_a_shut_port_is_one_finding_and_says_which_others_to_use(
    port: int,
    is_open_elsewhere: bool,  # noqa: FBT001 - a column of the table
    finding: str,
    kind: FaultKind,
) -> None:
    results = judged(port, kind, is_open_elsewhere=is_open_elsewhere)

    assert [each.verdict.finding.id for each in results if each.verdict.finding] == [finding]
    assert {each.verdict.status for each in results} == {Status.FAILED, Status.SKIPPED}
    words = results[0].verdict.finding.remedy if results[0].verdict.finding else None
    assert words is not None
    assert (finding != "port-25-blocked") or ("465" in words.en and "465" in words.in_(ZH_TW))


def test_an_address_that_this_machine_has_no_way_to_was_not_looked_at() -> None:
    results = judged(465, FaultKind.NO_ROUTE, is_open_elsewhere=False)

    assert results[0].verdict.status is Status.UNKNOWN
    assert not [each for each in results if each.verdict.status is Status.PASSED]
