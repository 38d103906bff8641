"""The SPF record that a customer enters: ours merged into his, within its budget of look-ups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from omi_core.mailauth.questions import Asking
from omi_core.mailauth.spf import merge as spf_merge
from omi_core.mailauth.spf.budget import Branch, survey
from omi_core.mailauth.spf.evaluate import Result, check_host
from omi_core.mailauth.spf.fault import SpfFault
from omi_core.mailauth.spf.fitting import fitted
from omi_core.mailauth.spf.macro import Mail
from omi_core.mailauth.spf.record import passes_all
from omi_core.onboarding.rules import correction_texts as catalogue
from omi_core.onboarding.target import Target
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The SPF record to publish, what it replaces, and what it can cost.

    `by_address` says that our addresses stand in it themselves, because an include would exceed
    the budget. With a `fault` there is no such record: `record` is one that stands there, and a
    person decides. `notes` say what else is not as it was. `alias` is the name that the domain is
    a CNAME to, so that nothing can stand beside it (RFC 1034 3.6.2); `is_enough` says whether what
    is behind it lets our servers send.
    """

    record: str
    replaces: tuple[str, ...]
    tree: Branch
    by_address: bool = False
    fault: SpfFault | None = None
    notes: tuple[Text, ...] = ()
    alias: str = ""
    is_enough: bool = False

    @property
    def needs_person(self) -> bool:
        """Whether there is nothing to enter, and yet something to do."""
        return self.fault is not None or (bool(self.alias) and not self.is_enough)

    @property
    def is_new(self) -> bool:
        """Whether there was no SPF record at all."""
        return not self.replaces

    @property
    def changes(self) -> bool:
        """Whether anything has to be entered."""
        return not self.alias and self.replaces != (self.record,)


def merged(texts: Sequence[str], target: Target) -> Asking[Merge]:
    """Return the one SPF record for a domain that publishes the TXT records `texts`."""
    published = spf_merge.spf_texts(texts)
    made = spf_merge.merged(published, target.ours)
    if isinstance(made, spf_merge.Unmerged):
        tree = yield from survey(target.domain, made.text)
        return Merge(record=made.text, replaces=published, tree=tree, fault=made.fault)
    fit = yield from fitted(target.domain, made.record, target.ours)
    # A record that is right but for its look-ups is judged, and not replaced.
    if fit.fault and published != (fit.record,):
        return Merge(record=published[0], replaces=published, tree=fit.tree, fault=fit.fault)
    return Merge(
        record=fit.record,
        replaces=published,
        tree=fit.tree,
        by_address=fit.by_address,
        notes=tuple(_notes(made)),
    )


def behind(alias: str, target: Target) -> Asking[Merge]:
    """Return what a domain has that is a CNAME: the record of somebody else, or none."""
    tree = yield from survey(target.domain)
    results = set()
    for one in target.relays:
        mail = Mail.of(one, f"postmaster@{target.domain}", target.helo)
        results.add((yield from check_host(mail, target.domain)).result)
    # What has no answer just now may well pass: nobody is told to change it.
    is_enough = results <= {Result.PASS, Result.TEMPERROR}
    kind = catalogue.ALIAS_PASSES if is_enough else catalogue.ALIAS
    note = kind.format(name=target.domain, alias=alias, include=target.ours.term)
    return Merge(
        record=alias, replaces=(), tree=tree, notes=(note,), alias=alias, is_enough=is_enough
    )


def _notes(made: spf_merge.Merged) -> Iterator[Text]:
    if made.left_out:
        yield catalogue.LEFT_OUT.format(terms=" ".join(made.left_out))
    if passes_all(made.record):
        yield catalogue.PASSES_ALL
