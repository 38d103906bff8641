"""Between our values and the JSON of Cloudflare's DNS API: pure.

TXT is compared decoded, since the service gives back what was typed, quoted or not; what we
write is always quoted, in strings of at most 255 octets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import idna

from omi_core.dns.plan import Change
from omi_core.dns.record import Data, Opaque, Record, Type, parse_data, published_name
from omi_core.dns.txt import Txt
from omi_core.errors import InputError
from omi_core.names import Fqdn

MARK = "omi-relay"  # the comment of what we create; comments of people are never changed
_PROXIABLE = {Type.A, Type.AAAA, Type.CNAME}
_LONGEST_RECORD = 4096  # octets of RDATA, strings' lengths included
_LARGEST_SET = 8192  # characters of all records of one name and type together
_SHORTEST_TTL, _SHORTEST_ON_ENTERPRISE, _LONGEST_TTL = 60, 30, 86400  # seconds
_AUTOMATIC = 1  # the service chooses

Json = Mapping[str, object]
Body = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One request to the batch endpoint: a single transaction, in this order."""

    deletes: tuple[Body, ...] = ()
    patches: tuple[Body, ...] = ()
    posts: tuple[Body, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def verbs(self) -> dict[str, tuple[Body, ...]]:
        """The lists by the names that the request gives them."""
        return {"deletes": self.deletes, "patches": self.patches, "posts": self.posts}

    @property
    def size(self) -> int:
        """The number of records that it touches."""
        return len(self.deletes) + len(self.patches) + len(self.posts)

    def __add__(self, other: "Batch") -> "Batch":
        return Batch(
            deletes=self.deletes + other.deletes,
            patches=self.patches + other.patches,
            posts=self.posts + other.posts,
            names=tuple(dict.fromkeys(self.names + other.names)),
        )

    def at(self, pointer: str) -> str:
        """Return the name and type that a JSON pointer such as `/posts/3/content` is about."""
        parts = pointer.strip("/").split("/")
        if len(parts) < 2 or parts[0] not in {"patches", "posts"} or not parts[1].isdigit():  # noqa: PLR2004
            return ""
        of: tuple[Body, ...] = getattr(self, parts[0])
        place = int(parts[1])
        return f"{of[place].get('name')} {of[place].get('type')}" if place < len(of) else ""


def record_of(entry: Json) -> Record:
    """Read one record of the API. Whatever cannot be read as its type is kept as it is written."""
    kind = str(entry["type"])
    ttl = entry.get("ttl")
    return Record(
        name=folded_name(str(entry["name"])),
        type=kind,
        ttl=ttl if type(ttl) is int else _AUTOMATIC,
        data=_data(kind, entry),
        comment=str(entry.get("comment") or ""),
        handle=str(entry["id"]),
    )


def folded_name(written: str) -> Fqdn:
    """Return a name in A-labels; the service may list it as people write it, in U-labels.

    A label that is none of either is kept as it is written.
    """
    return published_name(".".join(map(_folded_label, written.split("."))))


def _folded_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True).decode()
    except idna.IDNAError:
        return label


def batches(
    changes: Iterable[Change], limit: int, *, is_enterprise: bool = False
) -> Iterator[Batch]:
    """Yield the changes in transactions of at most `limit` records, those of one name together.

    Raises InputError for what the service would refuse: a record or a set that is too long.
    """
    batch = Batch()
    changes = tuple(changes)
    for change in changes:
        _refuse_too_long(change)
        _refuse_ttl(change, _SHORTEST_ON_ENTERPRISE if is_enterprise else _SHORTEST_TTL)
    for together in _by_name(changes):
        if together.size > limit:
            raise InputError(
                "{names} takes more than {limit} changes at once",
                names=together.names[0],
                limit=limit,
            )
        if batch.size and batch.size + together.size > limit:
            yield batch
            batch = Batch()
        batch += together
    if batch.size:
        yield batch


def _by_name(changes: Iterable[Change]) -> Iterable[Batch]:
    names: dict[Fqdn, Batch] = {}
    for change in changes:
        names[change.name] = names.get(change.name, Batch()) + _batch(change)
    return names.values()


def _batch(change: Change) -> Batch:
    kept = {record.handle for record in change.after if record.handle}
    gone = [record for record in change.before if record.handle not in kept]
    come = [record for record in change.after if not record.handle]
    # An edited record keeps what people set beside it: its comment, its tags.
    edited = list(_pairs(gone, come))
    return Batch(
        deletes=tuple({"id": record.handle} for record in gone),
        patches=tuple({"id": old.handle, **_body(new)} for old, new in edited),
        posts=tuple({**_body(record), "comment": MARK} for record in come),
        names=(str(change.expected),),
    )


def _pairs(gone: list[Record], come: list[Record]) -> Iterator[tuple[Record, Record]]:
    """Take what is edited out of both.

    First what keeps its data, for another TTL: edited into each other, one of two would for a
    moment be identical to the other, which the service refuses.
    """
    by_data = {record.data: record for record in gone}
    for new in tuple(come):
        if (old := by_data.pop(new.data, None)) is not None:
            gone.remove(old)
            come.remove(new)
            yield old, new
    while gone and come:
        yield gone.pop(0), come.pop(0)


def _body(record: Record) -> Body:
    body: Body = {"name": record.name.relative, "type": str(record.type), "ttl": record.ttl}
    if record.type in _PROXIABLE:
        body["proxied"] = False  # behind the proxy nobody could speak SMTP
    return body | _content(record.type, record.data)


def _content(kind: str, data: Data) -> Body:
    if kind == Type.CAA:  # RFC 8659 4.1: flags, tag, value
        flags, tag, value = str(data).split(maxsplit=2)
        return {"data": {"flags": int(flags), "tag": tag, "value": value.strip('"')}}
    return {"content": data.relative if isinstance(data, Fqdn) else str(data)}


def _data(kind: str, entry: Json) -> Data:
    content = str(entry.get("content") or "")
    if kind == "CNAME":
        return folded_name(content)
    if "priority" in entry:  # MX, SRV, URI
        return Opaque(f"{entry['priority']} {content}")
    try:
        return parse_data(kind, content)
    except InputError:
        # Somebody typed it into the dashboard, a quote left open for example; it is his.
        return Txt(content.encode(errors="surrogatepass")) if kind == "TXT" else Opaque(content)


def _refuse_too_long(change: Change) -> None:
    where = str(change.expected)
    texts = [record.data for record in change.after if isinstance(record.data, Txt)]
    for text in texts:
        octets = sum(1 + len(string) for string in text.strings)
        if octets > _LONGEST_RECORD:
            raise InputError(
                "{where} would take {octets} octets; Cloudflare takes 4,096",
                where=where,
                octets=octets,
            )
    if sum(len(str(text)) for text in texts) > _LARGEST_SET and change.adds:
        raise InputError(
            "{where}: its records together exceed Cloudflare's 8,192 characters", where=where
        )


def _refuse_ttl(change: Change, shortest: int) -> None:
    for record in change.adds:
        if record.ttl != _AUTOMATIC and not shortest <= record.ttl <= _LONGEST_TTL:
            raise InputError(
                "{where}: Cloudflare takes a TTL from {shortest} to 86,400 s there, not {ttl}",
                where=str(change.expected),
                shortest=shortest,
                ttl=record.ttl,
            )


def still_to_do(
    changes: Sequence[Change], found: Mapping[tuple[Fqdn, str], tuple[Record, ...]]
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Divide what was planned by what stands there now: what is left, and what somebody changed.

    `found` are the record sets by name and type. What is left carries the identifiers that the
    records have now.
    """
    left: list[Change] = []
    moved: list[str] = []
    for change in changes:
        there = found.get((change.name, change.type), ())
        if _same(there, change.after):
            continue
        if _same(there, change.before):
            left.append(_rebased(change, there))
        else:
            moved.append(str(change.expected))
    return tuple(left), tuple(moved)


def _same(one: Iterable[Record], other: Iterable[Record]) -> bool:
    return sorted(map(str, one)) == sorted(map(str, other))


def _rebased(change: Change, there: tuple[Record, ...]) -> Change:
    free = list(there)
    after = tuple(
        free.pop(free.index(record)) if record in free else record for record in change.after
    )
    return Change(name=change.name, type=change.type, before=there, after=after)
