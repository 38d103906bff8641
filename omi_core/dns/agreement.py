"""Whether every authoritative server of a zone serves what was published.

A primary that took an update is not yet what receivers ask: they ask any server of the zone.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.resolver

from omi_core.dns.client.connection import Exchange, rcode_of
from omi_core.dns.client.server import Server
from omi_core.dns.client.wire import records_in
from omi_core.dns.errors import ServerRefusedError
from omi_core.dns.record import Data, RecordSet, canonical
from omi_core.errors import ObservationError
from omi_core.names import Fqdn
from omi_core.text import Text

_ANSWER_S = 3.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_WAITING = Text("waiting for {count} answers, first: {first}")
_SOUND = {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """What one server serves instead: `found`, or the reason why it could not be asked."""

    server: Server
    expected: RecordSet
    found: tuple[Data, ...] = ()
    unanswered: str = ""

    def __str__(self) -> str:
        if self.unanswered:
            return self.unanswered
        found = ", ".join(map(str, self.found)) or "nothing"
        return f"{self.server} serves {found} for {self.expected}"


Ask = Callable[[Server, Sequence[RecordSet]], Sequence[Disagreement]]


def ask_server(server: Server, expected: Sequence[RecordSet]) -> tuple[Disagreement, ...]:
    """Return where `server` says something else; a server that fails disagrees on everything."""
    found: list[Disagreement] = []
    with Exchange(server, None, _ANSWER_S) as exchange:
        for place, record_set in enumerate(expected):
            try:
                values = _served(exchange, record_set)
            except ObservationError as error:
                reason = str(error)
                rest = expected[place:]  # it would fail each of them at the same price
                found += [Disagreement(server=server, expected=e, unanswered=reason) for e in rest]
                break
            if not record_set.agrees_with(values):
                found.append(Disagreement(server=server, expected=record_set, found=values))
    return tuple(found)


def wait_until_agreed(
    expected: Collection[RecordSet],
    servers: Collection[Server],
    *,
    patience_s: float,
    progress: Callable[[Text], None] = lambda _: None,
    ask: Ask = ask_server,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Disagreement, ...]:
    """Ask every server for every set until all agree, for `patience_s` seconds at most.

    Returns what is still in disagreement: nothing when all is well. An empty set is agreed on
    when the server says that there is none. `progress` gets one line for each round that was
    not the last. TTLs are not compared.
    """
    if not servers:
        raise ObservationError("there is no authoritative server to ask")
    deadline = clock() + patience_s
    pause = _FIRST_PAUSE_S
    waiting = {server: tuple(expected) for server in sorted(servers)}
    while True:
        differing = [found for server, sets in waiting.items() for found in ask(server, sets)]
        if not differing or clock() + pause > deadline:
            return tuple(differing)
        progress(_WAITING.format(count=len(differing), first=str(differing[0])))
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        waiting = _still_waiting(differing)


def authoritative_servers(zone: Fqdn, resolver: Server | None = None) -> tuple[Server, ...]:
    """Return every address of every name server of `zone`, from its NS records.

    `resolver` is asked, or those of this machine. Raises ObservationError if the zone's name
    servers or their addresses cannot be found.
    """
    asked = _resolver(resolver)
    names = [Fqdn(record.target.to_text().lower()) for record in _look_up(asked, zone, "NS")]
    found = [address for name in names for address in _addresses(asked, name)]
    if not found:
        raise ObservationError("the name servers of {zone} have no address", zone=zone.relative)
    return tuple(sorted({Server(address) for address in found}))


def _still_waiting(differing: Sequence[Disagreement]) -> dict[Server, tuple[RecordSet, ...]]:
    servers = dict.fromkeys(found.server for found in differing)
    return {
        server: tuple(found.expected for found in differing if found.server == server)
        for server in servers
    }


def _served(exchange: Exchange, expected: RecordSet) -> tuple[Data, ...]:
    query = dns.message.make_query(expected.name.text, expected.type)
    query.flags &= ~dns.flags.RD  # what it holds itself, not what it can find out
    answer = exchange.ask(query)
    if answer.rcode() not in _SOUND or not answer.flags & dns.flags.AA:
        raise ServerRefusedError(
            "{server} is not an authority for {expected} ({answer})",
            server=exchange.server,
            expected=expected.name.relative,
            answer=rcode_of(answer),
        )
    return canonical(
        record.data
        for rrset in answer.answer
        for record in records_in(rrset.name, rrset)
        if (record.name, record.type) == (expected.name, expected.type)
    )


def _resolver(server: Server | None) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=server is None)
    if server is not None:
        resolver.nameservers = list(server.addresses())
        resolver.port = server.port
    resolver.lifetime = _ANSWER_S
    return resolver


def _look_up(resolver: dns.resolver.Resolver, name: Fqdn, kind: str) -> dns.resolver.Answer:
    try:
        return resolver.resolve(name.text, kind, search=False)
    except dns.exception.DNSException as error:
        fault = type(error).__name__
        raise ObservationError(
            "{name} {kind} cannot be resolved: {fault}", name=name.relative, kind=kind, fault=fault
        ) from error


def _addresses(resolver: dns.resolver.Resolver, name: Fqdn) -> Iterator[str]:
    for kind in ("A", "AAAA"):
        try:
            yield from (record.address for record in _look_up(resolver, name, kind))
        except ObservationError:
            continue  # one family is enough; that there is none at all is seen by the caller
