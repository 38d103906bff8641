"""Whether a customer's SPF record keeps within its look-ups before a deploy publishes it.

The record is counted as it would be, nested includes too (RFC 7208 4.6.4). This asks the machine's
resolver, and only for records that a plan changes; a run with nothing to do asks nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import dns.exception
import dns.name
import dns.resolver

from omi_core.dns.mail_claims import SpfInclude
from omi_core.dns.plan import Change, Plan, Publication
from omi_core.dns.record import Type
from omi_core.dns.txt import Txt
from omi_core.mailauth.spf.record import SpfRecord, is_spf
from omi_core.text import Text

if TYPE_CHECKING:  # a run that changes no such record does not load them
    from omi_core.mailauth.questions import Answer, Question
    from omi_core.mailauth.spf.budget import Branch

PATIENCE_S = 20.0  # for one record, whatever it includes
MOST_WAITED_S = 30.0  # for a resolver that does not answer, in all
_ANSWER_S = 5.0
_MOST_QUESTIONS = 60  # for one record

# Names that no message can carry (RFC 1035 2.3.4) have no record either.
_NOTHING = (
    dns.resolver.NXDOMAIN,
    dns.resolver.NoAnswer,
    dns.name.LabelTooLong,
    dns.name.NameTooLong,
    dns.name.EmptyLabel,
)

Ask = Callable[["Question"], "Answer"]


def within_budget(made: Plan, wanted: Publication, ask: Ask | None = None) -> Plan:
    """Return the plan without the changes of SPF that receivers would give up on; they are refused.

    So is one whose includes cannot be looked up: it is not known what it would do.
    """
    claims = [each for each in wanted.claims if isinstance(each, SpfInclude)]
    names = {each.name for each in claims}
    changed = [each for each in made.changes if each.type == Type.TXT and each.name in names]
    if not changed:
        return made
    known = {each.target.relative: _own_record(each) for each in claims}
    asked = ask or TxtResolver().answer
    checked = ((each, _refusal(each, known, asked)) for each in changed)
    refused = {change.name: why for change, why in checked if why}
    kept = (each for each in made.changes if each.type != Type.TXT or each.name not in refused)
    return replace(made, changes=tuple(kept), refusals=(*made.refusals, *refused.values()))


def _own_record(claim: SpfInclude) -> str:
    """What stands behind our own include: addresses, of this run or of an earlier one."""
    return str(SpfRecord.sending_from(claim.addresses))


def _refusal(change: Change, known: Mapping[str, str], ask: Ask) -> str:
    return next(
        (why for record in _spf_of(change) if (why := _why_not(change, record, known, ask))), ""
    )


def _why_not(change: Change, record: str, known: Mapping[str, str], ask: Ask) -> str:
    from omi_core.mailauth.questions import run
    from omi_core.mailauth.spf.budget import survey
    from omi_core.mailauth.spf.evaluate import MOST_LOOKUPS

    domain = change.name.relative
    tree: Branch = run(survey(domain, record), _Bounded(ask=ask, known=known).answer)
    if tree.lookups > MOST_LOOKUPS:
        shown = "; ".join(" ".join(line.split()) for line in tree.lines())
        return (
            f"{domain}: the SPF record would need {tree.lookups} look-ups with us in it, and "
            f"receivers make {MOST_LOOKUPS} (RFC 7208 4.6.4), so it stays as it is: {shown}; take "
            f"some out, or enter what `omi dns records {domain}` says"
        )
    unseen = next((each for each in tree.problems() if each.temporary), None)
    if unseen is None:
        return ""
    return (
        f"{domain}: the look-ups of the SPF record cannot be counted, so it stays as it is: no "
        f"answer for {unseen.term} ({unseen.problem}); run again"
    )


def _spf_of(change: Change) -> Iterator[str]:
    texts = (each.data for each in change.after if isinstance(each.data, Txt))
    return (data.text for data in texts if is_spf(data.octets))


@dataclass(kw_only=True)
class _Bounded:
    """Asks for what is included, which alone tells how many look-ups there are, and so long."""

    ask: Ask
    known: Mapping[str, str]
    left: int = _MOST_QUESTIONS
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE_S)

    def answer(self, question: "Question") -> "Answer":
        from omi_core.mailauth.questions import Answer

        if question.type != "TXT":
            return Answer(("counted",))
        if own := self.known.get(question.name.lower()):
            return Answer((own,))
        self.left -= 1
        if self.left < 0 or time.monotonic() > self.deadline:
            return Answer(failed=Text("too much to ask"))
        return self.ask(question)


class TxtResolver:
    """The machine's own, asked for TXT; what several records include is asked for once."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._answers: dict[Question, Answer] = {}
        self._left_s = MOST_WAITED_S

    def answer(self, question: "Question") -> "Answer":
        """Return what it says; that it says nothing is an answer too."""
        if question not in self._answers:
            self._answers[question] = self._asked(question)
        return self._answers[question]

    def _asked(self, question: "Question") -> "Answer":
        from omi_core.mailauth.questions import Answer

        if self._left_s <= 0:
            return Answer(failed=Text("the resolver did not answer before"))
        began = time.monotonic()
        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            found = self._resolver.resolve(
                f"{question.name}.", question.type, search=False, lifetime=_ANSWER_S
            )
        except _NOTHING:
            return Answer()
        except (dns.exception.DNSException, OSError) as error:
            self._left_s -= time.monotonic() - began
            return Answer(failed=Text.plain(type(error).__name__))
        texts = (b"".join(each.strings) for each in found)
        return Answer(tuple(text.decode(errors="replace") for text in texts))
