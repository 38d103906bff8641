"""From the root down, past servers that are broken in every way that servers are."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import dns.zone
import pytest

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError
from omi_core.mailauth.questions import Answer, Question
from omi_core.resolve.delegation import DelegatedZone
from omi_core.resolve.lookup import Lookups
from omi_core.resolve.network import Network, RateLimits
from omi_core.resolve.walk import Start, Walker
from tests.authority import Authority, Odd, free_port

ROOT = """
@ NS ns.root.
ns.root. A 127.0.0.1
example. NS ns.root.
tw. NS ns.root.
"""
EXAMPLE = """
@ NS ns.root.
shop NS ns1.shop
shop NS ns2.shop
ns1.shop A 127.0.0.2
ns2.shop A 127.0.0.3
loop1 NS ns.loop2.example.
loop2 NS ns.loop1.example.
far NS ns1.shop.example.
"""
SHOP = """
@ NS ns1
@ NS ns2
ns1 A 127.0.0.2
ns2 A 127.0.0.3
@ TXT "v=spf1 -all"
www CNAME far.far.example.
round CNAME square
square CNAME round
@ MX 20 b
@ MX 10 a
"""
FAR = '@ NS ns1.shop.example.\nfar TXT "here"\n'

Looked = Callable[..., object]


class Tree:
    """A root, a TLD and a domain on two servers, of which the second may be odd."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.port = free_port()
        root = {"": ROOT, "example": EXAMPLE, "tw": "@ NS ns.root.\n"}
        self.servers = [self.serve("127.0.0.1", root)]

    def serve(self, host: str, zones: dict[str, str], odd: Odd | None = None) -> Authority:
        return self.stack.enter_context(Authority(host, zones, self.port, odd))

    def look(self, *looks: Callable[[Walker], object], **limits: float) -> list[object]:
        """Run coroutines of one walker, one after the other."""

        async def all_of_them() -> list[object]:
            kept = RateLimits(**{"rate": 1000.0, "timeout_s": 0.2, **limits})  # type: ignore[arg-type]
            async with Network(kept) as network:
                walker = Walker(network, Start(roots=(Server("127.0.0.1", self.port),)))
                return [await look(walker) for look in looks]  # type: ignore[misc]

        return asyncio.run(all_of_them())

    def answer(self, name: str, kind: str) -> Answer:
        [found] = self.look(
            lambda walker: Lookups(walker).answer(Question(name, kind)), timeout_s=5.0
        )
        assert isinstance(found, Answer)
        return found


@pytest.fixture
def tree() -> Iterator[Tree]:
    with ExitStack() as stack:
        yield Tree(stack)


@pytest.fixture
def sound(tree: Tree) -> Tree:
    for host in ("127.0.0.2", "127.0.0.3"):
        tree.serve(host, {"shop.example": SHOP, "far.example": FAR})
    return tree


def zone_of(tree: Tree, name: str) -> DelegatedZone:
    [zone] = tree.look(lambda walker: walker.zone_of(name))
    assert isinstance(zone, DelegatedZone)
    return zone


def test_a_zone_is_found_by_its_parents_delegation(sound: Tree) -> None:
    zone = zone_of(sound, "omi1._domainkey.shop.example")
    assert zone.name == "shop.example"
    assert [str(one.host) for one in zone.addresses] == ["127.0.0.2", "127.0.0.3"]
    assert zone.said_by_parent


def test_a_name_that_does_not_exist_is_in_the_zone_above_it(sound: Tree) -> None:
    assert zone_of(sound, "nobody.example").name == "example"


def test_names_are_followed_over_zones_and_loops_end(sound: Tree) -> None:
    assert sound.answer("www.shop.example", "TXT").values == ("here",)
    assert sound.answer("shop.example", "MX").values == ("a.shop.example", "b.shop.example")
    assert "CNAME" in str(sound.answer("round.shop.example", "TXT").failed)
    assert sound.answer("nothing.shop.example", "A") == Answer()


CHAINS = "$TTL 1\n" + "".join(f"c{number} CNAME c{number + 1}\n" for number in range(400))
CHAINS += 'c400 TXT "far"\n'
CHAIN = [  # made once, because reading it takes longer than a server may
    dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
    for name, rdataset in dns.zone.from_text(
        CHAINS, origin="long.example.", relativize=False, check_origin=False
    ).iterate_rdatasets()
]


def in_one_message(query: dns.message.Message, transport: str) -> bytes | None:
    """Answer with all 400 of them at once, as a server may."""
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    if transport == "udp":
        made.flags |= dns.flags.TC
        return made.to_wire()
    made.answer = CHAIN
    return made.to_wire(max_size=65535)


def test_a_chain_of_hundreds_in_one_message_is_not_followed(tree: Tree) -> None:
    tree.servers[0].hold("example", EXAMPLE + "long NS ns.long\nns.long A 127.0.0.2\n")
    tree.serve("127.0.0.2", {}, in_one_message)
    assert tree.answer("c395.long.example", "TXT").values == ("far",)
    assert "more than 8 CNAMEs" in str(tree.answer("c0.long.example", "TXT").failed)


def test_a_delegation_loop_ends(tree: Tree) -> None:
    with pytest.raises(ObservationError, match=r"no server of loop1\.example answers"):
        tree.look(lambda walker: _asked(walker, "x.loop1.example"))


async def _asked(walker: Walker, name: str) -> object:
    return await walker.ask_any(await walker.zone_of(name), name, "TXT")


def lame(query: dns.message.Message, _transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.set_rcode(dns.rcode.REFUSED)
    return made.to_wire()


def with_another_id(query: dns.message.Message, _transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.id ^= 1
    return made.to_wire()


def with_another_question(query: dns.message.Message, _transport: str) -> bytes:
    other = dns.message.make_query("other.example", "TXT", id=query.id)
    return dns.message.make_response(other).to_wire()


def truncated_everywhere(query: dns.message.Message, transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.flags |= dns.flags.TC
    return b"" if transport == "tcp" else made.to_wire()


ODD = {
    "silent": (lambda _query, _transport: b"", "silent"),
    "refusing": (lame, "REFUSED"),
    "another id": (with_another_id, "another id"),
    "another question": (with_another_question, "another question"),
    "truncating without TCP": (truncated_everywhere, "truncated"),
    "junk": (lambda query, _transport: query.to_wire()[:2] + b"\x80\0\0\1\0\1", "garbled|silent"),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_broken_server_is_named_with_its_fault(tree: Tree, kind: str) -> None:
    odd, words = ODD[kind]
    for host in ("127.0.0.2", "127.0.0.3"):
        tree.serve(host, {"shop.example": SHOP}, odd)
    with pytest.raises(ObservationError, match=words):
        tree.look(lambda walker: _asked(walker, "shop.example"), timeout_s=0.1)


def test_a_large_answer_comes_over_tcp(tree: Tree) -> None:
    texts = "".join(f'@ TXT "{n:05}{"x" * 240}"\n' for n in range(240))
    for host in ("127.0.0.2", "127.0.0.3"):
        tree.serve(host, {"shop.example": SHOP + texts})
    assert len(tree.answer("shop.example", "TXT").values) == 241


def test_one_address_is_never_asked_faster_than_the_rate(sound: Tree) -> None:
    async def ten(walker: Walker) -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        server = Server("127.0.0.2", sound.port)
        asked = (walker.network.ask(server, "shop.example", "TXT") for _ in range(10))
        await asyncio.gather(*asked)
        return loop.time() - began

    [seconds] = sound.look(ten, rate=100)
    assert isinstance(seconds, float)
    assert seconds >= 0.09  # nine pauses of a hundredth: less would be more than the rate


def test_a_server_whose_port_is_closed_is_told_at_once(tree: Tree) -> None:
    with pytest.raises(ObservationError, match="unreachable Connection refused"):
        tree.look(lambda walker: _asked(walker, "shop.example"), timeout_s=5)
