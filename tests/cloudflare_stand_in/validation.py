"""What a record must look like, and what may stand beside it, with the codes of the service."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from tests.cloudflare_stand_in.refusal import ApiError

Entry = dict[str, Any]

TYPES = {"A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TLSA", "TXT", "HTTPS", "SSHFP"}
ADDRESSED = {"A", "AAAA", "CNAME"}
QUOTA = 1_000_000


def complete_name(written: str, zone: str) -> str:
    """`@` and relative names are accepted; what is returned is complete, without the last dot."""
    name = written.rstrip(".").lower()
    if name in {"@", ""}:
        return zone
    if not name.isascii():
        name = name.encode("idna").decode()
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def octets_of(content: str) -> bytes:
    """A TXT content decoded, quoted or not."""
    try:
        return Txt.parse(content).octets
    except InputError:
        return content.encode()


def refuse_bad(entry: Mapping[str, Any], shortest: int) -> None:
    """Raise what the service says to a record that can stand nowhere; `shortest` is a TTL."""
    kind, content, ttl = entry["type"], str(entry["content"]), entry["ttl"]
    if kind not in TYPES:
        raise ApiError(400, 9004, "Record type is invalid.", "type")
    if len(entry["name"]) > 253 or not re.fullmatch(r"[a-z0-9_*.-]+", entry["name"]):
        raise ApiError(400, 9000, "DNS name is invalid.", "name")
    if ttl != 1 and not shortest <= ttl <= 86400:
        words = f"Invalid TTL. Must be between {shortest} and 86400 seconds, or 1 for Automatic."
        raise ApiError(400, 9021, words, "ttl")
    _refuse_bad_content(kind, content)
    if "priority" not in entry and kind == "MX":
        raise ApiError(400, 9009, "MX priority is required.", "priority")
    if entry.get("proxied") and kind not in ADDRESSED:
        raise ApiError(400, 9041, "This record type cannot be proxied.", "proxied")
    if re.search(r"[\r\n]", entry.get("comment") or ""):
        raise ApiError(400, 9212, "Comment must not contain line breaks.", "comment")


def _refuse_bad_content(kind: str, content: str) -> None:
    if kind == "A" and not _is(IPv4Address, content):
        raise ApiError(400, 9005, "Content for A record must be a valid IPv4 address.", "content")
    if kind == "AAAA" and not _is(IPv6Address, content):
        raise ApiError(
            400, 9006, "Content for AAAA record must be a valid IPv6 address.", "content"
        )
    if kind == "TXT":
        octets = octets_of(content)
        if not octets:
            raise ApiError(400, 9207, "Content for TXT record must not be empty.", "content")
        if len(octets) + -(-len(octets) // 255) > 4096:
            raise ApiError(400, 9015, "Content exceeds 4096 bytes in wire format.", "content")


def refuse_beside(entry: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> None:
    """Raise what the service says to a record that cannot stand beside those at its name."""
    beside = [other for other in others if other["name"] == entry["name"]]
    same = [other for other in beside if other["type"] == entry["type"]]
    if any(_identity(other) == _identity(entry) for other in same):
        raise ApiError(400, 81058, "An identical record already exists.")
    types = {other["type"] for other in beside}
    if entry["type"] == "CNAME" and types & ADDRESSED:
        raise ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if "CNAME" in types:
        raise ApiError(400, 81054, "A CNAME record with that host already exists.")
    if entry["type"] == "CNAME" and types:
        raise ApiError(400, 81053, "Another record with that host already exists.")
    if "NS" in types - {entry["type"]} or (entry["type"] == "NS" and types - {"NS"}):
        raise ApiError(400, 81056, "An NS record with that host already exists.")
    if sum(len(str(other["content"])) for other in (*same, entry)) > 8192:
        raise ApiError(400, 83011, "The combined content of these records is too long.", "content")


def _identity(entry: Mapping[str, Any]) -> object:
    content = entry["content"]
    return octets_of(content) if entry["type"] == "TXT" else (content, entry.get("priority"))


def _is(kind: type, content: str) -> bool:
    try:
        kind(content)
    except ValueError:
        return False
    return True
