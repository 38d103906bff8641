"""What is wrong with the DMARC policy that one view of a domain shows: pure."""

from collections.abc import Iterator

from omi_core.findings.finding import Finding, FindingKind
from omi_core.mailauth import mangled
from omi_core.mailauth.dmarc import merge as dmarc_merge
from omi_core.mailauth.dmarc.discover import MOST_REPORT_DOMAINS, read_policy, report_domains
from omi_core.mailauth.dmarc.record import is_dmarc, is_meant_as_dmarc
from omi_core.onboarding.rules import correction_texts as corrections
from omi_core.onboarding.rules import record_texts as catalogue
from omi_core.onboarding.rules.records import Judging, damaged, observed
from omi_core.onboarding.target import misplaced_policy

_SHOWN = 200
_MOST_ADDRESSES = 5


def dmarc_record(judging: Judging) -> Iterator[Finding]:
    """Judge whether one policy applies, here or from above."""
    name = judging.target.dmarc_name
    texts = judging.view.published.texts(name)
    meant = tuple(text for text in texts if is_meant_as_dmarc(text))
    if not meant:
        if not _inherits(judging):
            yield _no_dmarc(judging, name)
    elif len(meant) > 1:
        yield _several(judging, name, meant)
    elif read_policy(meant[0]).problem and (found := tuple(damaged(judging, name, "dmarc"))):
        yield from found
    elif problem := read_policy(meant[0]).problem:
        yield judging.at(catalogue.DMARC_UNREADABLE, name, detail=problem)
    else:
        yield from _passed_over(judging, name, meant[0])


def _several(judging: Judging, name: str, texts: tuple[str, ...]) -> Finding:
    heard = [text for text in texts if is_dmarc(text.encode(errors="replace"))]
    if len(heard) == 1 and not read_policy(heard[0]).problem:
        return judging.at(corrections.DMARC_DISCARDED, name)
    return judging.at(catalogue.DMARC_TWO, name, count=len(texts))


def _passed_over(judging: Judging, name: str, text: str) -> Iterator[Finding]:
    """Judge what receivers do not see in a policy that holds (RFC 7489 6.3)."""
    reading = read_policy(text)
    if reading.unaddressed:
        addresses = _shortened(tuple(uri.removeprefix("mailto:") for uri in reading.unaddressed))
        yield judging.at(corrections.DMARC_UNADDRESSED, name, addresses=addresses)
    if reading.undeliverable:
        shown = _shortened(reading.undeliverable)
        yield judging.at(corrections.DMARC_UNDELIVERABLE, name, addresses=shown)
    made = dmarc_merge.joined((text,))
    doubtful = (made.term,) if isinstance(made, dmarc_merge.Undecided) else ()
    if terms := reading.ignored or doubtful:
        yield judging.at(
            corrections.DMARC_TAG_IGNORED,
            name,
            terms=_shortened(tuple(terms)),
            cleaned=dmarc_merge.cleaned(text),
        )


def _inherits(judging: Judging) -> bool:
    dmarc = judging.view.dmarc
    return bool(dmarc.failed) or (bool(dmarc.at) and not dmarc.reading.problem)


def _no_dmarc(judging: Judging, name: str) -> Finding:
    domain = judging.target.domain
    twice = f"{name}.{judging.zone}"
    there = [v for _, v in judging.elsewhere(twice) if mangled.kind_of(v) == "dmarc"]
    if there:
        return _entered(judging, name, tuple(there), twice)
    for wrong in misplaced_policy(domain):
        there = [v for _, v in judging.elsewhere(wrong) if mangled.kind_of(v) == "dmarc"]
        if there:
            return _entered(judging, name, tuple(there), wrong, catalogue.NAME_WRONG)
    at_apex = [t for t in judging.view.published.texts(domain) if mangled.kind_of(t) == "dmarc"]
    if at_apex:
        seen = observed([("TXT", at_apex[0])])
        return judging.at(catalogue.DMARC_APEX, name, misplaced=domain, observed=seen)
    if judging.is_wild(name):
        return judging.at(catalogue.WILDCARD, name)
    if alias := judging.view.published.alias(name):
        return judging.at(catalogue.DMARC_ALIAS, name, alias=alias)
    return judging.at(catalogue.DMARC_MISSING, name)


def _entered(
    judging: Judging,
    name: str,
    texts: tuple[str, ...],
    misplaced: str,
    kind: FindingKind = catalogue.DOMAIN_TWICE,
) -> Finding:
    """Have the policy that stands in a wrong place entered, and no weaker one."""
    made = dmarc_merge.joined(texts)
    value = made.text if isinstance(made, dmarc_merge.Undecided) else made.record
    value = value or judging.target.dmarc
    return judging.at(kind, name, misplaced=misplaced, value=value, expected=f"TXT {value}")


def dmarc_reports(judging: Judging) -> Iterator[Finding]:
    """Judge whether reports reach whom they are addressed to (RFC 7489 7.1)."""
    if judging.view.unwelcome:
        address = judging.view.unwelcome[0]
        domain = address.rpartition("@")[2]
        where = f"{judging.view.dmarc.at}._report._dmarc.{domain}"
        finding = judging.at(
            catalogue.DMARC_REPORTS,
            judging.target.dmarc_name,
            addresses=_shortened(judging.view.unwelcome),
            expected=f"{where[:_SHOWN]} TXT v=DMARC1",
            name=where[:_SHOWN],
        )
        yield finding
    asked = len(report_domains(judging.view.dmarc))
    if asked > MOST_REPORT_DOMAINS:
        name = judging.target.dmarc_name
        yield judging.at(catalogue.DMARC_MANY, name, count=asked, most=MOST_REPORT_DOMAINS)


def _shortened(addresses: tuple[str, ...]) -> str:
    """Return the first addresses as one line, and whether there are more."""
    shown = ", ".join(address[:_SHOWN] for address in addresses[:_MOST_ADDRESSES])
    return shown + (", ..." if len(addresses) > _MOST_ADDRESSES else "")
