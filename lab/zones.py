"""The lab's own tree of names, from a root zone of its own down to the reverse zones.

Zones are cut and delegated as outside, so that resolving from the root works. The customers' and
the operator's zones hold records of strangers from the start: a deploy must leave them alone.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lab import plan

_HEAD = """$ORIGIN {origin}
$TTL 60
@ SOA {server}. hostmaster.lab-dns.example. 1 60 30 86400 1
@ NS {server}.
"""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone by its name without the last dot (the root is empty), and its records."""

    name: str
    records: str = ""

    @property
    def origin(self) -> str:
        """The absolute name."""
        return f"{self.name}."

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name or 'root'}.zone"

    @property
    def text(self) -> str:
        """The whole zone in master-file form (RFC 1035 5.1)."""
        head = _HEAD.format(origin=self.origin, server=plan.NAME_SERVER)
        return head + self.records.strip() + "\n"


_SERVER = f"""
ns.lab-dns.example. A {plan.ipv4(plan.AUTHORITATIVE)}
ns.lab-dns.example. AAAA {plan.ipv6(plan.AUTHORITATIVE)}
"""

_OPERATOR = """
@ A 192.0.2.10
@ MX 10 mail
@ TXT "google-site-verification=q7Zk1oFhYd0x3mWJ2sVn5tRbLc8uEaPg"
mail A 192.0.2.11
www CNAME @
"""

# Its mail comes to the lab's receiver, so that bounces do.
_SHOP = f"""
@ A 192.0.2.20
@ MX 10 mail
@ TXT "google-site-verification=Xb4nTq9LrW1eKs7yHd2vZc6mJf0uGaPi"
@ TXT "facebook-domain-verification=7h2k9s1m4x8q3v6t0b5n"
mail A {plan.ipv4(5)}
www A 192.0.2.22
"""

_NEWS = """
@ A 192.0.2.30
@ MX 10 mx1.mailhost
@ TXT "MS=ms41720653"
mx1.mailhost A 192.0.2.31
www CNAME @
"""

_INBOX = f"""
@ MX 10 mx
mx A {plan.ipv4(5)}
mx AAAA {plan.ipv6(5)}
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
"""


def all_zones() -> tuple[Zone, ...]:
    """Return every zone, parents before children."""
    leaves = (
        Zone("itpison.com", _OPERATOR),
        Zone("shop.example", _SHOP),
        Zone("news.example", _NEWS),
        Zone("inbox.example", _INBOX),
        Zone("lab-dns.example", _services()),
        Zone(_reverse_zone(plan.ipv4(0), 24), _pointers(reverse4)),
        Zone(_reverse_zone(plan.ipv6(0), 64), _pointers(reverse6)),
    )
    parents = ("com", "example", "arpa")
    return (
        Zone("", _delegations(parents) + _SERVER),
        *(Zone(parent, _delegations(_below(parent, leaves))) for parent in parents),
        *leaves,
    )


def reverse4(number: int) -> str:
    """Return the name of the PTR record of an IPv4 address of the lab."""
    return ipaddress.ip_address(plan.ipv4(number)).reverse_pointer


def reverse6(number: int) -> str:
    """Return the name of the PTR record of an IPv6 address of the lab."""
    return ipaddress.ip_address(plan.ipv6(number)).reverse_pointer


def _reverse_zone(address: str, prefix: int) -> str:
    parsed = ipaddress.ip_address(address)
    labels = parsed.reverse_pointer.split(".")
    bits_a_label = 4 if isinstance(parsed, ipaddress.IPv6Address) else 8
    return ".".join(labels[(parsed.max_prefixlen - prefix) // bits_a_label :])


def _names() -> Iterator[tuple[int, str]]:
    yield plan.GATEWAY, plan.PACKAGES
    yield plan.RESOLVER, "resolver.lab-dns.example"
    yield plan.ENGINE, "engine.lab-dns.example"
    yield from ((host.number, host.fqdn) for host in plan.HOSTS)


def _services() -> str:
    lines = (
        f"{name}. A {plan.ipv4(number)}\n{name}. AAAA {plan.ipv6(number)}\n"
        for number, name in _names()
        if name.endswith(".lab-dns.example")
    )
    return "".join(lines)


def _pointers(reverse: Callable[[int], str]) -> str:
    return "".join(f"{reverse(number)}. PTR {name}.\n" for number, name in _names())


def _below(parent: str, leaves: tuple[Zone, ...]) -> list[str]:
    return [zone.name for zone in leaves if zone.name.endswith(f".{parent}")]


def _delegations(names: Iterable[str]) -> str:
    return "".join(f"{name}. NS {plan.NAME_SERVER}.\n" for name in names)
