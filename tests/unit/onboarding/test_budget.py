"""What a stranger publishes decides what is asked: no domain makes a look into an attack."""

import asyncio

from omi_core.onboarding.bulk import look, look_at_all
from omi_core.onboarding.report import DomainReport
from omi_core.resolve.budget import MOST_OF_ONE_SERVER, MOST_QUESTIONS
from tests.authority import Authority
from tests.unit.onboarding.tree import TLD, Tree

MINE = "@ NS ns1.shop.example.\n"
POLICY = '_dmarc TXT "v=DMARC1; p=none"\n'
VICTIM = f"{MINE}* A 192.0.2.1\n* AAAA 2001:db8::1\n"


def exchangers(zone: str) -> str:
    """An SPF record of ten terms, each of ten hosts in somebody else's zone."""
    terms = " ".join(f"mx:m{number}.hostile.example" for number in range(9))
    hosts = "".join(
        f"m{number} MX 10 h{number}-{host}.{zone}.\n" for number in range(9) for host in range(10)
    )
    return f'@ TXT "v=spf1 {terms} -all"\n{hosts}{POLICY}'


def plant(tree: Tree, zones: dict[str, str]) -> None:
    """Put zones on the second server, and the victim's on the first alone."""
    delegations = "".join(f"{label} NS ns2.shop\n" for label in zones)
    tree.root.hold("example", f"{TLD}victim NS ns1.shop\n{delegations}")
    tree.ns1.hold("victim.example", VICTIM)
    for label, text in zones.items():
        tree.ns2.hold(f"{label}.example", text)


def unplant(tree: Tree, zones: dict[str, str]) -> None:
    tree.ns1.drop("victim.example")
    for label in zones:
        tree.ns2.drop(f"{label}.example")


def asked_about(server: Authority, zone: str) -> int:
    return sum(name.endswith(zone) for name, _, _ in server.asked)


def reports(tree: Tree, *domains: str) -> dict[str, DomainReport]:
    async def all_of_them() -> dict[str, DomainReport]:
        async with tree.network(2.0) as network:
            targets = [tree.sender(domain) for domain in domains]
            found = look_at_all(targets, tree.looking(network, 30), 4)
            return {each.domain: each async for each in found}

    return asyncio.run(all_of_them())


def test_a_domain_that_names_a_victims_hosts_costs_the_victim_little(tree: Tree) -> None:
    zones = {"hostile": f"@ NS ns2.shop.example.\n{exchangers('victim.example')}"}
    plant(tree, zones)
    tree.ns1.asked.clear()
    found = reports(tree, "hostile.example", "shop.example")
    unplant(tree, zones)
    assert asked_about(tree.ns1, "victim.example") <= MOST_OF_ONE_SERVER
    hostile = found["hostile.example"]
    assert hostile.exit_code == 3
    [why] = [each.verdict.note.en for each in hostile.unseen]
    assert f"more than {MOST_OF_ONE_SERVER} questions to 127.0.0.2:{tree.port}" in why
    assert "victim.example" in why
    assert found["shop.example"].exit_code == 0


def test_the_reason_is_told_in_the_readers_language(tree: Tree) -> None:
    zones = {"hostile": f"@ NS ns2.shop.example.\n{exchangers('victim.example')}"}
    plant(tree, zones)
    found = reports(tree, "hostile.example")["hostile.example"]
    unplant(tree, zones)
    assert "\u984c" in found.unseen[0].verdict.note.to_json()["zh-TW"]


def test_what_a_domain_that_costs_too_much_left_open_is_found_for_the_next(tree: Tree) -> None:
    """Both want the same answers; the first is stopped while the second waits for them."""
    zones = {
        label: f"@ NS ns2.shop.example.\n{exchangers('victim.example')}"
        for label in ("hostile", "second")
    }
    right = '@ TXT "v=spf1 mx:m8.hostile.example include:_spf.relay.example -all"\n'
    zones["second"] = f"@ NS ns2.shop.example.\n{right}{POLICY}"
    plant(tree, zones)
    found = reports(tree, "hostile.example", "second.example")
    unplant(tree, zones)
    assert found["hostile.example"].exit_code == 3
    [view] = found["second.example"].seen.views
    assert {each.result.value for each in view.spf.values()} == {"pass"}


def test_all_that_is_asked_for_a_domain_is_bounded(tree: Tree) -> None:
    hosts = [f"127.0.2.{number}" for number in range(1, 21)]
    names = "".join(f"hostile NS n{n}.hostile\n" for n in range(13))
    glue = "".join(f"n{n % 13}.hostile A {host}\n" for n, host in enumerate(hosts))
    tree.root.hold("example", TLD + names + glue)
    servers = [tree.serve(host, {"hostile.example": POLICY}) for host in hosts]
    asked_before = len(tree.root.asked)

    async def one() -> DomainReport:
        async with tree.network(2.0) as network:
            return await look(tree.sender("hostile.example"), tree.looking(network, 30))

    asyncio.run(one())
    total = sum(len(each.asked) for each in servers) + len(tree.root.asked) - asked_before
    assert total <= MOST_QUESTIONS
