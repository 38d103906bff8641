"""What a customer enters, record by record, and what has to go for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from omi_core.dns.txt import Txt
from omi_core.mailauth import mangled
from omi_core.mailauth.dmarc import merge as dmarc_merge
from omi_core.mailauth.dmarc.discover import Discovery, discover, read_policy
from omi_core.mailauth.dmarc.record import is_meant_as_dmarc
from omi_core.mailauth.questions import Asking
from omi_core.mailauth.spf.budget import Branch
from omi_core.onboarding.merge import Merge, behind, merged
from omi_core.onboarding.rules import correction_texts as corrections
from omi_core.onboarding.target import Selector, Target, above, misplaced_policy
from omi_core.text import SEMICOLON, Text


class RecordAction(StrEnum):
    """What is to be done with a record."""

    ADD = "add"
    REPLACE = "replace"
    KEEP = "keep"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record to enter; `removes` are those that must go, as `TYPE value`.

    `value` is the bare text of TXT, and the name of CNAME without its last dot; of a record that a
    person has to correct, it is what stands there. `note` says what, or what else to know.
    """

    name: str
    type: str
    value: str
    ttl: int
    action: RecordAction
    removes: tuple[str, ...] = ()
    purpose: Text
    note: Text | None = None

    @property
    def is_entered(self) -> bool:
        """Whether it is a record to enter, and not one to correct by hand or to leave alone."""
        return self.action in {RecordAction.ADD, RecordAction.REPLACE}

    def relative_to(self, zone: str) -> str:
        """Return the name as panels want it: without the zone, `@` for the zone itself."""
        return "@" if self.name == zone else self.name.removesuffix(f".{zone}")

    @property
    def pasted(self) -> str:
        """The value as it is pasted into a panel: a name ends in a dot, or the zone is appended."""
        return self.value if self.type == "TXT" else f"{self.value}."

    @property
    def data(self) -> str:
        """The data in master-file form (RFC 1035 5.1)."""
        return str(Txt.of(self.value)) if self.type == "TXT" else f"{self.value}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one server of the zone publishes at the names of a target, by name: (type, value).

    At the names of `wild` nothing stands, and a wildcard answers (RFC 4592 2.2.1). `elsewhere` is
    what stands at names where people enter records by mistake. `exists` says whether the domain's
    own name is there at all (RFC 8020 2).
    """

    at: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    wild: frozenset[str] = frozenset()
    elsewhere: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    exists: bool = True

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name."""
        return tuple(value for kind, value in self.at.get(name, ()) if kind == "TXT")

    def standing(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return what somebody entered at a name, and could remove."""
        return () if name in self.wild else self.at.get(name, ())

    def alias(self, name: str) -> str:
        """Return the name that `name` is a CNAME to; empty where it is none, or not only that."""
        found = [value for kind, value in self.at.get(name, ()) if kind == "CNAME"]
        return found[0] if found and not self.texts(name) else ""

    def misplaced(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the TXT records of the first of these names that has any."""
        at = (self.elsewhere.get(name, ()) for name in names)
        return next((texts for each in at if (texts := _texts(each))), ())


def _texts(records: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(value for kind, value in records if kind == "TXT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """Everything that a domain's owner enters, and where.

    `tree` is what SPF then can cost, `policy` the DMARC policy that applies now.
    """

    domain: str
    zone: str
    entries: tuple[Entry, ...]
    tree: Branch
    policy: Discovery
    by_address: bool = False
    exists: bool = True

    @property
    def to_do(self) -> tuple[Entry, ...]:
        """The entries that are not there yet."""
        return tuple(entry for entry in self.entries if entry.action is not RecordAction.KEEP)

    @property
    def entered(self) -> tuple[Entry, ...]:
        """The records to enter as they are."""
        return tuple(entry for entry in self.entries if entry.is_entered)


def presented(kind: str, value: str) -> str:
    """Return a record as it is shown: a name ends in a dot, so that none is taken for relative."""
    return f"{kind} {value}." if kind == "CNAME" else f"{kind} {value}"


PURPOSES = {
    "spf": Text("SPF: receivers let our servers send for the domain"),
    "dkim": Text("DKIM: where receivers find our key"),
    "dmarc": Text("DMARC: what receivers do with forged mail"),
}


def onboarding(target: Target, published: Published, zone: str) -> Asking[Onboarding]:
    """Return what has to be entered, from what is published now."""
    spf = yield from _spf(target, published)
    policy = yield from discover(target.domain)
    entries = (
        _spf_entry(spf, published, target),
        *(_dkim_entry(selector, published, target) for selector in target.selectors),
        *_dmarc_entry(policy, published, target),
    )
    return Onboarding(
        domain=target.domain,
        zone=zone,
        entries=entries,
        tree=spf.tree,
        policy=policy,
        by_address=spf.by_address,
        exists=published.exists,
    )


def _spf(target: Target, published: Published) -> Asking[Merge]:
    """Return the record to enter, or what is behind the CNAME that stands in its place."""
    alias = published.alias(target.domain)
    if alias:
        made = yield from behind(alias, target)
        if made.is_enough or target.domain not in published.wild:
            return made
    return (yield from merged(published.texts(target.domain), target))


def _spf_entry(spf: Merge, published: Published, target: Target) -> Entry:
    is_wild = target.domain in published.wild
    action = (
        RecordAction.CORRECT
        if spf.needs_person
        else RecordAction.KEEP
        if not spf.changes
        else RecordAction.ADD
        if spf.is_new or is_wild
        else RecordAction.REPLACE
    )
    return Entry(
        name=target.domain,
        type="CNAME" if spf.alias else "TXT",
        value=spf.record,
        ttl=target.ttl,
        action=action,
        removes=tuple(f"TXT {text}" for text in spf.replaces)
        if action is RecordAction.REPLACE
        else (),
        purpose=PURPOSES["spf"],
        note=_spf_note(spf, target, is_wild=is_wild and action is RecordAction.ADD),
    )


def _spf_note(spf: Merge, target: Target, *, is_wild: bool) -> Text | None:
    if spf.fault is None:
        notes = (*spf.notes, *([corrections.WILDCARD] if is_wild else ()))
        return joined_text(notes) if notes else None
    return corrections.to_correct(spf.fault, len(spf.replaces), target.ours.term)


def _dkim_entry(selector: Selector, published: Published, target: Target) -> Entry:
    there = published.standing(selector.name)
    wanted = ("CNAME", selector.target)
    if wanted in published.at.get(selector.name, ()):
        there = published.at[selector.name]
    others = tuple(presented(*each) for each in there if each != wanted)
    is_there = wanted in there and not others
    action = RecordAction.KEEP if is_there else RecordAction.REPLACE if there else RecordAction.ADD
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
    meant = tuple(text for text in here if is_meant_as_dmarc(text))
    if not meant and policy.at and not policy.reading.problem:
        return ()  # a policy above, or behind a CNAME of somebody who manages it
    made = dmarc_merge.joined(meant or _policy_elsewhere(published, target))
    aliases = [each for each in published.standing(target.dmarc_name) if each[0] == "CNAME"]
    if isinstance(made, dmarc_merge.Undecided):
        value, action = made.text, RecordAction.CORRECT
    else:
        value = made.record or target.dmarc
        action = (
            RecordAction.KEEP
            if meant == (value,)
            else RecordAction.REPLACE
            if meant or aliases
            else RecordAction.ADD
        )
    gone = (*aliases, *(("TXT", text) for text in meant if text != value))
    removes = tuple(presented(*each) for each in gone)
    return (
        Entry(
            name=target.dmarc_name,
            type="TXT",
            value=value,
            ttl=target.ttl,
            action=action,
            removes=removes if action is RecordAction.REPLACE else (),
            purpose=PURPOSES["dmarc"],
            note=_dmarc_note(made),
        ),
    )


def _policy_elsewhere(published: Published, target: Target) -> tuple[str, ...]:
    """Return what was entered in a wrong place: it still is what the owner wants."""
    at_apex = tuple(t for t in published.texts(target.domain) if mangled.kind_of(t) == "dmarc")
    names = (f"{target.dmarc_name}.{zone}" for zone in above(target.domain))
    found = published.misplaced((*names, *misplaced_policy(target.domain)))
    return at_apex or tuple(text for text in found if mangled.kind_of(text) == "dmarc")


def _dmarc_note(made: dmarc_merge.Joined | dmarc_merge.Undecided) -> Text | None:
    if isinstance(made, dmarc_merge.Undecided):
        return corrections.DMARC.format(term=made.term)
    notes = []
    if made.left_out:
        notes.append(corrections.DMARC_LEFT_OUT.format(terms="; ".join(made.left_out)))
    if ignored := read_policy(made.record).ignored:
        notes.append(corrections.DMARC_PASSED_OVER.format(terms=", ".join(ignored)))
    return joined_text(notes) if notes else None


def joined_text(texts: Sequence[Text]) -> Text:
    """Return several sentences as one."""
    return Text.joined(texts, SEMICOLON)
