"""What a judge of one cell must know beside what was seen in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

from omi_core.probe.observation import CellSeen
from omi_core.probe.probe import Expectation
from omi_core.smtp.listeners import Security

Address = IPv4Address | IPv6Address
SMTP_PORT = 25  # the one that networks block


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeInputs:
    """What the person who runs the checks gave: without it some checks are left out."""

    account: bool = False
    sender: bool = False
    recipient: bool = False
    smuggling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """Expectations, the time, and what the other cells showed."""

    expectation: Expectation
    asked: ProbeInputs
    now: datetime
    open_elsewhere: frozenset[Address] = frozenset()  # a port other than 25 is open there
    plain_ports: frozenset[int] = frozenset()  # ports that have a cell without TLS
    greeters: Mapping[Address, str] = field(default_factory=dict)  # whom ports but 25 agree on
    leaves: Mapping[Address, str] = field(default_factory=dict)  # what most listeners serve


def open_elsewhere(cells: Iterable[CellSeen]) -> frozenset[Address]:
    """The addresses of which a port other than 25 can be reached."""
    return frozenset(
        seen.cell.address for seen in cells if seen.is_open and seen.cell.access.port != SMTP_PORT
    )


def plain_ports(cells: Iterable[CellSeen]) -> frozenset[int]:
    """The ports that are also judged without TLS."""
    accesses = (seen.cell.access for seen in cells)
    return frozenset(each.port for each in accesses if each.security is Security.NONE)


def most_common(leaves: Iterable[tuple[Address, str]]) -> Mapping[Address, str]:
    """The fingerprint that most listeners of each address serve."""
    by_address: dict[Address, Counter[str]] = {}
    for address, leaf in leaves:
        by_address.setdefault(address, Counter())[leaf] += 1
    return {address: counts.most_common(1)[0][0] for address, counts in by_address.items()}


def agreed(greeters: Iterable[tuple[Address, str]]) -> Mapping[Address, str]:
    """The name by which each address greets, where all that greet say the same."""
    by_address: dict[Address, set[str]] = {}
    for address, name in greeters:
        by_address.setdefault(address, set()).add(name)
    return {address: names.pop() for address, names in by_address.items() if len(names) == 1}
