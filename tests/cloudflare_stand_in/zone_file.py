"""What the service would serve, in master-file form for a real name server."""

from collections.abc import Iterator

from omi_core.dns.txt import Txt
from tests.cloudflare_stand_in.account import Entry, StoodInZone
from tests.cloudflare_stand_in.validation import octets_of

AUTOMATIC = 300  # seconds that a TTL of 1 means
TARGETS = {"CNAME", "MX", "NS"}


def zone_file(zone: StoodInZone, serial: int) -> str:
    """Return the zone as RFC 1035 5.1 writes it; the SOA and NS are the service's own."""
    head = (
        f"@ 300 SOA ns1 hostmaster {serial} 3600 600 86400 60\n@ 300 NS ns1\nns1 300 A 127.0.0.1\n"
    )
    return f"$ORIGIN {zone.name}.\n{head}" + "".join(lines(zone))


def lines(zone: StoodInZone) -> Iterator[str]:
    """Yield name, TTL, type and data of each record, which a space divides."""
    for entry in zone.records.values():
        ttl = AUTOMATIC if entry["ttl"] == 1 else entry["ttl"]
        yield f"{entry['name']}. {ttl} {entry['type']} {_data(entry)}\n"


def _data(entry: Entry) -> str:
    content = str(entry["content"])
    if entry["type"] == "TXT":
        return str(Txt(octets_of(content)))
    before = f"{entry['priority']} " if "priority" in entry else ""
    return f"{before}{content}{'.' if entry['type'] in TARGETS else ''}"
