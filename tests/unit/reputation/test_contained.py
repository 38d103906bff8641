"""A fault of ours at one list or one address costs nothing else its result."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from omi_core.dns.client.server import Server
from omi_core.dns.operator import Operator, RelayAddress
from omi_core.findings.verdict import Status
from omi_core.names import Fqdn
from omi_core.onboarding.how import Looking
from omi_core.reputation.blocklists import LISTS, BlockList
from omi_core.reputation.report import ReputationReport, look
from omi_core.resolve.budget import MOST_OF_ONE_SERVER
from omi_core.text import Text
from tests.unit.reputation.world import V4, V6, World


class Broken(dict[str, Text]):
    """Codes that nobody can look into: seen while the answer is read, or while it is told."""

    def __init__(self, breaks: str) -> None:
        super().__init__(LISTS[0].codes)
        self.breaks = breaks

    def __contains__(self, code: object) -> bool:
        if self.breaks == "reading":
            raise RuntimeError("a fault")
        return super().__contains__(code)

    def __getitem__(self, code: str) -> Text:
        raise RuntimeError("a fault")


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMI_LOG", "")


def operator(*hosts: str) -> Operator:
    relays = tuple(
        RelayAddress(
            name=Fqdn.parse(f"{host}.relay.example"),
            ipv4=IPv4Address(V4),
            ipv6=IPv6Address(V6),
        )
        for host in hosts
    )
    return Operator(zone=Fqdn.parse("relay.example"), relays=relays)


def looked(there: World, who: Operator, *lists: BlockList) -> ReputationReport:
    async def run() -> ReputationReport:
        roots = (Server("127.0.0.1", there.port),)
        async with Looking.opened(root_servers=roots, families=(4,), rate=5000) as how:
            return await look(who, lists, how)

    return asyncio.run(run())


def test_a_fault_while_one_list_is_read_is_told_of_that_list(there: World) -> None:
    broken = replace(LISTS[0], codes=Broken("reading"))

    report = looked(there, operator("smtp"), broken, LISTS[1])

    statuses = [each.verdict.status for each in report.addresses[0].results]
    assert statuses == [Status.UNKNOWN, *[Status.PASSED] * 5]
    assert "RuntimeError" in report.addresses[0].results[0].verdict.note.en


def test_a_fault_while_one_address_is_judged_is_told_of_that_address(there: World) -> None:
    there.enter(LISTS[0].zone, V4, "127.0.0.4")

    report = looked(there, operator("smtp"), replace(LISTS[0], codes=Broken("telling")))

    assert [each.status for each in report.addresses] == [Status.UNKNOWN, Status.PASSED]


def test_many_relays_are_looked_at_with_each_test_point_asked_once(there: World) -> None:
    who = operator(*(f"h{number}" for number in range(40)))

    report = looked(there, who, LISTS[0])

    assert len(report.addresses) == 80
    points = [name for name in there.asked(LISTS[0].zone) if name.startswith("2.0.0.127.")]
    assert len(points) == 1


def test_an_spf_record_that_includes_itself_is_an_error_and_costs_little(there: World) -> None:
    there.publish(
        "@ NS ns.root.\nsmtp A 192.0.2.25\nsmtp AAAA 2001:db8::25\n"
        '_spf TXT "v=spf1 include:_spf.relay.example -all"\n'
    )

    report = looked(there, operator("smtp"), LISTS[0])

    told = next(each for each in report.addresses[0].results if each.check.id == "spf-covers")
    assert told.verdict.status is Status.FAILED
    assert len(there.server.asked) < MOST_OF_ONE_SERVER
