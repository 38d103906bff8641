"""The SPF record that a customer enters: ours merged into his, within its budget of look-ups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from omi_core.mailauth import mangled
from omi_core.mailauth.questions import Asking
from omi_core.mailauth.spf import merge as spf_merge
from omi_core.mailauth.spf.budget import Branch, is_within_budget, survey
from omi_core.mailauth.spf.evaluate import MOST_LOOKUPS
from omi_core.mailauth.spf.fault import SpfFault
from omi_core.mailauth.spf.record import SpfRecord, SpfTerm
from omi_core.onboarding.rules import correction_texts as catalogue
from omi_core.onboarding.target import Target
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The SPF record to publish, what it replaces, and what it can cost.

    `by_address` says that our addresses stand in it themselves, because an include would exceed
    the budget. With a `fault` there is no such record: `record` is one that stands there, and a
    person decides. `notes` say what else is not as it was.
    """

    record: str
    replaces: tuple[str, ...]
    tree: Branch
    by_address: bool = False
    fault: SpfFault | None = None
    notes: tuple[Text, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether there was no SPF record at all."""
        return not self.replaces

    @property
    def changes(self) -> bool:
        """Whether anything has to be entered."""
        return self.replaces != (self.record,)


def merged(texts: Sequence[str], target: Target) -> Asking[Merge]:
    """Return the one SPF record for a domain that publishes the TXT records `texts`."""
    published = tuple(text for text in texts if mangled.kind_of(text) == "spf")
    made = spf_merge.merged(published, target.ours)
    if isinstance(made, spf_merge.Unmerged):
        tree = yield from survey(target.domain, made.text)
        return Merge(record=made.text, replaces=published, tree=tree, fault=made.fault)
    notes = (catalogue.LEFT_OUT.format(terms=" ".join(made.left_out)),) if made.left_out else ()
    merge = yield from _within_budget(_settled(made.record), published, target)
    if merge.record != made.record and _passes_all(made.record):
        notes = (*notes, catalogue.PASSES_ALL)
    return replace(merge, notes=notes)


def _within_budget(record: str, published: tuple[str, ...], target: Target) -> Asking[Merge]:
    tree = yield from survey(target.domain, record)
    merge = Merge(record=record, replaces=published, tree=tree)
    is_one_too_many = not is_within_budget(tree) and tree.lookups == MOST_LOOKUPS + 1
    if not is_one_too_many or not _includes(record, target):
        return merge
    record = with_addresses(record, target)
    tree = yield from survey(target.domain, record)
    return Merge(record=record, replaces=published, tree=tree, by_address=True)


def _settled(text: str) -> str:
    """Return the record without `+all`, which lets the whole world send."""
    if not _passes_all(text):
        return text
    record = SpfRecord.parse(text)
    place = len(record.reached)
    return str(SpfRecord((*record.reached, SpfTerm("~", "all", ""), *record.terms[place + 1 :])))


def _passes_all(text: str) -> bool:
    record = SpfRecord.parse(text)
    return any(term.passes for term in record.terms[len(record.reached) :][:1])


def _includes(text: str, target: Target) -> bool:
    return any(term.includes(target.ours.include) for term in SpfRecord.parse(text).terms)


def with_addresses(text: str, target: Target) -> str:
    """Put addresses in place of our include, before everything: they cost no look-up (4.6.4)."""
    terms = SpfRecord.parse(text).terms
    theirs = (term for term in terms if not term.includes(target.ours.include))
    ours = tuple(SpfTerm("", f"ip{one.version}", f":{one}") for one in target.relays)
    return str(SpfRecord((*ours, *(term for term in theirs if term not in ours))))
