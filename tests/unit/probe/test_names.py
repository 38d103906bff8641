"""What a name resolves to, asked of a real name server in this process."""

import asyncio
from ipaddress import ip_address
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from omi_core.names import Fqdn
from omi_core.probe.name_seen import NameSeen, Resolver
from omi_core.probe.probe import Expectation
from omi_core.probe.rules.name import judge_name

NAME = Fqdn.parse("relay.test")
FOUR, SIX = "192.0.2.25", "2001:db8::25"
RIGHT = {
    ("relay.test.", "A"): FOUR,
    ("relay.test.", "AAAA"): SIX,
    ("25.2.0.192.in-addr.arpa.", "PTR"): "relay.test.",
    (f"{ip_address(SIX).reverse_pointer}.", "PTR"): "relay.test.",
}


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, records: dict[tuple[str, str], str], *, silent: bool) -> None:
        self.records, self.silent = records, silent

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self.silent:
            return
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = question.rdtype.name
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        value = self.records.get((question.name.to_text().lower(), kind))
        if value:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))
        self.transport.sendto(answer.to_wire(), addr)


def seen(records: dict[tuple[str, str], str], *, silent: bool = False) -> NameSeen:
    async def ask() -> NameSeen:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _NameServer(records, silent=silent), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        try:
            return await Resolver(["127.0.0.1"], port, timeout_s=0.5).look_up(NAME)
        finally:
            transport.close()
            await asyncio.sleep(0)

    return asyncio.run(ask())


def outcome(looked_up: NameSeen, expectation: Expectation | None = None) -> dict[str, str]:
    results = judge_name(looked_up, expectation or Expectation())
    found = {}
    for each in results:
        verdict = each.verdict
        if verdict.finding or verdict.status.value == "unknown":
            found[each.check.id] = verdict.finding.id if verdict.finding else "unknown"
    return found


def without(*kinds: str) -> dict[tuple[str, str], str]:
    return {key: value for key, value in RIGHT.items() if key[1] not in kinds}


def test_a_right_name_has_nothing_against_it() -> None:
    assert outcome(seen(RIGHT)) == {}


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, {"name-resolves": "name-not-there"}),
        (without("A"), {"name-has-ipv4": "name-without-ipv4"}),
        (without("AAAA"), {"name-has-ipv6": "name-without-ipv6"}),
        (without("PTR"), {"address-has-ptr": "ptr-missing"}),
        (
            RIGHT | {("25.2.0.192.in-addr.arpa.", "PTR"): "other.test."},
            {"address-has-ptr": "ptr-unconfirmed"},
        ),
        (
            {("relay.test.", "A"): "127.0.0.1", ("relay.test.", "AAAA"): "::1"},
            {"address-usable": "address-loopback", "address-has-ptr": "ptr-missing"},
        ),
    ],
    ids=["nothing", "IPv6 only", "IPv4 only", "no PTR", "PTR elsewhere", "loopback"],
)
def test_what_is_wrong_with_a_name_is_found(
    records: dict[tuple[str, str], str], found: dict[str, str]
) -> None:
    assert outcome(seen(records)) == found


def test_a_name_server_that_says_nothing_is_no_proof_that_a_name_is_not_there() -> None:
    found = outcome(seen(RIGHT, silent=True))

    assert set(found.values()) == {"unknown"}


def test_addresses_other_than_the_inventorys_are_found() -> None:
    expectation = Expectation(addresses={NAME: frozenset([ip_address("192.0.2.99")])})

    assert outcome(seen(RIGHT), expectation) == {"address-expected": "address-unexpected"}
