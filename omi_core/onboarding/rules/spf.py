"""What is wrong with the SPF record that one view of a domain shows: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from omi_core.errors import InputError
from omi_core.findings.finding import Finding, FindingKind
from omi_core.mailauth import mangled
from omi_core.mailauth.spf.evaluate import MOST_LOOKUPS, MOST_VOID_LOOKUPS, Result
from omi_core.mailauth.spf.merge import (
    Merged,
    Unmerged,
    includes,
    merged,
    ours_first,
    spf_texts,
    with_addresses,
)
from omi_core.mailauth.spf.record import SpfRecord, passes_all
from omi_core.mailauth.spf.syntax import SpfSyntaxError, parse
from omi_core.onboarding.entries import RecordAction
from omi_core.onboarding.rules import correction_texts as corrections
from omi_core.onboarding.rules import record_texts as catalogue
from omi_core.onboarding.rules.records import Judging, damaged, observed
from omi_core.onboarding.target import misplaced_spf
from omi_core.text import SEMICOLON, Text


def spf_record(judging: Judging) -> Iterator[Finding]:
    """Judge whether there is one record, and whether it is SPF."""
    name = judging.target.domain
    texts = judging.view.published.texts(name)
    meant = spf_texts(texts)
    if judging.entries[name].type == "CNAME":
        yield from _alias(judging, name)
    elif judging.is_wild(name):
        yield from _wildcard(judging, name)
    elif not meant:
        yield _no_spf(judging, name)
    elif len(meant) > 1:
        yield judging.at(catalogue.SPF_TWO, name, count=len(meant))
    elif not _is_kept(judging) and (found := tuple(damaged(judging, name, "spf"))):
        yield from found
    else:
        yield from _spf_terms(judging, name, meant[0])


def _alias(judging: Judging, name: str) -> Iterator[Finding]:
    """Judge a domain that is a CNAME: whatever is there is of the name that it leads to."""
    entry = judging.entries[name]
    values: dict[str, str | Text] = {
        "alias": entry.value,
        "spf": str(SpfRecord.of_nobody_yet().including(judging.target.ours.include)),
        "note": entry.note or Text.plain(entry.value),
        "observed": observed(judging.records(name)),
        "value": entry.pasted,
    }
    expected = f"TXT {values['spf']}"
    if name == judging.zone:
        yield judging.at(catalogue.CNAME_APEX, name, **{"expected": expected, **values})
    elif not _is_kept(judging):
        yield judging.at(catalogue.CNAME_SENDER, name, **{"expected": expected, **values})


def _wildcard(judging: Judging, name: str) -> Iterator[Finding]:
    if not _is_kept(judging):
        entry = judging.entries[name]
        note = entry.note or Text.plain(entry.value)
        seen = observed(judging.records(name))
        yield judging.at(catalogue.WILDCARD_SENDER, name, note=note, observed=seen)


def _is_kept(judging: Judging) -> bool:
    return judging.entries[judging.target.domain].action is RecordAction.KEEP


def _no_spf(judging: Judging, name: str) -> Finding:
    twice = f"{name}.{judging.zone}"
    there = [v for kind, v in judging.elsewhere(twice) if mangled.kind_of(v) == "spf"]
    if there:
        return _entered(judging, catalogue.DOMAIN_TWICE, there, misplaced=twice)
    there = [value for kind, value in judging.elsewhere(name) if kind == "SPF"]
    if there:
        old = observed(judging.elsewhere(name))
        return _entered(judging, catalogue.SPF_TYPE_99, there, observed=old)
    for wrong in misplaced_spf(name):
        there = [v for _, v in judging.elsewhere(wrong) if judging.target.ours.term in v.lower()]
        if there:
            return _entered(judging, catalogue.NAME_WRONG, there, misplaced=wrong)
    return judging.at(catalogue.SPF_MISSING, name)


def _entered(judging: Judging, kind: FindingKind, there: Sequence[str], **values: str) -> Finding:
    """Have what was entered in a wrong place merged, and not left behind."""
    name = judging.target.domain
    made = merged(tuple(there), judging.target.ours)
    if isinstance(made, Merged):
        expected = f"TXT {made.record}"
        return judging.at(kind, name, value=made.record, **{"expected": expected, **values})
    found = judging.at(kind, name, **values)
    note = corrections.SPF.format(fault=made.fault.sentence, include=judging.target.ours.term)
    remedy = corrections.ELSEWHERE.format(name=name, text=made.text, note=note)
    return replace(found, expected=remedy, remedy=remedy)


def _spf_terms(judging: Judging, name: str, text: str) -> Iterator[Finding]:
    made = merged((text,), judging.target.ours)
    if isinstance(made, Unmerged):
        fault = made.fault.sentence
        yield judging.at(catalogue.SPF_SYNTAX, name, detail=fault)
        return
    try:
        parse(text)
    except SpfSyntaxError as error:
        yield judging.at(catalogue.SPF_SYNTAX, name, detail=error.text)
        return
    if passes_all(made.record):
        record = SpfRecord.parse(made.record)
        yield judging.at(catalogue.SPF_ALL, name, value=str(record.failing_softly()))


def spf_relays(judging: Judging) -> Iterator[Finding]:
    """Judge what receivers conclude for each address of the relays."""
    name = judging.target.domain
    results = judging.view.spf
    if all(each.result is Result.PASS for each in results.values()):
        return
    if any(spf_record(judging)) or any(spf_limits(judging)):
        return  # what follows from a mistake that has been named is none of its own
    broken = [each for each in results.values() if each.result is Result.PERMERROR]
    if broken:
        found = judging.at(catalogue.SPF_PERMERROR, name, detail=broken[0].problem)
        yield _with_ours_first(found, judging)
        return
    wrong = {
        one: each.result
        for one, each in results.items()
        if each.result not in {Result.PASS, Result.TEMPERROR}
    }
    if wrong:
        addresses = ", ".join(map(str, wrong))
        result = next(iter(wrong.values())).value
        found = judging.at(catalogue.SPF_NOT_OURS, name, addresses=addresses, result=result)
        yield _with_ours_first(found, judging)


def spf_limits(judging: Judging) -> Iterator[Finding]:
    """Judge the budget of the record as it would be with us in it."""
    tree = judging.view.onboarding.tree
    name = judging.target.domain
    lookups, voids = tree.lookups, tree.voids
    if lookups <= MOST_LOOKUPS and voids <= MOST_VOID_LOOKUPS:
        return
    shown = "; ".join(" ".join(line.split()) for line in tree.lines())
    if lookups > MOST_LOOKUPS:
        yield judging.at(
            catalogue.SPF_BUDGET,
            name,
            lookups=lookups,
            tree=shown,
            expected=f"<= {MOST_LOOKUPS}",
        )
    if voids > MOST_VOID_LOOKUPS:
        yield judging.at(catalogue.SPF_VOID, name, voids=voids, tree=shown)


def _with_ours_first(found: Finding, judging: Judging) -> Finding:
    """Say what helps where our include is there already, and a term before it decides."""
    entry = judging.entries[judging.target.domain]
    text, ours = entry.value, judging.target.ours
    if entry.action is not RecordAction.KEEP:
        return _with_place(found, judging)
    is_included = includes(text, ours)
    value = ours_first(text, ours) if is_included else with_addresses(text, ours)
    if value == str(SpfRecord.parse(text)):
        return replace(found, remedy=corrections.OPERATOR.format(include=ours.term))
    remedy = corrections.OURS_FIRST.format(
        name=entry.name, include=ours.term, old=f"TXT {text}", value=value
    )
    return replace(found, expected=Text.plain(f"TXT {value}"), remedy=remedy)


def _with_place(found: Finding, judging: Judging) -> Finding:
    """Say why our include, which is there, does not help."""
    texts = spf_texts(judging.view.published.texts(found.subject))
    try:
        record = SpfRecord.parse(texts[0])
    except (InputError, IndexError):
        return found
    term = next((each for each in record.terms if each.includes(judging.target.ours.include)), None)
    if term is None:
        return found
    is_behind = term not in record.reached
    kind = corrections.BEHIND_ALL if is_behind else corrections.NO_PASS
    why = kind.format(term=str(term), include=judging.target.ours.term)
    return replace(found, text=Text.joined((found.text, why), SEMICOLON))
