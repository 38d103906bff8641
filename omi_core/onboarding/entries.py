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
from omi_core.onboarding.merge import Merge, merged
from omi_core.onboarding.rules import correction_texts as corrections
from omi_core.onboarding.target import Selector, Target
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
        return tuple(entry for entry in self.entries if entry.action is not RecordAction.KEEP)

    @property
    def entered(self) -> tuple[Entry, ...]:
        """The records to enter as they are."""
        return tuple(entry for entry in self.entries if entry.is_entered)


PURPOSES = {
    "spf": Text("SPF: receivers let our servers send for the domain"),
    "dkim": Text("DKIM: where receivers find our key"),
    "dmarc": Text("DMARC: what receivers do with forged mail"),
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
    action = (
        RecordAction.ADD
        if spf.is_new
        else RecordAction.REPLACE
        if spf.changes
        else RecordAction.KEEP
    )
    action = RecordAction.CORRECT if spf.fault else action
    return Entry(
        name=target.domain,
        type="TXT",
        value=spf.record,
        ttl=target.ttl,
        action=action,
        removes=tuple(f"TXT {text}" for text in spf.replaces)
        if action is RecordAction.REPLACE
        else (),
        purpose=PURPOSES["spf"],
        note=_spf_note(spf, target),
    )


def _spf_note(spf: Merge, target: Target) -> Text | None:
    if spf.fault is None:
        return joined_text(spf.notes) if spf.notes else None
    return corrections.to_correct(spf.fault, len(spf.replaces), target.ours.term)


def _dkim_entry(selector: Selector, published: Published, target: Target) -> Entry:
    there = published.at.get(selector.name, ())
    wanted = ("CNAME", selector.target)
    others = tuple(f"{kind} {value}" for kind, value in there if (kind, value) != wanted)
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
    # Entered at the domain itself by mistake, it still is what the owner wants.
    at_apex = tuple(t for t in published.texts(target.domain) if mangled.kind_of(t) == "dmarc")
    made = dmarc_merge.joined(meant or at_apex)
    if isinstance(made, dmarc_merge.Undecided):
        value, action = made.text, RecordAction.CORRECT
    else:
        value = made.record or target.dmarc
        action = (
            RecordAction.KEEP
            if meant == (value,)
            else RecordAction.REPLACE
            if meant
            else RecordAction.ADD
        )
    removes = tuple(f"TXT {text}" for text in meant if text != value)
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
