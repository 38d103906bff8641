"""The merged record within the look-ups that receivers make, or the term that is in the way.

`merge.py` knows the texts alone. What a record costs is behind its includes, so that this asks;
deploys and the advice ask the same, whoever answers them.
"""

from dataclasses import dataclass
from functools import lru_cache

from omi_core.mailauth.questions import Answer, Asking, Question, T
from omi_core.mailauth.spf.budget import Branch, survey
from omi_core.mailauth.spf.evaluate import MOST_LOOKUPS
from omi_core.mailauth.spf.fault import Cause, SpfFault
from omi_core.mailauth.spf.merge import Address, Ours, includes, with_addresses
from omi_core.mailauth.spf.record import SpfRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The record to publish, and what it can cost; with a `fault` there is none.

    `by_address` says that our addresses stand in it themselves, because an include would exceed
    the budget.
    """

    record: str
    tree: Branch
    by_address: bool = False
    fault: SpfFault | None = None


def fitted(domain: str, record: str, ours: Ours) -> Asking[Fitted]:
    """Return the record of `domain` as receivers can evaluate it (RFC 7208 4.6.4).

    Where our include is look-up eleven, our addresses stand in its place: every term of the
    owner's is kept, and nothing costs more than before.
    """
    tree = yield from _knowing_ours(survey(domain, record), ours)
    is_one_too_many = tree.lookups == MOST_LOOKUPS + 1 and includes(record, ours)
    if is_one_too_many and ours.addresses:
        record = with_addresses(record, ours)
        tree = yield from _knowing_ours(survey(domain, record), ours)
    return Fitted(
        record=record,
        tree=tree,
        by_address=is_one_too_many and bool(ours.addresses),
        fault=fault_of(tree, ours),
    )


def fault_of(tree: Branch, ours: Ours) -> SpfFault | None:
    """Return the dearest term, where there are too many look-ups, or one that is not counted."""
    if tree.lookups > MOST_LOOKUPS:
        theirs = [each for each in tree.branches if each.term != ours.term] or [tree]
        dearest = max(theirs, key=lambda each: each.lookups)
        return SpfFault(cause=Cause.LOOKUPS, term=dearest.term, part=str(tree.lookups))
    unseen = next((each for each in tree.problems() if each.temporary), None)
    if unseen is None:
        return None
    return SpfFault(cause=Cause.UNCOUNTED, term=unseen.term, part=unseen.problem)


def _knowing_ours(asking: Asking[T], ours: Ours) -> Asking[T]:
    """Answer for our own include, whatever is published behind it just now: addresses alone."""
    own = Question(ours.include.relative, "TXT")
    behind = _behind(ours.addresses)
    try:
        question = next(asking)
        while True:
            is_own = Question(question.name.lower(), question.type) == own
            question = asking.send(behind if is_own else (yield question))
    except StopIteration as ended:
        result: T = ended.value
        return result


@lru_cache(maxsize=64)
def _behind(addresses: tuple[Address, ...]) -> Answer:
    return Answer((str(SpfRecord.sending_from(addresses)),))
