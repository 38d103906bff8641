"""The lab's zones at the stand-in: moved there as they are, and every change served by the lab."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

import dns.name
import dns.query
import dns.tsig
import dns.update

from lab import plan
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.dns.record import Record
from omi_core.dns.txt import Txt
from omi_core.names import Fqdn
from tests.cloudflare_stand_in.account import Account, Entry, StoodInZone
from tests.cloudflare_stand_in.zone_file import lines

TOKEN = "a-token-that-must-never-be-shown-anywhere"
PRIMARY = plan.ipv4(plan.AUTHORITATIVE)
ZONES = tuple(sorted(map(Fqdn.parse, plan.UPDATABLE_ZONES)))


@dataclass
class Served:
    """A zone of the service whose every change is served by the lab's Knot."""

    key: TsigKey
    shown: set[str] = field(default_factory=set)

    def __call__(self, zone: StoodInZone) -> None:
        now = set(lines(zone))
        key = dns.tsig.Key(self.key.name.text, self.key.secret.unmask(), self.key.algorithm)
        update = dns.update.UpdateMessage(zone.name, keyring={key.name: key})
        for line in sorted(self.shown - now):
            name, _, kind, data = line.split(" ", 3)
            update.delete(dns.name.from_text(name), kind, data)
        for line in sorted(now - self.shown):
            name, ttl, kind, data = line.split(" ", 3)
            update.add(dns.name.from_text(name), int(ttl), kind, data)
        answer = dns.query.tcp(update, PRIMARY, timeout=10)
        if answer.rcode() != 0:
            raise RuntimeError(f"the lab's name server refuses a change: {answer.rcode()}")
        self.shown = now


def moved(key: TsigKey) -> Account:
    """Return an account with the zones that the lab serves, with a comment of somebody's."""
    account = Account(tokens={TOKEN: None})
    primary = Rfc2136Provider(server=Server(PRIMARY), key=key, writable=ZONES)
    for name in ZONES:
        zone = account.zone(name.relative)
        for record in primary.read(name, ()).records:
            if entry := entry_of(record):
                zone.post(entry)
        zone.on_change = Served(key, set(lines(zone)))
    return account


def entry_of(record: Record) -> Entry:
    """Return a record as a person would enter it; nothing for types that stay where they are."""
    if not isinstance(record.data, IPv4Address | IPv6Address | Fqdn | Txt):
        return {}
    entry = {"name": record.name.relative, "type": record.type, "ttl": max(60, record.ttl)}
    return {**entry, "content": str(record.data), "comment": "Bob's"}
