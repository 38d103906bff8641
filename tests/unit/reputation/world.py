"""A small world on loopback: root, TLDs, the operator's zone, reverse zones, and every list.

All of it is at one server, which may misbehave.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.message
import dns.rcode
import dns.rrset

from omi_core.reputation.blocklists import LISTS
from tests.authority import Authority, free_port

Codes = Callable[[str], "tuple[str, ...] | bytes | int | None"]

ROOT = "@ NS ns.root.\nns.root. A 127.0.0.1\n" + "".join(
    f"{tld}. NS ns.root.\n" for tld in ("example", "org", "net", "com", "arpa")
)
OURS = """
@ NS ns.root.
smtp A 192.0.2.25
smtp AAAA 2001:db8::25
_spf TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"
"""
V4, V6 = "192.0.2.25", "2001:db8::25"
CLEAN = ("127.0.0.1", "::ffff:127.0.0.1")
TESTED = ("127.0.0.2",)


def reverse(address: str) -> str:
    """The name of an address in a list, as RFC 5782 has it, without the list's own."""
    made = ip_address(address)
    if made.version == 4:
        return ".".join(reversed(address.split(".")))
    return ".".join(reversed(made.exploded.replace(":", "")))


@dataclass
class World:
    """What each list and the reverse zones say; everything is right unless a test says so."""

    port: int
    server: Authority
    lists: dict[str, Codes] = field(default_factory=dict)

    def reset(self) -> None:
        self.lists = {}
        for tld in ("example", "arpa"):
            self.delegate_nowhere(tld)
        self.publish(OURS)
        self.names(V4, "smtp.relay.example.")
        self.names(V6, "smtp.relay.example.")

    def delegate_nowhere(self, tld: str, *zones: str) -> None:
        """Have these zones served by nobody, and no others."""
        cuts = "".join(f"{zone}. NS nowhere.invalid.\n" for zone in zones)
        self.server.hold(tld, f"@ NS ns.root.\n{cuts}")
        for zone in zones:
            self.server.drop(zone)

    def publish(self, text: str) -> None:
        self.server.hold("relay.example", text)

    def names(self, address: str, *names: str) -> None:
        zone = ip_address(address).reverse_pointer
        at = "".join(f"@ PTR {name}\n" for name in names)
        self.server.hold(zone, f"@ NS ns.root.\n{at}")

    def enter(self, zone: str, address: str, *codes: str) -> None:
        """Put an address on a list, which is otherwise as lists are."""
        self.lists[zone] = lambda name: codes if name == reverse(address) else right(name)

    def asked(self, zone: str) -> list[str]:
        return [name for name, kind, _ in self.server.asked if name.endswith(zone) and kind == "A"]


def right(name: str) -> tuple[str, ...]:
    return ("127.0.0.2",) if name == reverse("127.0.0.2") else ()


def zone_of(name: str) -> str:
    return next((each.zone for each in LISTS if name.endswith(f".{each.zone}")), "")


@contextmanager
def world() -> Iterator[World]:
    port = free_port()
    made: list[World] = []

    def odd(query: dns.message.Message, _way: str) -> bytes | None:
        name = query.question[0].name.to_text(omit_final_dot=True)
        zone = zone_of(name)
        if not zone or not made:
            return None
        said = made[0].lists.get(zone, right)(name.removesuffix(f".{zone}"))
        return None if said is None else answered(query, said)

    zones = {"": ROOT, **dict.fromkeys(("example", "org", "net", "com", "arpa"), "@ NS ns.root.\n")}
    with Authority("127.0.0.1", zones, port, odd) as server:
        made.append(World(port, server))
        yield made[0]


def answered(query: dns.message.Message, said: tuple[str, ...] | bytes | int) -> bytes:
    """The octets of an answer: addresses, an RCODE, or what is given."""
    if isinstance(said, bytes):
        return said
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    if isinstance(said, int):
        reply.set_rcode(dns.rcode.Rcode(said))
    elif said:
        name = query.question[0].name
        reply.answer.append(dns.rrset.from_text_list(name, 1, "IN", "A", list(said)))
    else:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire(max_size=65535)
