"""The account behind the API: zones, records and what each request does to them."""

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.cloudflare_stand_in.recorded import ENTERPRISE_PLAN, FREE_PLAN, now, zone_entry
from tests.cloudflare_stand_in.refusal import ApiError
from tests.cloudflare_stand_in.validation import (
    QUOTA,
    Entry,
    complete_name,
    refuse_bad,
    refuse_beside,
)

FREE, PAID = 200, 3500
SHORTEST_TTL, SHORTEST_ON_ENTERPRISE = 60, 30


def new_id() -> str:
    return secrets.token_hex(16)


@dataclass
class StoodInZone:
    """One zone; `records` by identifier, in the order of their creation."""

    name: str
    id: str = field(default_factory=new_id)
    records: dict[str, Entry] = field(default_factory=dict)
    batch_limit: int = FREE
    plan: str = FREE_PLAN
    created_on: str = field(default_factory=now)
    on_change: Callable[["StoodInZone"], None] = lambda _: None

    def entry(self) -> Entry:
        """The zone as it is listed."""
        return zone_entry(self.id, self.name, self.plan, self.created_on)

    def listed(self) -> list[Entry]:
        """The records in the service's order: by type and name, the newest first."""
        newest = reversed(self.records.values())
        return sorted(newest, key=lambda entry: (entry["type"], entry["name"]))

    def get(self, identifier: str) -> Entry:
        if identifier not in self.records:
            raise ApiError(404, 81044, "Record does not exist.")
        return self.records[identifier]

    def post(self, written: Entry) -> Entry:
        if len(self.records) >= QUOTA:
            raise ApiError(400, 81045, "Record quota exceeded.")
        entry = self._entry(new_id(), written, {})
        self.records[entry["id"]] = entry
        return entry

    def patch(self, identifier: str, written: Entry) -> Entry:
        """What is not named stays, a comment for example."""
        old = self.get(identifier)
        if written.get("ttl") is None and "ttl" in written:
            raise ApiError(400, 9021, "Invalid TTL.", "ttl")
        entry = self._entry(identifier, {**old, **written}, old)
        self.records[identifier] = entry
        return entry

    def put(self, identifier: str, written: Entry) -> Entry:
        """What is not named becomes the default: comments and tags are lost."""
        entry = self._entry(identifier, written, self.get(identifier))
        self.records[identifier] = entry
        return entry

    def delete(self, identifier: str) -> Entry:
        self.get(identifier)
        del self.records[identifier]
        return {"id": identifier}

    def batch(self, body: Entry) -> dict[str, list[Entry]]:
        """One transaction: deletes, patches, puts, posts; the first error undoes all of it."""
        if sum(len(body.get(key) or []) for key in VERBS) > self.batch_limit:
            raise ApiError(400, 9300, "The batch has more changes than the plan allows.")
        before = copy.copy(self.records)
        done: dict[str, list[Entry]] = {}
        try:
            for key in VERBS:
                done[key] = [
                    self._one(key, place, item) for place, item in enumerate(body.get(key) or [])
                ]
        except ApiError:
            self.records = before
            raise
        return done

    def _one(self, key: str, place: int, item: Entry) -> Entry:
        try:
            if key == "posts":
                return self.post(item)
            verb = {"deletes": self._gone, "patches": self.patch, "puts": self.put}[key]
            return verb(item["id"], item)
        except ApiError as error:
            raise ApiError(
                error.status, error.code, error.message, f"/{key}/{place}/{error.pointer}"
            ) from None

    def _gone(self, identifier: str, _: Entry) -> Entry:
        entry = self.get(identifier)
        self.delete(identifier)
        return entry

    def _entry(self, identifier: str, written: Entry, old: Entry) -> Entry:
        moment = now()
        entry = {
            "id": identifier,
            "name": complete_name(str(written.get("name", "")), self.name),
            "type": written.get("type", old.get("type")),
            "content": _content(written),
            "proxiable": written.get("type") in {"A", "AAAA", "CNAME"},
            "proxied": bool(written.get("proxied")),
            "ttl": 1 if written.get("proxied") else written.get("ttl", 1),
            "settings": _settings(written),
            "meta": {},
            "comment": written.get("comment"),
            "tags": written.get("tags", []),
            "created_on": old.get("created_on", moment),
            "modified_on": moment,
        }
        for more in ("priority", "data"):
            if written.get(more) is not None:
                entry[more] = written[more]
        is_enterprise = self.plan == ENTERPRISE_PLAN
        refuse_bad(entry, SHORTEST_ON_ENTERPRISE if is_enterprise else SHORTEST_TTL)
        refuse_beside(entry, (r for r in self.records.values() if r["id"] != identifier))
        return entry


VERBS = ("deletes", "patches", "puts", "posts")


def _settings(written: Entry) -> Entry:
    given = written.get("settings") or {}
    return {"flatten_cname": False, **given} if written.get("type") == "CNAME" else given


def _content(written: Entry) -> str:
    if written.get("type") == "CAA" and written.get("data") is not None:
        data = written["data"]
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    content = str(written.get("content", ""))
    return content.rstrip(".").lower() if written.get("type") in {"CNAME", "NS"} else content


@dataclass
class Account:
    """Zones, and the tokens that may read or edit them: token -> names of zones, or all.

    `readers` may only read; those of `elsewhere` may not be used from here.
    """

    zones: list[StoodInZone] = field(default_factory=list)
    tokens: dict[str, set[str] | None] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)

    def zone(self, name: str, **settings: Any) -> StoodInZone:
        made = StoodInZone(name=name, **settings)
        self.zones.append(made)
        return made

    def seen_by(self, token: str) -> list[StoodInZone]:
        names = self.tokens[token]
        return [zone for zone in self.zones if names is None or zone.name in names]
