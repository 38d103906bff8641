"""What a customer enters, record by record, and what has to go for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from omi_core.checks.finding import Text
from omi_core.dns import mangled
from omi_core.dns.txt import Txt
from omi_core.evaluate.dmarc_policy import Discovery, discover, read_policy
from omi_core.evaluate.questions import Asking
from omi_core.evaluate.spf_tree import Branch
from omi_core.onboarding.merge import Merge, merged
from omi_core.onboarding.target import Selector, Target


class Action(StrEnum):
    """What is to be done with a record."""

    ADD = "add"
    REPLACE = "replace"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record to enter; `removes` are those that must go, as `TYPE value`.

    `value` is the bare text of TXT, and the name of CNAME without its last dot.
    """

    name: str
    type: str
    value: str
    ttl: int
    action: Action
    removes: tuple[str, ...] = ()
    purpose: Text

    def relative_to(self, zone: str) -> str:
        """Return the name as panels want it: without the zone, `@` for the zone itself."""
        return "@" if self.name == zone else self.name.removesuffix(f".{zone}")

    @property
    def data(self) -> str:
        """The data in master-file form (RFC 1035 5.1)."""
        return str(Txt.of(self.value)) if self.type == "TXT" else f"{self.value}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one server of the zone publishes at the names of a target, by name: (type, value)."""

    at: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name."""
        return tuple(value for kind, value in self.at.get(name, ()) if kind == "TXT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """Everything that a domain's owner enters, and where; `tree` is what SPF then can cost."""

    domain: str
    zone: str
    entries: tuple[Entry, ...]
    tree: Branch
    by_address: bool = False

    @property
    def to_do(self) -> tuple[Entry, ...]:
        """The entries that are not there yet."""
        return tuple(entry for entry in self.entries if entry.action is not Action.KEEP)


PURPOSES = {
    "spf": Text(
        "SPF: receivers let our servers send for the domain", "SPF：讓收件端接受我們的主機代寄"
    ),
    "dkim": Text("DKIM: where receivers find our key", "DKIM：讓收件端找到我們的簽章金鑰"),
    "dmarc": Text("DMARC: what receivers do with forged mail", "DMARC：告訴收件端如何處理冒名的信"),
}


def onboarding(target: Target, published: Published, zone: str) -> Asking[Onboarding]:
    """Return what has to be entered, from what is published now."""
    spf = yield from merged(published.texts(target.domain), target)
    policy = yield from discover(target.domain)
    entries = (
        _spf_entry(spf, target),
        *(_dkim_entry(selector, published, target) for selector in target.selectors),
        *_dmarc_entry(policy, published, target),
    )
    return Onboarding(
        domain=target.domain, zone=zone, entries=entries, tree=spf.tree, by_address=spf.by_address
    )


def _spf_entry(spf: Merge, target: Target) -> Entry:
    action = Action.ADD if spf.is_new else Action.REPLACE if spf.changes else Action.KEEP
    return Entry(
        name=target.domain,
        type="TXT",
        value=spf.record,
        ttl=target.ttl,
        action=action,
        removes=tuple(f"TXT {text}" for text in spf.replaces) if spf.changes else (),
        purpose=PURPOSES["spf"],
    )


def _dkim_entry(selector: Selector, published: Published, target: Target) -> Entry:
    there = published.at.get(selector.name, ())
    wanted = ("CNAME", selector.target)
    others = tuple(f"{kind} {value}" for kind, value in there if (kind, value) != wanted)
    is_there = wanted in there and not others
    action = Action.KEEP if is_there else Action.REPLACE if there else Action.ADD
    return Entry(
        name=selector.name,
        type="CNAME",
        value=selector.target,
        ttl=target.ttl,
        action=action,
        removes=others,
        purpose=PURPOSES["dkim"],
    )


def _dmarc_entry(policy: Discovery, published: Published, target: Target) -> tuple[Entry, ...]:
    """Keep a policy that works, here or above; mend one that does not; else give the default."""
    here = published.texts(target.dmarc_name)
    meant = tuple(text for text in here if mangled.kind_of(text) == "dmarc")
    working = [text for text in meant if not read_policy(text).problem]
    if not meant and policy.at and not policy.reading.problem:
        return ()  # a policy above, or behind a CNAME of somebody who manages it
    value = working[0] if working else _mended(meant) or target.dmarc
    is_kept = here and meant == (value,) and len(working) == 1
    return (
        Entry(
            name=target.dmarc_name,
            type="TXT",
            value=value,
            ttl=target.ttl,
            action=Action.KEEP if is_kept else Action.REPLACE if meant else Action.ADD,
            removes=() if is_kept else tuple(f"TXT {text}" for text in meant if text != value),
            purpose=PURPOSES["dmarc"],
        ),
    )


def _mended(texts: tuple[str, ...]) -> str:
    """Return what a damaged policy was meant to be, if that can be read."""
    for text in texts:
        plain = mangled.mended(text)
        tags = " ; ".join(plain.replace(";", " ").split()).replace(" ; ", "; ")
        for attempt in (plain, tags):
            if not read_policy(attempt).problem:
                return attempt
    return ""
