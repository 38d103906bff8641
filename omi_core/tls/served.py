"""The certificates that listeners serve, looked at over SMTP as a customer's program comes in."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from omi_core.checks.cell import Cell, Listener, Security
from omi_core.checks.certificate import chain_of, unreadable
from omi_core.checks.contained import not_checked
from omi_core.checks.conversing import converse
from omi_core.checks.finding import Text
from omi_core.checks.name_seen import Resolver
from omi_core.checks.observation import Conversation, Purpose
from omi_core.checks.probe import Contexts, Probe
from omi_core.checks.scripts import look
from omi_core.checks.words import ended
from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.smtp.limits import Limits
from omi_core.smtp.redaction import Redactor
from omi_core.tls.chain import Chain

Address = IPv4Address | IPv6Address

LISTENERS = (
    Listener(port=25, security=Security.STARTTLS),
    Listener(port=465, security=Security.TLS),
    Listener(port=587, security=Security.STARTTLS),
)
_STARTTLS_PORTS = {25, 587, 2525}
_HIGHEST_PORT = 65535
_NO_TLS = Text("the server offers no STARTTLS", "伺服器沒有提供 STARTTLS")
_NO_ADDRESS = Text("{name} has no address", "{name} 沒有 IP 位址")
_NO_CERTIFICATE = Text("the server sent no certificate", "伺服器沒有送出憑證")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whose listeners are looked at; `name` is what the client says it wants (RFC 6066 3)."""

    name: Fqdn
    listeners: tuple[Listener, ...] = LISTENERS
    addresses: tuple[Address, ...] = ()

    @classmethod
    def parse(cls, written: str, names: tuple[Fqdn, ...] = ()) -> "Target":
        """Read `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`; raises InputError.

        An address has no name, so it takes the first of `names`.
        """
        host, port = _split(written)
        listeners = LISTENERS if port is None else (_listener(port, written),)
        try:
            address = ip_address(host)
        except ValueError:
            return cls(name=Fqdn.parse(host), listeners=listeners)
        if not names:
            raise InputError(f"{written!r} is an address; say with --name what customers type")
        return cls(name=names[0], listeners=listeners, addresses=(address,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one listener serves, or why nobody could see it."""

    subject: str
    name: Fqdn
    chain: Chain | None
    problem: Text | None = None


async def look_at(
    targets: Iterable[Target],
    *,
    resolve: Mapping[Fqdn, tuple[Address, ...]] | None = None,
    timeout_s: float = 20.0,
) -> tuple[Served, ...]:
    """Look at every listener of every address at once; never raises for what a server does.

    `resolve` holds the addresses of names that DNS must not be asked for.
    """
    probe = Probe(limits=Limits.within(timeout_s), contexts=Contexts.make(), redactor=Redactor([]))
    given = resolve or {}
    found = await asyncio.gather(*(_contained(target, given, probe) for target in targets))
    return tuple(one for each in found for one in each)


async def _contained(
    target: Target, given: Mapping[Fqdn, tuple[Address, ...]], probe: Probe
) -> tuple[Served, ...]:
    """Look at one target; a fault of ours is this one's alone."""
    try:
        return await _of_target(target, given, probe)
    except Exception as error:  # noqa: BLE001 - the others' certificates are still looked at
        return (_not_seen(target.name.relative, target, error),)


async def _of_target(
    target: Target, given: Mapping[Fqdn, tuple[Address, ...]], probe: Probe
) -> tuple[Served, ...]:
    addresses = target.addresses or given.get(target.name) or await _addresses(target.name)
    if not addresses:
        problem = _NO_ADDRESS.format(name=target.name.relative)
        return (
            Served(subject=target.name.relative, name=target.name, chain=None, problem=problem),
        )
    cells = [
        Cell(name=target.name, address=address, listener=listener)
        for address in addresses
        for listener in target.listeners
    ]
    return tuple(await asyncio.gather(*(_at(cell, target, probe) for cell in cells)))


async def _at(cell: Cell, target: Target, probe: Probe) -> Served:
    try:
        return _served(cell, await converse(Purpose.LOOK, cell, probe, look))
    except Exception as error:  # noqa: BLE001 - as above, for one listener
        return _not_seen(cell.subject, target, error)


def _not_seen(subject: str, target: Target, error: Exception) -> Served:
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
    return Served(subject=cell.subject, name=cell.name, chain=chain, problem=problem)


def _split(written: str) -> tuple[str, str | None]:
    if written.startswith("["):
        host, _, rest = written[1:].partition("]")
        return host, rest.removeprefix(":") or None
    if written.count(":") == 1:
        host, _, port = written.partition(":")
        return host, port
    return written, None


def _listener(port: str, written: str) -> Listener:
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT):
        raise InputError(f"{written!r}: after the colon comes a port, such as 465")
    starttls = int(port) in _STARTTLS_PORTS
    return Listener(port=int(port), security=Security.STARTTLS if starttls else Security.TLS)
