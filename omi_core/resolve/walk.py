"""From the root to the servers of a zone, by the delegation that its parent gives (RFC 1034 5.3.3).

The machine's resolver is asked once, where the root is; everything else comes from authoritative
servers, so that no cache answers for yesterday.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError, text_of
from omi_core.resolve.memory import Memory
from omi_core.resolve.network import Network, QueryFault, family_of
from omi_core.resolve.packet import NOERROR, NXDOMAIN, RCODES, Response, Rr, question_section

_MOST_STEPS = 24  # names have at most 127 labels; no real one is delegated this often
_MOST_DEPTH = 4  # name servers in zones whose name servers are in zones ...
_MOST_TRIED = 6
# How many names of servers are resolved, by depth: a zone that lists hundreds costs no more.
_MOST_HOSTS = (13, 4, 2, 2, 2)
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    """A server of a zone by its name, and its addresses; none where it cannot be resolved."""

    name: str
    addresses: tuple[Server, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedZone:
    """A zone as it was found: the root is the empty name.

    `said_by_parent` is False where the parent's servers serve the zone itself and so do not show
    the delegation. `secure` says whether the parent publishes DS (RFC 4035 5.2).
    """

    name: str
    servers: tuple[NameServer, ...]
    said_by_parent: bool = True
    secure: bool = False

    @property
    def addresses(self) -> tuple[Server, ...]:
        """Every address of every server, each once."""
        return tuple(dict.fromkeys(one for each in self.servers for one in each.addresses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where looking begins: the root's servers, the families in use, the port of all servers."""

    roots: tuple[Server, ...]
    families: tuple[int, ...] = (4, 6)

    @property
    def port(self) -> int:
        """The port on which everybody serves: 53 but in a tree of one's own."""
        return self.roots[0].port


class Walker:
    """Finds zones and the addresses of their servers, and remembers both."""

    def __init__(self, network: Network, start: Start) -> None:
        self.network = network
        self.start = start
        roots = tuple(root for root in start.roots if family_of(root) in start.families)
        self._root = DelegatedZone(name="", servers=(NameServer(name="root", addresses=roots),))
        self._zones: Memory[str, DelegatedZone] = Memory(_REMEMBERED)
        self._hosts: Memory[str, tuple[Server, ...]] = Memory(_REMEMBERED)

    async def zone_of(self, name: str, depth: int = 0) -> DelegatedZone:
        """Return the zone that holds `name`; ObservationError if no server of one answers."""
        zone = self._closest(name)
        for _ in range(_MOST_STEPS):
            below = await self._below(zone, name, depth)
            if below is None:
                return zone
            if below.name == zone.name or not is_within(below.name, zone.name):
                break
            zone = self._zones.keep(below.name, below)
            if zone.name == name or not zone.addresses:
                return zone
        raise ObservationError(
            "{name}: the delegation is broken at {zone}",
            name=name,
            zone=zone.name or "the root",
        )

    async def resolve(self, name: str, kind: str) -> Response:
        """Return an authority's answer for a name, found from the closest zone that is known."""
        zone = self._closest(name, itself=True)
        for _ in range(_MOST_STEPS):
            reply = await self.ask_any(zone, name, kind)
            cut = _cut_in(reply, zone, name) if not reply.authoritative else None
            if cut is None:
                return reply
            zone = self._zones.keep(cut.name, await self._zone(cut, zone, 0))
        raise ObservationError(
            "{name}: the delegation is broken at {zone}", name=name, zone=zone.name
        )

    def forget(self, name: str) -> None:
        """Ask for this zone's delegation again next time."""
        self._zones.drop(name)

    def _closest(self, name: str, *, itself: bool = False) -> DelegatedZone:
        """Return the closest zone that is known: above the name, or also the name's own."""
        labels = name.split(".")
        above = (".".join(labels[place:]) for place in range(not itself, len(labels)))
        held = (self._zones.get(each) for each in above if is_within(name, each))
        return next(filter(None, held), self._root)

    async def _below(self, zone: DelegatedZone, name: str, depth: int) -> DelegatedZone | None:
        reply = await self.ask_any(zone, name, "NS")
        cut = _cut_in(reply, zone, name)
        if cut is None:
            return None
        if cut.hosts:
            return await self._zone(cut, zone, depth)
        # The zone's own servers answered without its NS records: ask for those.
        again = await self.ask_any(zone, cut.name, "NS")
        found = _cut_in(again, zone, cut.name)
        return await self._zone(found, zone, depth) if found and found.hosts else None

    async def _zone(self, cut: "_Cut", above: DelegatedZone, depth: int) -> DelegatedZone:
        found = await asyncio.gather(
            *(
                self._name_server(host, cut, above, depth)
                for host in sorted(cut.hosts)[: _MOST_HOSTS[depth]]
            )
        )
        return DelegatedZone(
            name=cut.name, servers=tuple(found), said_by_parent=cut.referral, secure=cut.secure
        )

    async def _name_server(
        self, host: str, cut: "_Cut", above: DelegatedZone, depth: int
    ) -> NameServer:
        glue = [rr.value for rr in cut.glue if rr.name == host and rr.type in {"A", "AAAA"}]
        if glue:
            return NameServer(name=host, addresses=self._servers(glue))
        if not is_within(host, cut.name):
            return NameServer(name=host, addresses=await self.addresses_of(host, depth + 1))
        # Only glue could have told, unless who answered serves the zone as well.
        addresses = () if cut.referral else await self._asked(host, above)
        return NameServer(name=host, addresses=addresses)

    async def addresses_of(self, host: str, depth: int = 0) -> tuple[Server, ...]:
        """Return the addresses of a server's name; none if they cannot be found."""
        if depth > _MOST_DEPTH:
            return ()
        if depth == 1:
            return await self._hosts.once(host, lambda: self._resolved(host, depth))
        # Two that wait for each other's servers would wait for ever.
        found = self._hosts.get(host)
        return await self._resolved(host, depth) if found is None else found

    async def _resolved(self, host: str, depth: int) -> tuple[Server, ...]:
        try:
            zone = await self.zone_of(host, depth)
        except ObservationError:
            return ()
        return await self._asked(host, zone)

    async def _asked(self, host: str, zone: DelegatedZone) -> tuple[Server, ...]:
        kinds = [kind for family, kind in ((4, "A"), (6, "AAAA")) if family in self._families]
        try:
            replies = [await self.ask_any(zone, host, kind) for kind in kinds]
        except ObservationError:
            return ()
        return self._servers(
            [rr.value for each in replies for rr in each.answers if rr.type in {"A", "AAAA"}]
        )

    @property
    def _families(self) -> tuple[int, ...]:
        return self.start.families

    def _servers(self, addresses: Collection[str]) -> tuple[Server, ...]:
        made = (Server(address, self.start.port) for address in addresses)
        return tuple(one for one in dict.fromkeys(made) if family_of(one) in self._families)

    async def ask_any(self, zone: DelegatedZone, name: str, kind: str) -> Response:
        """Return the first good answer of any server; ObservationError with the last reason."""
        try:
            question_section(name, kind)
        except ValueError as error:
            raise ObservationError(text_of(error)) from None
        reason = "no server has an address"
        for server in _in_turn(zone.addresses):
            heard = await self.network.ask(server, name, kind)
            if heard.reply is None:
                fault = heard.fault or QueryFault.SILENT
                reason = f"{server}: {fault.value} {heard.detail}".strip()
            elif heard.reply.rcode in {NOERROR, NXDOMAIN} and _is_sound(heard.reply, zone):
                return heard.reply
            else:
                rcode = RCODES.get(heard.reply.rcode, str(heard.reply.rcode))
                reason = f"{server}: {rcode}" if heard.reply.rcode else f"{server}: lame"
        where = zone.name or "the root"
        raise ObservationError(
            "no server of {where} answers for {name} {kind} ({reason})",
            where=where,
            name=name,
            kind=kind,
            reason=reason,
        )


def is_within(name: str, zone: str) -> bool:
    """Whether a name is a zone's own or below it."""
    if not zone or name == zone:
        return True
    return name.endswith(f".{zone}") and not _ends_in_escape(name[: -len(zone) - 1])


def _ends_in_escape(before: str) -> bool:
    """Whether the dot that comes next is part of a label (RFC 1035 5.1)."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    name: str
    hosts: frozenset[str]
    glue: tuple[Rr, ...]
    referral: bool
    secure: bool


def _cut_in(reply: Response, zone: DelegatedZone, name: str) -> _Cut | None:
    """Return the zone cut that a reply shows between `zone` and `name`."""
    referral = not reply.authoritative
    section = reply.authority if referral else reply.answers
    owners = {rr.name for rr in section if rr.type == "NS"}
    if not referral:
        owners &= {name}
        owners = owners or {rr.name for rr in reply.authority if rr.type == "SOA"}
    below = [one for one in owners if one != zone.name and is_within(one, zone.name)]
    cuts = [one for one in below if is_within(name, one)]
    if not cuts:
        return None
    cut = max(cuts, key=len)
    hosts = frozenset(rr.value for rr in section if (rr.name, rr.type) == (cut, "NS"))
    signed = any((rr.name, rr.type) == (cut, "DS") for rr in reply.authority)
    return _Cut(name=cut, hosts=hosts, glue=reply.additional, referral=referral, secure=signed)


def _is_sound(reply: Response, zone: DelegatedZone) -> bool:
    """Whether a server is an authority, or refers below: else it is lame (RFC 8499 7)."""
    owners = {rr.name for rr in reply.authority if rr.type == "NS"}
    return reply.authoritative or any(
        owner != zone.name and is_within(owner, zone.name) for owner in owners
    )


def _in_turn(servers: Sequence[Server]) -> list[Server]:
    """Return some servers in any order, IPv4 first: IPv6 is what is broken more often."""
    if len(servers) == 1:
        return list(servers)
    mixed = random.sample(servers, len(servers))
    return sorted(mixed, key=family_of)[:_MOST_TRIED]


def roots(resolver: str | None = None) -> tuple[Server, ...]:
    """Return the addresses of the root's servers, as this machine's resolver knows them.

    Raises ObservationError if it does not answer.
    """
    from omi_core.dns.agreement import authoritative_servers
    from omi_core.names import Fqdn

    asked = Server.parse(resolver) if resolver else None
    return authoritative_servers(Fqdn("."), asked)
