"""From the root to the servers of a zone, by the delegation that its parent gives (RFC 1034 5.3.3).

The machine's resolver is asked once, where the root is; everything else comes from authoritative
servers, so that no cache answers for yesterday.
"""

import random
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError, text_of
from omi_core.resolve.delegation import (
    Cut,
    DelegatedZone,
    NameServer,
    NoAnswerError,
    cut_in,
    is_sound,
    is_within,
)
from omi_core.resolve.memory import Memory
from omi_core.resolve.network import AsksServers, QueryFault, family_of, together
from omi_core.resolve.packet import (
    FORMERR,
    NOERROR,
    NOTIMP,
    NXDOMAIN,
    RCODES,
    REFUSED,
    SERVFAIL,
    Response,
    question_section,
)
from omi_core.text import Text

_MOST_STEPS = 24  # names have at most 127 labels; no real one is delegated this often
_MOST_DEPTH = 4  # name servers in zones whose name servers are in zones ...
_MOST_TRIED = 6
# How many names of servers are resolved, by depth: a zone that lists hundreds costs no more.
_MOST_HOSTS = (13, 4, 2, 2, 2)
_REMEMBERED = 4096
_KINDS = {4: "A", 6: "AAAA"}
_OTHER = {4: 6, 6: 4}
_REFUSALS = {FORMERR, SERVFAIL, NOTIMP, REFUSED}
_LEFT_OUT = Text("its name servers have addresses of IPv{family} alone, which -{other} leaves out")


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

    def __init__(self, network: AsksServers, start: Start) -> None:
        self.network = network
        self.start = start
        roots = tuple(root for root in start.roots if family_of(root) in start.families)
        self._root = DelegatedZone(name="", servers=(NameServer(name="root", addresses=roots),))
        self._zones: Memory[str, DelegatedZone] = Memory(_REMEMBERED)
        self._hosts: Memory[str, NameServer] = Memory(_REMEMBERED)
        self._aliases: Memory[str, str] = Memory(_REMEMBERED)

    def over(self, network: AsksServers) -> "Walker":
        """Return one that asks over another network, and shares what is remembered."""
        other = copy(self)
        other.network = network
        return other

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
            cut = cut_in(reply, zone, name) if not reply.authoritative else None
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
        above = name if itself else name.partition(".")[2]
        while above:
            held = self._zones.get(above)
            if held is not None and is_within(name, above):
                return held
            above = above.partition(".")[2]
        return self._root

    async def _below(self, zone: DelegatedZone, name: str, depth: int) -> DelegatedZone | None:
        cut = cut_in(await self._reply_with_cut(zone, name), zone, name)
        if cut is None:
            return None
        if cut.hosts:
            return await self._zone(cut, zone, depth)
        # The zone's own servers answered without its NS records: ask for those.
        try:
            again = await self.ask_any(zone, cut.name, "NS")
        except NoAnswerError as error:
            if not error.was_refused:
                raise
            return DelegatedZone(name=cut.name, servers=zone.servers, said_by_parent=False)
        found = cut_in(again, zone, cut.name)
        return await self._zone(found, zone, depth) if found and found.hosts else None

    async def _reply_with_cut(self, zone: DelegatedZone, name: str) -> Response:
        """Ask for NS, which some servers know at the zone alone, then for what shows the same."""
        for kind in ("NS", "SOA"):
            try:
                return await self.ask_any(zone, name, kind)
            except NoAnswerError as error:
                if not error.was_refused:
                    raise
        return await self.ask_any(zone, name, "TXT")

    async def _zone(self, cut: Cut, above: DelegatedZone, depth: int) -> DelegatedZone:
        found = await together(
            *(
                self._name_server(host, cut, above, depth)
                for host in sorted(cut.hosts)[: _MOST_HOSTS[depth]]
            )
        )
        return DelegatedZone(
            name=cut.name, servers=tuple(found), said_by_parent=cut.referral, ds=cut.ds
        )

    async def _name_server(
        self, host: str, cut: Cut, above: DelegatedZone, depth: int
    ) -> NameServer:
        glue = [rr.value for rr in cut.glue if rr.name == host and rr.type in {"A", "AAAA"}]
        if glue:
            return self._named(host, glue)
        if not is_within(host, cut.name):
            return await self._host(host, depth + 1)
        # Only glue could have told, unless who answered serves the zone as well.
        return self._named(host) if cut.referral else await self._asked(host, above, depth)

    async def addresses_of(self, host: str, depth: int = 0) -> tuple[Server, ...]:
        """Return the addresses of a server's name; none if they cannot be found."""
        return (await self._host(host, depth)).addresses

    async def alias_of(self, host: str) -> str:
        """Return what a server's name is a CNAME to, as its own zone says; glue does not tell."""
        return await self._aliases.once(host, lambda: self._alias(host))

    async def _alias(self, host: str) -> str:
        try:
            reply = await self.resolve(host, _KINDS[self.start.families[0]])
        except ObservationError:
            return ""
        return next(iter(reply.values(host, "CNAME")), "")

    async def _host(self, host: str, depth: int) -> NameServer:
        if depth > _MOST_DEPTH:
            return self._named(host)
        if depth == 1:
            return await self._hosts.once(host, lambda: self._resolved(host, depth))
        # Two that wait for each other's servers would wait for ever.
        found = self._hosts.get(host)
        return await self._resolved(host, depth) if found is None else found

    async def _resolved(self, host: str, depth: int) -> NameServer:
        try:
            zone = await self.zone_of(host, depth)
        except ObservationError:
            return self._named(host)
        return await self._asked(host, zone, depth)

    async def _asked(self, host: str, zone: DelegatedZone, depth: int) -> NameServer:
        used = sorted(_KINDS, key=lambda family: family not in self.start.families)
        found: list[str] = []
        try:
            for family in used:
                # Of a family that is not in use only where that is all there is.
                if family in self.start.families or not found:
                    found += await self._values(zone, host, _KINDS[family])
        except _AliasError as alias:
            behind = await self._host(alias.target, depth + 1)
            return replace(behind, name=host, alias=alias.target)
        except ObservationError:
            return self._named(host)
        return self._named(host, found)

    async def _values(self, zone: DelegatedZone, host: str, kind: str) -> tuple[str, ...]:
        reply = await self.ask_any(zone, host, kind)
        if alias := reply.values(host, "CNAME"):
            raise _AliasError(alias[0])
        return reply.values(host, kind)

    def _named(self, host: str, addresses: Collection[str] = ()) -> NameServer:
        made = list(dict.fromkeys(Server(address, self.start.port) for address in addresses))
        used = tuple(one for one in made if family_of(one) in self.start.families)
        unasked = tuple(one for one in made if one not in used)
        return NameServer(name=host, addresses=used, unasked=unasked)

    async def ask_any(self, zone: DelegatedZone, name: str, kind: str) -> Response:
        """Return the first good answer of any server; ObservationError with the last reason."""
        try:
            question_section(name, kind)
        except ValueError as error:
            raise ObservationError(text_of(error)) from None
        reason, was_refused = _unreachable(zone), False
        for server in _in_turn(zone.addresses):
            heard = await self.network.ask(server, name, kind)
            if heard.reply is None:
                fault = heard.fault or QueryFault.SILENT
                reason = Text.plain(f"{server}: {fault.value} {heard.detail}".strip())
            elif heard.reply.rcode in {NOERROR, NXDOMAIN} and is_sound(heard.reply, zone):
                return heard.reply
            else:
                rcode = RCODES.get(heard.reply.rcode, str(heard.reply.rcode))
                was_refused |= heard.reply.rcode in _REFUSALS
                reason = Text.plain(f"{server}: {rcode if heard.reply.rcode else 'lame'}")
        where = zone.name or "the root"
        failure = NoAnswerError(
            "no server of {where} answers for {name} {kind} ({reason})",
            where=where,
            name=name,
            kind=kind,
            reason=reason,
        )
        failure.was_refused = was_refused
        raise failure


class _AliasError(Exception):
    """The name of a server is a CNAME."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


def _unreachable(zone: DelegatedZone) -> Text:
    left_out = [one for each in zone.left_out for one in each.unasked]
    if not left_out:
        return Text("no server has an address")
    family = family_of(left_out[0])
    return _LEFT_OUT.format(family=family, other=_OTHER[family])


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
