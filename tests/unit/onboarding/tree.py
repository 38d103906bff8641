"""A small tree of names on loopback: root and TLD, the operator's zone, a shop on two servers."""

import asyncio
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from omi_core.dns.client.server import Server
from omi_core.dns.operator import Operator, RelayAddress
from omi_core.dns.txt import Txt
from omi_core.language import EN
from omi_core.names import Fqdn
from omi_core.onboarding.bulk import look
from omi_core.onboarding.entries import Entry, Onboarding
from omi_core.onboarding.how import Looking
from omi_core.onboarding.report import DomainReport
from omi_core.onboarding.target import Target, target_of
from omi_core.onboarding.wait import look_until_fine
from omi_core.resolve.network import Network, RateLimits
from omi_core.resolve.walk import Start, Walker
from tests.authority import Authority, Odd, free_port

ZONES = Path(__file__).parent / "zones"
ROOT = "@ NS ns.root.\nns.root. A 127.0.0.1\nexample. NS ns.root.\ncom. NS ns.root.\n"
TLD = """
@ NS ns.root.
shop NS ns1.shop
shop NS ns2.shop
ns1.shop A 127.0.0.2
ns2.shop A 127.0.0.3
relay NS ns.root.
services NS ns.root.
"""
OURS = Operator(
    zone=Fqdn.parse("relay.example"),
    relays=(
        RelayAddress(
            name=Fqdn.parse("smtp.relay.example"),
            ipv4=IPv4Address("192.0.2.25"),
            ipv6=IPv6Address("2001:db8::25"),
        ),
    ),
)


def _hosts(letter: str, first: int, last: int) -> str:
    """Terms that each cost a look-up."""
    return " ".join(f"a:{letter}{n}.services.example" for n in range(first, last + 1))


SERVICES = f"""
@ NS ns.root.
big TXT "v=spf1 {_hosts("h", 1, 6)} ~all"
more TXT "v=spf1 {_hosts("h", 7, 9)} ~all"
ten TXT "v=spf1 include:big.services.example {_hosts("h", 7, 7)} ~all"
void TXT "v=spf1 {_hosts("g", 1, 3)} ~all"
policies TXT "v=DMARC1; p=quarantine"
"""

RIGHT = (
    ("@", "NS", "ns1"),
    ("@", "NS", "ns2"),
    ("ns1", "A", "127.0.0.2"),
    ("ns2", "A", "127.0.0.3"),
    ("@", "TXT", "google-site-verification=abc"),
    ("@", "TXT", "v=spf1 include:_spf.relay.example ~all"),
    ("omi1._domainkey", "CNAME", "omi1.shop.example.dkim.relay.example."),
    ("omi2._domainkey", "CNAME", "omi2.shop.example.dkim.relay.example."),
    ("_dmarc", "TXT", "v=DMARC1; p=none"),
)
Record = tuple[str, str, str]


def real_key() -> str:
    """A key record that can be read, made once."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from omi_core.mailauth.dkim.record import DkimKey

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return str(DkimKey.from_spki(spki))


def written(records: Iterable[Record]) -> str:
    """The records as lines of a master file."""
    lines = (
        f"{name} {kind} {Txt.of(data) if kind in {'TXT', 'SPF'} else data}"
        for name, kind, data in records
    )
    return "\n".join(lines) + "\n"


@dataclass
class Tree:
    """The servers, and what the shop's zone holds at each of its two."""

    stack: ExitStack
    key: str
    at: dict[str, list[Record]] = field(default_factory=dict)
    families: tuple[int, ...] = (4, 6)
    grown: dict[str, str] = field(default_factory=dict)  # the delegation of each other zone

    def __post_init__(self) -> None:
        self.port = free_port()
        hosts = "".join(f"h{n} A 192.0.2.{100 + n}\n" for n in range(1, 10))
        zones = {
            "": ROOT,
            "example": TLD,
            "com": "@ NS ns.root.\n",
            "services.example": SERVICES + hosts,
            "relay.example": self.operator(),
        }
        self.root = self.serve("127.0.0.1", zones)
        self.ns1 = self.serve("127.0.0.2", {})
        self.ns2 = self.serve("127.0.0.3", {})
        self.publish(RIGHT)

    def operator(self, extra: str = "") -> str:
        return (
            "@ NS ns.root.\n"
            '_spf TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"\n'
            "omi1._domainkey CNAME omi1.relay.example.dkim\n"
            "omi2._domainkey CNAME omi2.relay.example.dkim\n"
            f"omi1.shop.example.dkim TXT {Txt.of(self.key)}\n{extra}"
        )

    def serve(self, host: str, zones: dict[str, str], odd: Odd | None = None) -> Authority:
        return self.stack.enter_context(Authority(host, zones, self.port, odd))

    def publish(self, records: Iterable[Record], *, only: str = "") -> None:
        for name, server in (("ns1", self.ns1), ("ns2", self.ns2)):
            if only in {"", name}:
                self.at[name] = list(records)
                server.hold("shop.example", written(self.at[name]))

    def grow(self, domain: str, text: str = "", *, delegation: str = "") -> Target:
        """Delegate another zone, by default a file of `zones`, to the same two servers."""
        text = text or (ZONES / f"{domain}.zone").read_text("utf-8")
        servers = "" if "NO_NS" in text else "@ NS ns1.shop.example.\n@ NS ns2.shop.example.\n"
        for server in (self.ns1, self.ns2):
            server.hold(domain, servers + text.replace("@KEY@", str(Txt.of(self.key))))
        short = domain.removesuffix(".example")
        self.grown[domain] = delegation or f"{short} NS ns1.shop\n{short} NS ns2.shop\n"
        self.root.hold("example", TLD + "".join(self.grown.values()))
        keys = (f"{one}.{domain}.dkim TXT {Txt.of(self.key)}\n" for one in ("omi1", "*"))
        self.root.hold("relay.example", self.operator("".join(keys)))
        return self.sender(domain)

    def sender(self, domain: str) -> Target:
        return target_of(Fqdn.parse(domain), OURS, ("omi1", "omi2"), {})

    def reset(self) -> None:
        for domain in self.grown:
            self.ns1.drop(domain)
            self.ns2.drop(domain)
        self.grown.clear()
        self.families = (4, 6)
        for server in (self.root, self.ns1, self.ns2):
            server.odd = None
        self.root.hold("example", TLD)
        self.root.hold("relay.example", self.operator())
        self.publish(RIGHT)

    def target(self, **signing: str) -> Target:
        return target_of(Fqdn.parse("shop.example"), OURS, ("omi1", "omi2"), signing)

    def look(
        self, *, patience_s: float = 10, timeout_s: float = 0.15, **signing: str
    ) -> DomainReport:
        return self.look_at(self.target(**signing), patience_s=patience_s, timeout_s=timeout_s)

    def look_at(
        self, target: Target, *, patience_s: float = 10, timeout_s: float = 0.15
    ) -> DomainReport:
        async def one() -> DomainReport:
            async with self.network(timeout_s) as network:
                return await look(target, self.looking(network, patience_s))

        return asyncio.run(one())

    def wait(self, seconds: float, said: list[str]) -> DomainReport:
        async def one() -> DomainReport:
            async with self.network(0.15) as network:
                how = self.looking(network, 10)
                return await look_until_fine(self.target(), how, seconds, said.append, EN)

        return asyncio.run(one())

    def network(self, timeout_s: float) -> Network:
        return Network(RateLimits(rate=5000, timeout_s=timeout_s))

    def looking(self, network: Network, patience_s: float) -> Looking:
        start = Start(roots=(Server("127.0.0.1", self.port),), families=self.families)
        return Looking.over(network, Walker(network, start), patience_s)

    def follow(self, made: Onboarding) -> None:
        """Do what the records say: remove what must go, enter what is to do."""
        records = list(self.at["ns1"])
        for entry in made.to_do:
            records = [each for each in records if not _must_go(each, entry)]
            short = entry.relative_to("shop.example")
            data = entry.value if entry.type == "TXT" else f"{entry.value}."
            records.append((short, entry.type, data))
        self.publish(records)

    def forget(self, *names: str) -> None:
        """Remove what was entered at a wrong name."""
        self.publish([each for each in self.at["ns1"] if each[0] not in names])


def _must_go(record: Record, entry: Entry) -> bool:
    name, kind, data = record
    is_here = name == entry.relative_to("shop.example")
    return is_here and f"{kind} {data.removesuffix('.')}" in {
        gone.removesuffix(".") for gone in entry.removes
    }
