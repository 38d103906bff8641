"""Authoritative servers on loopback, one address each, that hold zones as text, or misbehave.

Each listens on UDP and TCP at the same port; `odd` may answer in its stead, and returns the octets
to send, b"" for silence, or None where the ordinary answer is meant. It is given the question in
small letters, and answers with the case in which it was asked, as servers do.
"""

import random
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rrset import RRset
from dns.zone import Zone

# The query, and "udp" or "tcp".
Odd = Callable[[dns.message.Message, str], "bytes | None"]
HEAD = "$ORIGIN {origin}.\n$TTL 1\n@ SOA ns.{origin}. h.{origin}. 1 60 60 60 1\n"


@dataclass
class Authority:
    """One server: zones by name (the root is empty) as master-file text without SOA."""

    host: str
    zones: Mapping[str, str]
    port: int
    odd: Odd | None = None
    asked: list[tuple[str, str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._tcp = socket.socket(family, socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for each in (self._udp, self._tcp):
            each.bind((self.host, self.port))
        self._tcp.listen(8)
        self._loaded: dict[Name, Zone] = {}
        for name, text in self.zones.items():
            self.hold(name, text)
        self._threads = [
            threading.Thread(target=serve, daemon=True)
            for serve in (self._datagrams, self._streams)
        ]

    def hold(self, name: str, text: str) -> None:
        """Serve this zone from now on, in place of what was served under its name."""
        self.hold_zone(name, self.made(name, text))

    def hold_zone(self, name: str, zone: Zone) -> None:
        """Serve a zone that was made elsewhere, such as a signed one."""
        self._loaded[dns.name.from_text(f"{name}.")] = zone

    def made(self, name: str, text: str) -> Zone:
        """Return what `hold` would serve."""
        origin = f"{name}."
        return dns.zone.from_text(
            _head(name) + text, origin=origin, relativize=False, check_origin=False
        )

    def drop(self, name: str) -> None:
        """Serve the zone no more."""
        del self._loaded[dns.name.from_text(f"{name}.")]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in (self._udp, self._tcp):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def answer(self, octets: bytes, *, tcp: bool = False) -> bytes:
        query = dns.message.from_wire(octets)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, dns.rdatatype.to_text(asked.rdtype), tcp))
        query.question[0].name = dns.name.from_text(f"{name}.")
        odd = self.odd(query, "tcp" if tcp else "udp") if self.odd else None
        if odd is not None:
            return _as_asked(odd, octets)
        made = self.reply(query)
        limit = 65535 if tcp else 1232
        return _as_asked(made.to_wire(max_size=limit, prefer_truncation=True), octets)

    def reply(self, query: dns.message.Message) -> dns.message.Message:
        made = dns.message.make_response(query)
        asked = query.question[0]
        name = dns.name.from_text(asked.name.to_text().lower())
        origin = next((n for n in _above(name) if n in self._loaded), None)
        if origin is None:
            made.set_rcode(dns.rcode.REFUSED)
            return made
        zone = self._loaded[origin]
        for above in reversed(list(_above(name))):
            cut = zone.get_rrset(above, "NS") if above.is_subdomain(origin) else None
            if above != origin and cut is not None:
                return self._referral(made, zone, cut)
        made.flags |= dns.flags.AA
        self._fill(made, zone, name, asked.rdtype)
        return made

    def _fill(self, made: Message, zone: Zone, name: Name, kind: RdataType) -> None:
        node = zone.get_node(name)
        exists = node or any(n.is_subdomain(name) for n in zone.nodes)
        at = name if exists else _wildcard(zone, name)
        for found in (zone.get_rrset(at, "CNAME"), zone.get_rrset(at, kind)):
            if found is not None and found not in made.answer:
                made.answer.append(_renamed(found, name))
                if signatures := zone.get_rrset(at, "RRSIG", found.rdtype):
                    made.answer.append(signatures)
        if not made.answer:
            made.authority.append(zone.get_rrset(zone.origin, "SOA"))
            there = exists or zone.get_node(at)
            made.set_rcode(dns.rcode.NOERROR if there else dns.rcode.NXDOMAIN)

    def _referral(self, made: Message, zone: Zone, cut: RRset) -> Message:
        made.authority.append(cut)
        if signer := zone.get_rrset(cut.name, "DS"):
            made.authority.append(signer)
        for host in (rdata.target for rdata in cut):
            for kind in ("A", "AAAA"):
                glue = zone.get_rrset(host, kind)
                if glue is not None:
                    made.additional.append(glue)
        return made

    def _datagrams(self) -> None:
        while True:
            try:
                octets, client = self._udp.recvfrom(4096)
                if not octets:
                    return
                if said := self.answer(octets):
                    self._udp.sendto(said, client)
            except OSError:
                return

    def _streams(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    length = int.from_bytes(connection.recv(2))
                    if said := self.answer(connection.recv(length), tcp=True):
                        connection.sendall(len(said).to_bytes(2) + said)
                except OSError:
                    continue


def _as_asked(answer: bytes, query: bytes) -> bytes:
    end = len(query)
    with suppress(dns.exception.DNSException):
        end = 16 + len(dns.name.from_wire(query, 12)[0].to_wire())
    same = answer[4:6] == b"\0\1" and answer[12:end].lower() == query[12:end].lower()
    return answer[:12] + query[12:end] + answer[end:] if same else answer


def _head(name: str) -> str:
    return (
        HEAD.format(origin=name).replace("..", ".")
        if name
        else ("$ORIGIN .\n$TTL 1\n. SOA ns. h. 1 60 60 60 1\n")
    )


def _wildcard(zone: Zone, name: Name) -> Name:
    """The name whose records stand for `name` (RFC 4592 3.3.1): `*` at the closest encloser."""
    closest = next(above for above in _above(name.parent()) if _is_there(zone, above))
    return dns.name.from_text("*", closest)


def _is_there(zone: Zone, name: Name) -> bool:
    return any(each.is_subdomain(name) for each in zone.nodes)


def _renamed(found: RRset, name: Name) -> RRset:
    return dns.rrset.from_rdata_list(name, found.ttl, list(found))


def _above(name: dns.name.Name) -> Iterable[dns.name.Name]:
    while True:
        yield name
        if name == dns.name.root:
            return
        name = name.parent()


def free_port() -> int:
    """A port that nobody has at any address, over UDP or TCP; connections get higher ones."""
    while True:
        port = random.randrange(20_000, 32_000)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            suppress(OSError),
        ):
            udp.bind(("", port))
            tcp.bind(("", port))
            return port
