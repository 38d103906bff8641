"""Whether a customer's SPF record keeps within its look-ups before a deploy publishes it.

The record is counted as it would be, nested includes too (RFC 7208 4.6.4). This asks the machine's
resolver, and only for records that a plan changes; a run with nothing to do asks nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from omi_core.dns.mail_claims import SpfInclude
from omi_core.dns.plan import Change, Plan, Publication, in_canonical_order
from omi_core.dns.record import Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.text import Text

if TYPE_CHECKING:  # a run that changes no such record does not load them
    from omi_core.mailauth.questions import Answer, Question
    from omi_core.mailauth.spf.fitting import Fitted

PATIENCE_S = 20.0  # for one record, whatever it includes
_MOST_QUESTIONS = 60  # for one record

Ask = Callable[["Question"], "Answer"]


def within_budget(made: Plan, wanted: Publication, ask: Ask | None = None) -> Plan:
    """Return the plan with every SPF record within its look-ups; where none is, it is refused.

    So is one whose includes cannot be looked up: it is not known what it would do.
    """
    claims = [each for each in wanted.claims if isinstance(each, SpfInclude)]
    names = {each.name for each in claims}
    if not any(each.type == Type.TXT and each.name in names for each in made.changes):
        return made
    # Slow imports, and only for records that are about to change.
    from omi_core.dns.client.txt_resolver import TxtResolver

    asked = ask or TxtResolver().answer
    kept, refusals = [], list(made.refusals)
    for change in made.changes:
        ours = [each for each in claims if (each.name, each.type) == (change.name, change.type)]
        outcome = _fitted(change, ours, _Bounded(ask=asked))
        if isinstance(outcome, Text):
            refusals.append(outcome)
        else:
            kept.append(outcome)
    return replace(made, changes=tuple(kept), refusals=tuple(refusals))


def without_aliased_senders(
    wanted: Publication, observed: Zone, ask: Ask | None = None
) -> Publication:
    """Return what must stand there without the SPF record of a domain that needs none.

    A domain that is a CNAME has the record of the name that it leads to, and nothing can stand
    beside it (RFC 1034 3.6.2). Where that record lets our servers send, all is right.
    """
    aliased = [
        each
        for each in wanted.claims
        if isinstance(each, SpfInclude) and observed.set(each.name, "CNAME")
    ]
    if not aliased:
        return wanted
    from omi_core.dns.client.txt_resolver import TxtResolver

    asked = ask or TxtResolver().answer
    needless = [each for each in aliased if _passes(each, _Bounded(ask=asked))]
    return replace(wanted, claims=tuple(c for c in wanted.claims if c not in needless))


def _passes(claim: SpfInclude, bounded: "_Bounded") -> bool:
    """Whether SPF passes all of our addresses, as far as TXT records tell."""
    from omi_core.mailauth.questions import run
    from omi_core.mailauth.spf.evaluate import Result, check_host
    from omi_core.mailauth.spf.macro import Mail

    name = claim.name.relative
    mails = [Mail.of(each, f"postmaster@{name}", name) for each in claim.addresses]
    results = {run(check_host(mail, name), bounded.told).result for mail in mails}
    return results == {Result.PASS}


def _fitted(change: Change, claims: Sequence[SpfInclude], bounded: "_Bounded") -> Change | Text:
    """Return the change with the record that receivers can evaluate, or why there is none."""
    from omi_core.mailauth.questions import run
    from omi_core.mailauth.spf.fitting import fitted

    for claim in claims:
        owned = next((each for each in change.after if claim.owns(each)), None)
        if owned is None or not isinstance(owned.data, Txt):
            continue
        fit = run(fitted(change.name.relative, owned.data.text, claim.ours), bounded.answer)
        if fit.fault:
            return _refusal(change.name.relative, fit)
        if fit.by_address:
            record = replace(owned, data=Txt.of(fit.record))
            others = (each for each in change.after if each is not owned)
            change = replace(change, after=in_canonical_order((*others, record)))
    return change


def _refusal(domain: str, fit: "Fitted") -> Text:
    from omi_core.mailauth.spf.fault import Cause

    if fit.fault and fit.fault.cause is Cause.UNCOUNTED:
        return Text("{domain}: the SPF record stays as it is: {fault}; run again").format(
            domain=domain, fault=fit.fault.sentence
        )
    shown = "; ".join(" ".join(line.split()) for line in fit.tree.lines())
    return Text(
        "{domain}: the SPF record would need {lookups} look-ups with us in it, so it stays as it"
        " is: {fault}; take some out: {shown}"
    ).format(
        domain=domain,
        lookups=fit.tree.lookups,
        fault=fit.fault.sentence if fit.fault else "",
        shown=shown,
    )


@dataclass(kw_only=True)
class _Bounded:
    """Asks for what is included, which alone tells how many look-ups there are, and so long."""

    ask: Ask
    left: int = _MOST_QUESTIONS
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE_S)

    def answer(self, question: "Question") -> "Answer":
        from omi_core.mailauth.questions import Answer

        return Answer(("counted",)) if question.type != "TXT" else self.told(question)

    def told(self, question: "Question") -> "Answer":
        from omi_core.mailauth.questions import Answer

        if question.type != "TXT":
            return Answer(failed=Text("too much to ask"))
        self.left -= 1
        if self.left < 0 or time.monotonic() > self.deadline:
            return Answer(failed=Text("too much to ask"))
        return self.ask(question)
