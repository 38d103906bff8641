"""The one DMARC policy of a domain, from what its owner published: pure.

It is never weaker than what stands there, and reports go to everybody they went to. Where it
cannot be read what the owner asks for, there is no such policy, and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from omi_core.mailauth.dmarc.record import Policy, is_dmarc
from omi_core.mailauth.dmarc.uris import report_uris
from omi_core.mailauth.mangled import repaired
from omi_core.mailauth.taglist import Tags, format_tags, readable_tags

_ORDER = tuple(Policy)  # the strictest last
_POLICIES = ("p", "sp", "np")
_REPORTS = ("rua", "ruf")
# Of a weaker record they would weaken the stricter one (RFC 7489 6.3, RFC 9989 4.7).
_OF_ONE_RECORD = {"pct", "t"}
_KNOWN = "v|p|sp|np|rua|ruf|adkim|aspf|fo|pct|rf|ri|psd|t"
_LOST_SEMICOLON = re.compile(rf" (?=(?:{_KNOWN})=)", re.IGNORECASE)
_VERSION = re.compile(r"v?[ :=]*dmarc[ ]?1?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The policy, empty where nothing was asked for; `left_out` is what could not be kept in it."""

    record: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """`term` of the record `text` asks for something that cannot be read."""

    term: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadText:
    """One text: its tags by lower-case name, and what is none. `speaks`: receivers obey it."""

    text: str
    tags: Tags
    unread: tuple[str, ...]
    speaks: bool

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for tag, value in self.tags if tag == name)

    def strictest(self, name: str) -> Policy | None:
        found = [Policy(each.lower()) for each in self.values(name) if each.lower() in _ORDER]
        return max(found, key=_ORDER.index, default=None)

    @property
    def policy(self) -> Policy:
        return self.strictest("p") or Policy.NONE

    @property
    def for_subdomains(self) -> Policy:
        return self.strictest("sp") or self.policy

    @property
    def for_no_names(self) -> Policy:
        return self.strictest("np") or self.for_subdomains

    def states_subdomains(self) -> bool:
        return self.strictest("sp") is not None

    @property
    def in_doubt(self) -> str:
        """What may have been meant as a policy where none can be read."""
        if self.strictest("p"):
            return ""
        wrong = [f"p={value}" for value in self.values("p")]
        return next(iter((*wrong, *self.unread, *self._like_policies())), "")

    def _like_policies(self) -> Iterator[str]:
        known = _KNOWN.split("|")
        for name, value in self.tags:
            if name not in known and (name.startswith("p") or value.lower() in _ORDER):
                yield f"{name}={value}"


@lru_cache(maxsize=1024)
def joined(texts: tuple[str, ...]) -> Joined | Undecided:
    """Return the one policy for the texts at `_dmarc` that were meant as such."""
    said = tuple(map(_read, texts))
    heard = [each for each in said if _is_heard(each.text)]
    if len(heard) == 1 and heard[0].speaks and not heard[0].in_doubt:
        # The others are discarded (RFC 7489 6.6.3), but their owner wanted the reports.
        return _with_reports_of(heard[0], [each for each in said if each is not heard[0]])
    if not said:
        return Joined(record="")
    strictest = max(said, key=lambda each: _ORDER.index(each.policy))
    doubtful = next((each for each in said if each.in_doubt), None)
    if doubtful and strictest.policy is not Policy.REJECT:
        return Undecided(term=doubtful.in_doubt, text=doubtful.text)
    return _joined((strictest, *(each for each in said if each is not strictest)))


def cleaned(text: str) -> str:
    """Return a record that works without what receivers pass over in it."""
    said = _read(text)
    return _joined((said,)).record if said.strictest("p") else text


def _is_heard(text: str) -> bool:
    return is_dmarc(text.encode(errors="replace"))


def _read(text: str) -> _ReadText:
    """Take the text as it is, repaired, or with its semicolons: what can be read best."""
    listed = _in_one_list(text)
    plain = repaired(listed)
    attempts = (listed, plain, _LOST_SEMICOLON.sub("; ", " ".join(plain.split())))
    readings = [_tagged(text, attempt) for attempt in attempts]
    return min(readings, key=lambda each: (each.strictest("p") is None, len(each.unread)))


def _tagged(text: str, attempt: str) -> _ReadText:
    written, unread = readable_tags(attempt)
    tags = tuple((name.lower(), value.strip("\"'")) for name, value in written)
    return _ReadText(
        text=text,
        tags=tuple(tag for tag in tags if tag[0] != "v"),
        unread=(*_more_than_version(tags), *(one for one in unread if not _is_version(one))),
        speaks=_is_heard(text) and _speaks(readable_tags(text)[0]),
    )


def _is_version(written: str) -> bool:
    return bool(_VERSION.fullmatch(written))


def _more_than_version(tags: Tags) -> Iterator[str]:
    """Yield a version that holds more, as of `v=DMARC1, p=reject`."""
    yield from (f"v={value}" for name, value in tags if name == "v" and not _is_version(value))


def _in_one_list(text: str) -> str:
    """Put commas between addresses of reports that were parted like tags; no tag begins so.

    One that receivers cannot read stays by itself, where it costs the others nothing.
    """
    parts: list[str] = []
    for part in text.split(";"):
        is_address = part.lstrip().lower().startswith("mailto:")
        if is_address and parts and _named(f"{parts[-1]},{part}") in _REPORTS:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return ";".join(parts)


def _speaks(written: Tags) -> bool:
    names = [name.lower() for name, _ in written]
    values = {name.lower(): value for name, value in written}
    # RFC 7489 6.6.3: without p= it is p=none, if it asks for reports
    is_policy = values.get("p", "").lower() in _ORDER or (
        "p" not in values and bool(report_uris(values.get("rua", "")).addresses)
    )
    is_version = written[:1] != () and written[0][1] == "DMARC1"
    return is_version and is_policy and len(names) == len(set(names))


def _with_reports_of(base: _ReadText, others: Sequence[_ReadText]) -> Joined:
    """Return a record that works, octet for octet but for addresses."""
    parts = _in_one_list(base.text).split(";")
    for tag in _REPORTS:
        uris = _uris((base, *others), tag)
        place = next((at for at, part in enumerate(parts) if _named(part) == tag), None)
        if place is None and uris:
            parts = [*_without_last(parts), f" {tag}={','.join(uris)}"]
        elif place is not None and not _holds(parts[place], uris):
            parts[place] = f" {tag}={','.join(uris)}"
    return Joined(record=";".join(parts), left_out=tuple(each.text for each in others))


def _named(part: str) -> str:
    """Return the name of a tag; of what is none, receivers read nothing (RFC 7489 6.3)."""
    tags, _ = readable_tags(part)
    return tags[0][0].lower() if tags else ""


def _without_last(parts: Sequence[str]) -> Sequence[str]:
    return parts if parts[-1].strip() else parts[:-1]


def _holds(part: str, uris: tuple[str, ...]) -> bool:
    """Whether receivers read just these there."""
    written = report_uris(part.partition("=")[2])
    return not written.repaired and written.uris == uris


def _uris(said: Iterable[_ReadText], tag: str) -> tuple[str, ...]:
    written = ",".join(value for each in said for value in each.values(tag))
    return report_uris(written).uris


def _joined(said: Sequence[_ReadText]) -> Joined:
    """Return one record, the first of `said` being the strictest."""
    tags = dict(_policies(said))
    for tag in _REPORTS:
        if uris := _uris(said, tag):
            tags[tag] = ",".join(uris)
    left_out = list(_unreadable(said))
    for each in said:
        for name, value in each.tags:
            if name in (*_POLICIES, *_REPORTS):
                continue
            is_weaker = each is not said[0] and name in _OF_ONE_RECORD
            if is_weaker or tags.setdefault(name, value) != value:
                left_out.append(f"{name}={value}")
    is_empty = not any(each.tags for each in said) and not left_out
    record = "" if is_empty else format_tags((("v", "DMARC1"), *tags.items()))
    return Joined(record=record, left_out=tuple(dict.fromkeys(left_out)))


def _policies(said: Sequence[_ReadText]) -> Iterator[tuple[str, str]]:
    """Yield p=, and sp= and np= where they differ from what they would be without."""

    def strictest(policies: Iterable[Policy]) -> Policy:
        return max(policies, key=_ORDER.index)

    policy = said[0].policy
    below = strictest(each.for_subdomains for each in said)
    absent = strictest(each.for_no_names for each in said)
    yield "p", policy.value
    if below is not policy or any(map(_ReadText.states_subdomains, said)):
        yield "sp", below.value
    if absent is not below:
        yield "np", absent.value


def _unreadable(said: Iterable[_ReadText]) -> Iterator[str]:
    for each in said:
        for name in _POLICIES:
            for value in each.values(name):
                if value.lower() not in _ORDER:
                    yield f"{name}={value}"
        yield from each.unread
        for tag in _REPORTS:
            yield from report_uris(",".join(each.values(tag))).rest
