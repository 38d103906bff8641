"""Looks a public name up: its addresses, the name each address has, and back again."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from omi_core.names import Fqdn
from omi_core.text import NOTHING, Text

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSeen:
    """The names that an address has (PTR), and those of them that lead back to it."""

    address: Address
    pointers: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    problem: Text = NOTHING  # why nobody could look


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSeen:
    """A name and what it resolves to; `given` says that somebody named the addresses instead."""

    name: Fqdn
    addresses: tuple[AddressSeen, ...] = ()
    problems: Mapping[str, Text] = field(default_factory=dict)  # by family
    given: bool = False

    def of_family(self, version: int) -> tuple[AddressSeen, ...]:
        """The addresses of IP version 4 or 6."""
        return tuple(each for each in self.addresses if each.address.version == version)


class Resolver:
    """Asks the system's name servers, or those given; each question is bounded in seconds."""

    def __init__(self, servers: Iterable[str] = (), port: int = 53, timeout_s: float = 4.0) -> None:
        import dns.asyncresolver

        servers = list(servers)
        self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = [str(one) for one in servers]
            self._resolver.port = port
        self._timeout_s = timeout_s

    async def look_up(self, name: Fqdn) -> NameSeen:
        """Return addresses, PTR names and their confirmation; never raises."""
        (four, problem4), (six, problem6) = await asyncio.gather(
            self._ask(name.text, "A"), self._ask(name.text, "AAAA")
        )
        found = await asyncio.gather(*(self._address(ip_address(one)) for one in (*four, *six)))
        problems = {"IPv4": problem4, "IPv6": problem6}
        return NameSeen(
            name=name,
            addresses=tuple(found),
            problems={family: words for family, words in problems.items() if words},
        )

    async def addresses(self, name: Fqdn) -> NameSeen:
        """Return the addresses alone, which is all that a client asks for; never raises."""
        (four, problem4), (six, problem6) = await asyncio.gather(
            self._ask(name.text, "A"), self._ask(name.text, "AAAA")
        )
        problems = {"IPv4": problem4, "IPv6": problem6}
        return NameSeen(
            name=name,
            addresses=tuple(AddressSeen(address=ip_address(one)) for one in (*four, *six)),
            problems={family: words for family, words in problems.items() if words},
        )

    async def _address(self, address: Address) -> AddressSeen:
        pointers, problem = await self._ask(address.reverse_pointer, "PTR")
        kind = "A" if address.version == 4 else "AAAA"  # noqa: PLR2004
        answers = await asyncio.gather(*(self._ask(pointer, kind) for pointer in pointers))
        confirmed = [
            pointer
            for pointer, (addresses, _) in zip(pointers, answers, strict=True)
            if str(address) in {str(ip_address(one)) for one in addresses}
        ]
        return AddressSeen(
            address=address,
            pointers=tuple(pointers),
            confirmed=tuple(confirmed),
            problem=problem,
        )

    async def _ask(self, name: str, kind: str) -> tuple[list[str], Text]:
        """Return the answers as text; and why nobody could look, or an empty text."""
        import dns.exception
        import dns.resolver

        try:
            answer = await self._resolver.resolve(name, kind, lifetime=self._timeout_s)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], NOTHING
        except (dns.exception.DNSException, OSError) as error:
            return [], Text.plain(f"{kind}: {type(error).__name__}")
        return [item.to_text() for item in answer], NOTHING


def given(name: Fqdn, addresses: Iterable[Address]) -> NameSeen:
    """Return a name whose addresses somebody named, so that DNS is not asked."""
    found = tuple(AddressSeen(address=address) for address in addresses)
    return NameSeen(name=name, addresses=found, given=True)
