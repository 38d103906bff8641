"""A tree of names on loopback with many right domains, and some hostile in ten ways and more.

usage: python -m tests.hostile_world PORT    serves until its standard input ends

The root, its `example` and the operator's zone are at 127.0.0.1, all right domains at 127.0.0.2
and .3, and each hostile one has a server of its own, as it would have in the world. Right answers
are put together from octets, since thousands of them must cost little.
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from omi_core.dns.txt import Txt
from tests.authority import Authority

ROOT = "127.0.0.1"
HOSTS = ("127.0.0.2", "127.0.0.3")
KINDS = (
    *("macro", "key", "ns255", "bomb", "tags"),
    *("victims", "escape", "silent", "drip", "loop"),
    *("otherid", "truncated"),
)
SPF = b"v=spf1 include:_spf.relay.example ~all"
_A, _NS, _CNAME, _SOA, _TXT = 1, 2, 5, 6, 16
_HEAD = 12
_RIGHT, _TC, _NXDOMAIN, _REFUSED = 0x8400, 0x8600, 0x8403, 0x8005
_BELOW = b"\x07example\0"


def right_names(count: int) -> list[str]:
    """The domains at which nothing is wrong."""
    return [f"g{number}.example" for number in range(count)]


def hostile_names(each: int, kinds: tuple[str, ...] = KINDS[:10]) -> list[str]:
    """Some of every kind."""
    return [f"{kind}-{number}.example" for number in range(each) for kind in kinds]


def address_of(label: str) -> str:
    """The address of a hostile domain's server."""
    kind, _, number = label.partition("-")
    return f"127.0.{KINDS.index(kind) + 1}.{int(number) + 1}"


def label_at(host: str) -> str:
    """The first label of the domain whose server this is."""
    _, _, kind, number = host.split(".")
    return f"{KINDS[int(kind) - 1]}-{int(number) - 1}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came: its id and octets, and its labels in lower case."""

    identifier: bytes
    section: bytes
    labels: tuple[bytes, ...]
    kind: int

    @classmethod
    def of(cls, octets: bytes) -> "Asked":
        """Read what our own resolver sends."""
        labels, place = [], _HEAD
        while length := octets[place]:
            labels.append(octets[place + 1 : place + 1 + length].lower())
            place += 1 + length
        kind = int.from_bytes(octets[place + 1 : place + 3])
        return cls(octets[:2], octets[_HEAD : place + 5], tuple(labels), kind)

    def reply(
        self, *answers: bytes, flags: int = _RIGHT, authority: int = 0, extra: int = 0
    ) -> bytes:
        """Return a reply with these records; the last ones are of the other sections."""
        counts = (1, len(answers) - authority - extra, authority, extra)
        head = self.identifier + flags.to_bytes(2) + b"".join(one.to_bytes(2) for one in counts)
        return head + self.section + b"".join(answers)


def rr(name: bytes, kind: int, data: bytes) -> bytes:
    """A record with the TTL 300."""
    return name + kind.to_bytes(2) + b"\0\x01\0\0\x01\x2c" + len(data).to_bytes(2) + data


def wire(name: str) -> bytes:
    """A name without escapes."""
    return b"".join(bytes([len(one)]) + one.encode() for one in name.split(".") if one) + b"\0"


def strings(text: bytes) -> bytes:
    """The strings of a TXT record."""
    pieces = [text[place : place + 255] for place in range(0, len(text), 255)] or [b""]
    return b"".join(bytes([len(one)]) + one for one in pieces)


def addresses(*hosts: str) -> list[bytes]:
    """The data of A records."""
    return [socket.inet_aton(host) for host in hosts]


_HERE = b"\xc0\x0c"
_SOA_DATA = b"\0\0" + (1).to_bytes(4) * 5


def referral(asked: Asked, domain: bytes, hosts: tuple[str, ...]) -> bytes:
    """What the parent of a domain says: its servers, and where they are."""
    zone = bytes([len(domain)]) + domain + _BELOW
    names = [f"ns{number}".encode() for number in range(1, len(hosts) + 1)]
    made = [bytes([len(one)]) + one + zone for one in names]
    servers = [rr(zone, _NS, one) for one in made]
    glue = [rr(one, _A, data) for one, data in zip(made, addresses(*hosts), strict=True)]
    return asked.reply(*servers, *glue, flags=0x8000, authority=len(servers), extra=len(glue))


def texts_of(domain: bytes) -> dict[bytes, list[tuple[int, bytes]]]:
    """What stands in a right zone, by what is before the domain."""
    found = {
        b"": [(_TXT, strings(SPF))],
        b"_dmarc": [(_TXT, strings(b"v=DMARC1; p=none"))],
    }
    for slot in (b"omi1", b"omi2"):
        target = wire(f"{slot.decode()}.{domain.decode()}.example.dkim.relay.example")
        found[slot + b"._domainkey"] = [(_CNAME, target)]
    return found


def right(asked: Asked, hosts: tuple[str, ...] = HOSTS) -> bytes:
    """The answer of a server at which all is right."""
    before, domain = b".".join(asked.labels[:-2]), asked.labels[-2]
    zone = bytes([len(domain)]) + domain + _BELOW
    if not before and asked.kind == _NS:
        names = [f"ns{number}".encode() for number in range(1, len(hosts) + 1)]
        return asked.reply(*(rr(_HERE, _NS, bytes([len(n)]) + n + zone) for n in names))
    if before in {b"ns1", b"ns2"} and asked.kind == _A:
        return asked.reply(rr(_HERE, _A, addresses(*hosts, *hosts)[before == b"ns2"]))
    held = [
        rr(_HERE, kind, data)
        for kind, data in texts_of(domain).get(before, ())
        if kind in {asked.kind, _CNAME}
    ]
    return asked.reply(*held) if held else nothing(asked, zone, exists=not before)


def nothing(asked: Asked, zone: bytes, *, exists: bool = False) -> bytes:
    """That there is no such record, or no such name."""
    flags = _RIGHT if exists else _NXDOMAIN
    return asked.reply(rr(zone, _SOA, _SOA_DATA), flags=flags, authority=1)


# --- What hostile servers answer; None for nothing at all

Says = Callable[[Asked, bool], "bytes | None"]


def _text_at(before: bytes, text: bytes, kind: int = _TXT) -> Says:
    def say(asked: Asked, tcp: bool) -> bytes:  # noqa: FBT001 - as every one of these
        host = address_of(asked.labels[-2].decode())
        if b".".join(asked.labels[:-2]) != before or asked.kind != _TXT:
            return right(asked, (host,))
        made = asked.reply(rr(_HERE, kind, strings(text) if kind == _TXT else text))
        return made if tcp or len(made) < 1200 else asked.reply(flags=_TC)

    return say


def _bomb(asked: Asked, tcp: bool) -> bytes:  # noqa: FBT001
    """65 KB of pointers, each to the one before."""
    if not tcp:
        return asked.reply(flags=_TC)
    start = _HEAD + len(asked.section) + 11
    octets, last = b"\x01a\0", start
    while len(octets) < 16_000:
        octets, last = octets + (0xC000 | last).to_bytes(2), start + len(octets)
    many = [rr((0xC000 | last).to_bytes(2), _TXT, b"\0")] * 3_700
    return asked.reply(rr(b"\0", 65280, octets), *many)


def _loop(asked: Asked, _tcp: bool) -> bytes:  # noqa: FBT001
    """Every name is a CNAME to another one here, and that to the first."""
    first = asked.labels[0]
    other = b"b" if first == b"a" else b"a"
    if asked.kind in {_NS, _A}:
        return right(asked, (address_of(asked.labels[-2].decode()),))
    zone = b"".join(bytes([len(one)]) + one for one in asked.labels[-2:]) + b"\0"
    return asked.reply(rr(_HERE, _CNAME, bytes([len(other)]) + other + zone))


def _other_id(asked: Asked, _tcp: bool) -> bytes:  # noqa: FBT001
    made = right(asked, HOSTS[:1])
    return bytes([made[0] ^ 0xFF]) + made[1:]


_ODD_KEY = b"v=DKIM1; k=rsa; p=MBMwCwYJKwYBBAGGjR8BAwQAAQID"
_ESCAPES = b"v=spf1 \x1b[2J\x1b]0;owned\x07 \xe2\x80\xaeinclude:_spf.relay.example \x9b31m -all"
SAYS: dict[str, Says] = {
    "macro": _text_at(b"", b"v=spf1 a:%{d" + b"9" * 5000 + b"}.example.com -all"),
    "key": _text_at(b"omi1._domainkey", _ODD_KEY),
    "bomb": _bomb,
    "tags": _text_at(b"_dmarc", b"v=DMARC1; p=none" + b";" * 64_000 + b"p=none"),
    "escape": _text_at(b"", _ESCAPES),
    "silent": lambda _asked, _tcp: None,
    "drip": lambda asked, tcp: None if tcp else asked.reply(flags=_TC),
    "loop": _loop,
    "otherid": _other_id,
    "truncated": lambda asked, _tcp: asked.reply(flags=_TC),
}


class World(Authority):
    """One address of the tree."""

    def answer(self, octets: bytes, *, tcp: bool = False) -> bytes:
        """Answer from octets, and what is not asked often as any server."""
        asked = Asked.of(octets)
        if self.host == ROOT:
            return self._of_the_root(asked, tcp) or super().answer(octets, tcp=tcp)
        if asked.labels[-1:] != (b"example",) or len(asked.labels) < 2:
            return asked.reply(flags=_REFUSED)
        if self.host in HOSTS:
            return right(asked)
        own = label_at(self.host)
        if asked.labels[-2] != own.encode():
            return asked.reply(flags=_REFUSED)
        return SAYS[own.partition("-")[0]](asked, tcp) or b""

    def _of_the_root(self, asked: Asked, tcp: bool) -> bytes | None:  # noqa: FBT001
        if asked.labels[-3:] == (b"dkim", b"relay", b"example"):
            return asked.reply(rr(_HERE, _TXT, strings(self.zones["key"].encode())))
        if asked.labels[-1:] != (b"example",) or len(asked.labels) < 2:
            return None
        domain = asked.labels[-2]
        if domain[:1] == b"g" and domain[1:].isdigit():
            return referral(asked, domain, HOSTS)
        kind = domain.partition(b"-")[0].decode()
        if kind == "ns255":
            label = b"\x3f" + b"\xff" * 63
            zone = bytes([len(domain)]) + domain + _BELOW
            return asked.reply(
                rr(zone, _NS, label + wire("services.example")), flags=0x8000, authority=1
            )
        if kind == "victims":
            return self._victims(asked, domain, tcp)
        return referral(asked, domain, (address_of(domain.decode()),)) if kind in SAYS else None

    def _victims(self, asked: Asked, domain: bytes, tcp: bool) -> bytes:  # noqa: FBT001
        """Hundreds of servers in the zone of somebody who has nothing to do with it."""
        if not tcp:
            return asked.reply(flags=0x8200)
        zone = bytes([len(domain)]) + domain + _BELOW
        hosts = [wire(f"v{number}.services.example") for number in range(300)]
        return asked.reply(*(rr(zone, _NS, one) for one in hosts), flags=0x8000, authority=300)

    def _streams(self) -> None:
        """A thread for each connection: one that never ends must not keep another waiting."""
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._stream, args=(connection,), daemon=True).start()

    def _stream(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(60)
            length = int.from_bytes(connection.recv(2))
            octets = connection.recv(length)
            said = self.answer(octets, tcp=True)
            if said:
                connection.sendall(len(said).to_bytes(2) + said)
                return
            connection.sendall(b"\xff\xff")
            while True:  # an octet now and then, of an answer that has no end
                time.sleep(0.5)
                connection.sendall(b"\0")


def worlds(port: int, key: str, hostile: list[str]) -> Iterator[World]:
    """Yield every address of the tree."""
    spf = "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"
    zones = {
        "": "@ NS ns.root.\nns.root. A 127.0.0.1\nexample. NS ns.root.\n",
        "example": "@ NS ns.root.\nrelay NS ns.root.\nservices NS ns.root.\n",
        "relay.example": f"@ NS ns.root.\n_spf TXT {Txt.of(spf)}\n",
        "services.example": "@ NS ns.root.\nv0 A 127.0.0.1\n",
    }
    root = World(ROOT, zones, port)
    root.zones = {**zones, "key": key}
    yield root
    yield from (World(host, {}, port) for host in HOSTS)
    labels = (name.partition(".")[0] for name in hostile)
    own = (label for label in labels if label.partition("-")[0] in SAYS)
    yield from (World(address_of(label), {}, port) for label in own)


def main() -> None:
    """Serve until the standard input ends."""
    from tests.unit.onboarding.tree import real_key

    port = int(sys.argv[1])
    with ExitStack() as stack:
        for each in worlds(port, real_key(), hostile_names(5, KINDS)):
            stack.enter_context(each)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
