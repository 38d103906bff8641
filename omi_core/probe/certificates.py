"""The certificates that listeners serve, looked at over SMTP as a customer's program comes in."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from omi_core.certificates.chain import Chain
from omi_core.certificates.served import chain_of, unreadable
from omi_core.errors import InputError
from omi_core.findings.contained import not_checked
from omi_core.names import Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.conversations.conversation import converse
from omi_core.probe.conversations.scripts import look
from omi_core.probe.name_seen import Resolver
from omi_core.probe.observation import Conversation, Purpose
from omi_core.probe.probe import Probe
from omi_core.probe.words import ended
from omi_core.smtp.limits import Limits
from omi_core.smtp.listeners import ACCESSES, STARTTLS_PORTS, Access, Security
from omi_core.smtp.place import Place
from omi_core.text import Text

Address = IPv4Address | IPv6Address

WITH_TLS = tuple(each for each in ACCESSES if each.security is not Security.NONE)
_STARTTLS_PORTS = {*STARTTLS_PORTS, 2525}  # what others offer beside 587
_NO_TLS = Text("the server offers no STARTTLS")
_NO_ADDRESS = Text("{name} has no address")
_NO_CERTIFICATE = Text("the server sent no certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerTarget:
    """Whose listeners are looked at; `name` is what the client says it wants (RFC 6066 3)."""

    name: Fqdn
    accesses: tuple[Access, ...] = WITH_TLS
    addresses: tuple[Address, ...] = ()

    @classmethod
    def parse(cls, written: str, names: tuple[Fqdn, ...] = ()) -> "ListenerTarget":
        """Read `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`; raises InputError.

        An address has no name, so it takes the first of `names`.
        """
        place = Place.parse(written)
        accesses = WITH_TLS if place.port is None else (_access(place.port),)
        if isinstance(place.host, Fqdn):
            return cls(name=place.host, accesses=accesses)
        if not names:
            raise InputError(
                "{written!r} is an address; say with --name what customers type", written=written
            )
        return cls(name=names[0], accesses=accesses, addresses=(place.host,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one listener serves, or why nobody could see it."""

    subject: str
    name: Fqdn
    address: Address | None = None
    port: int | None = None
    chain: Chain | None
    problem: Text | None = None


async def look_at(
    targets: Iterable[ListenerTarget],
    *,
    resolve: Mapping[Fqdn, tuple[Address, ...]] | None = None,
    timeout_s: float = 20.0,
) -> tuple[Served, ...]:
    """Look at every listener of every address at once; never raises for what a server does.

    `resolve` holds the addresses of names that DNS must not be asked for.
    """
    probe = Probe(limits=Limits.within(timeout_s))
    given = resolve or {}
    found = await asyncio.gather(*(_contained(target, given, probe) for target in targets))
    return tuple(one for each in found for one in each)


async def _contained(
    target: ListenerTarget, given: Mapping[Fqdn, tuple[Address, ...]], probe: Probe
) -> tuple[Served, ...]:
    """Look at one target; a fault of ours is this one's alone."""
    try:
        return await _of_target(target, given, probe)
    except Exception as error:  # noqa: BLE001 - the others' certificates are still looked at
        return (_not_seen(target.name.relative, target, error),)


async def _of_target(
    target: ListenerTarget, given: Mapping[Fqdn, tuple[Address, ...]], probe: Probe
) -> tuple[Served, ...]:
    addresses = target.addresses or given.get(target.name) or await _addresses(target.name)
    if not addresses:
        problem = _NO_ADDRESS.format(name=target.name.relative)
        return (
            Served(subject=target.name.relative, name=target.name, chain=None, problem=problem),
        )
    cells = [
        Cell(name=target.name, address=address, access=access)
        for address in addresses
        for access in target.accesses
    ]
    return tuple(await asyncio.gather(*(_at(cell, target, probe) for cell in cells)))


async def _at(cell: Cell, target: ListenerTarget, probe: Probe) -> Served:
    try:
        return _served(cell, await converse(Purpose.LOOK, cell, probe, look))
    except Exception as error:  # noqa: BLE001 - as above, for one listener
        return replace(
            _not_seen(cell.subject, target, error), address=cell.address, port=cell.access.port
        )


def _not_seen(subject: str, target: ListenerTarget, error: Exception) -> Served:
    problem = not_checked(subject, error, in_words=False)
    return Served(subject=subject, name=target.name, chain=None, problem=problem)


async def _addresses(name: Fqdn) -> tuple[Address, ...]:
    seen = await Resolver().look_up(name)
    return tuple(one.address for one in seen.addresses)


def _served(cell: Cell, held: Conversation) -> Served:
    chain = chain_of(held.tls)
    problem = None
    if held.tls is None:
        problem = ended(held.fault) if held.fault else _NO_TLS
    elif chain is None:
        problem = unreadable(held.tls) or _NO_CERTIFICATE
    return Served(
        subject=cell.subject,
        name=cell.name,
        address=cell.address,
        port=cell.access.port,
        chain=chain,
        problem=problem,
    )


def _access(port: int) -> Access:
    starttls = port in _STARTTLS_PORTS
    return Access(port=port, security=Security.STARTTLS if starttls else Security.TLS)
