"""What was seen of a domain: every server's answers, and what receivers conclude from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

from omi_core.dns.client.server import Server
from omi_core.mailauth.dmarc.discover import Discovery
from omi_core.mailauth.questions import Answer
from omi_core.mailauth.spf.evaluate import Evaluation
from omi_core.onboarding.entries import Onboarding, Published
from omi_core.onboarding.target import ExpectedSet, Target
from omi_core.resolve.delegation import DelegatedZone
from omi_core.resolve.network import QueryFault
from omi_core.text import NOTHING, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What one server said to one question.

    `records` are (type, value) at the name itself, in order; `ttl` the shortest of theirs, in
    seconds, or of the negative answer. `problem` is empty where it is an authority's answer;
    `signatures` are the ends of RRSIGs, seconds since 1970. `wildcard` says that nothing stands at
    the name, and `*` above it answers (RFC 4592 2.2.1).
    """

    records: tuple[tuple[str, str], ...] = ()
    ttl: int = 0
    exists: bool = True
    problem: Text = NOTHING
    fault: QueryFault | None = None
    referral: bool = False
    tcp: bool = False
    signatures: tuple[int, ...] = ()
    wildcard: bool = False


@dataclass(frozen=True, kw_only=True)
class ServerSeen:
    """One address of one name server; `delegated` says whether the parent names it.

    `unnamed` says why it did not tell the servers of the zone, where it was asked. `alias` is what
    its name is a CNAME to.
    """

    name: str
    server: Server
    delegated: bool
    said: Mapping[str, ServerAnswer]
    name_servers: tuple[str, ...] = ()
    unnamed: Text = NOTHING
    alias: str = ""

    @property
    def published(self) -> Published:
        """Its records by name."""
        return Published(
            at={name: said.records for name, said in self.said.items()},
            wild=frozenset(name for name, said in self.said.items() if said.wildcard),
            exists=all(said.exists for said in tuple(self.said.values())[:1]),
        )

    @cached_property
    def is_heard(self) -> bool:
        """Whether it answered every question as an authority."""
        return not any(said.problem or said.referral for said in self.said.values())

    def __str__(self) -> str:
        return f"{self.name} ({self.server})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeen:
    """What one server has of a set that it must have; `problem` says why nothing was seen."""

    server: ServerSeen
    expected: ExpectedSet
    values: tuple[str, ...] = ()
    problem: Text = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What receivers conclude who ask one of `servers`, which all say the same."""

    servers: tuple[ServerSeen, ...]
    published: Published
    onboarding: Onboarding
    spf: Mapping[IPv4Address | IPv6Address, Evaluation]
    dmarc: Discovery
    unwelcome: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DomainSeen:
    """All that was seen of a domain in `seconds`.

    `keys` are the TXT records behind each slot's CNAME target, by slot. `problem` says why nothing
    was seen. `secure` says whether the parent publishes DS (RFC 4035 5.2), `ds` which, and
    `zone_keys` the DNSKEY records of each server that was asked for them, both in hexadecimal.
    """

    target: Target
    began: float
    seconds: float
    zone: DelegatedZone | None = None
    problem: Text = NOTHING
    servers: tuple[ServerSeen, ...] = ()
    views: tuple[View, ...] = ()
    keys: Mapping[str, Answer] = field(default_factory=dict)
    secure: bool = False
    ds: tuple[str, ...] = ()
    zone_keys: Mapping[Server, tuple[str, ...]] = field(default_factory=dict)
    sets: tuple[SetSeen, ...] = ()

    @cached_property
    def delegated(self) -> tuple[ServerSeen, ...]:
        """The servers that receivers ask."""
        return tuple(each for each in self.servers if each.delegated)

    @property
    def longest_ttl(self) -> int:
        """How long a cache may keep what is published now, in seconds."""
        ttls = [said.ttl for each in self.delegated for said in each.said.values()]
        return max(ttls, default=0)

    @property
    def shortest_ttl(self) -> int:
        """When the first answer runs out, in seconds."""
        ttls = [said.ttl for each in self.delegated for said in each.said.values() if said.ttl]
        return min(ttls, default=0)
