"""From what was seen of a domain to results, check by check: pure."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from omi_core.findings.cause import gathered
from omi_core.findings.contained import not_checked
from omi_core.findings.finding import Finding
from omi_core.findings.verdict import (
    Check,
    CheckResult,
    Status,
    Verdict,
    found,
    passed,
    skipped,
    unknown,
)
from omi_core.mailauth.dmarc.discover import is_public_suffix
from omi_core.mailauth.dmarc.merge import Undecided, joined
from omi_core.mailauth.dmarc.record import is_meant_as_dmarc
from omi_core.mailauth.spf.evaluate import Result
from omi_core.mailauth.spf.merge import Merged, merged, spf_texts
from omi_core.onboarding.entries import Entry
from omi_core.onboarding.rules import dmarc as judge_dmarc
from omi_core.onboarding.rules import record_texts as records
from omi_core.onboarding.rules import records as rules
from omi_core.onboarding.rules import server_texts as catalogue
from omi_core.onboarding.rules import spf as judge_spf
from omi_core.onboarding.rules.dnssec import dnssec
from omi_core.onboarding.rules.records import Judging, observed
from omi_core.onboarding.rules.servers import (
    agreement,
    aliases,
    answering,
    consistency,
    operator_records,
)
from omi_core.onboarding.seen import DomainSeen, ServerSeen
from omi_core.probe.words import NOT_REACHED
from omi_core.text import NOTHING, SEMICOLON, Text

Rule = Callable[[Judging], Iterator[Finding]]
# Their words say where: one habit of a panel, or one server that is behind, shows at several names.
_ONE_CAUSE = {
    records.DOMAIN_TWICE.id,
    records.SELECTOR_WRONG.id,
    records.NAME_WRONG.id,
    catalogue.DISAGREE.id,
}


def judge(seen: DomainSeen, now: float | None = None) -> tuple[CheckResult, ...]:
    """Return the results of every check of a domain; `now` is in seconds since 1970."""
    delegated = _delegated(seen)
    if delegated.verdict.status is not Status.PASSED:
        return (delegated,)
    now = time.time() if now is None else now
    answers = tuple(answering(seen))
    if not any(each.is_heard for each in seen.delegated) and not _are_fine(answers):
        return gathered((delegated, *answers, *_left_out(seen)))
    results = [delegated, *answers, *agreement(seen), *consistency(seen)]
    results += operator_records(seen)
    judgings = [Judging(seen, view) for view in seen.views]
    for check, rule in RULES if seen.target.sends else ():
        results += _ruled(check, rule, seen, judgings)
    return gathered((*results, *dnssec(seen, now)), _ONE_CAUSE)


def _are_fine(results: Iterable[CheckResult]) -> bool:
    return all(each.verdict.status is Status.PASSED for each in results)


def _left_out(seen: DomainSeen) -> Iterator[CheckResult]:
    """Where no server answers, that is said once, and nothing else is judged."""
    checks = [catalogue.AGREE, catalogue.CONSISTENT, catalogue.DNSSEC]
    checks += [check for check, _ in RULES] if seen.target.sends else []
    checks += [catalogue.OPERATOR] if seen.target.expected else []
    return (_result(check, skipped(NOT_REACHED)) for check in checks)


def _delegated(seen: DomainSeen) -> CheckResult:
    zone, domain = seen.zone, seen.target.domain
    if zone is None:
        why = seen.problem
        return _result(catalogue.DELEGATED, unknown(catalogue.NOT_REACHED.format(why=why)))
    if zone.name != domain and (not zone.name or is_public_suffix(zone.name)):
        if not any(not said.problem for each in seen.servers for said in each.said.values()):
            why = _reasons(seen.servers)
            return _result(catalogue.DELEGATED, unknown(catalogue.NOT_REACHED.format(why=why)))
        finding = catalogue.NOT_THERE.of(domain, parent=zone.name or ".", domain=domain)
        return _result(catalogue.DELEGATED, found(finding))
    servers = ", ".join(each.name for each in zone.servers)
    if zone.addresses:
        return _result(catalogue.DELEGATED, passed(f"{zone.name}: {servers}"))
    if zone.left_out:
        return next(iter(answering(seen)))
    finding = next(aliases(seen), None) or catalogue.NO_SERVER.of(domain, servers=servers)
    return _result(catalogue.DELEGATED, found(finding))


def _reasons(servers: Iterable[ServerSeen]) -> Text:
    problems = {said.problem for each in servers for said in each.said.values() if said.problem}
    return Text.joined(sorted(problems, key=str), SEMICOLON) if problems else Text.plain("-")


def _ruled(
    check: Check, rule: Rule, seen: DomainSeen, judgings: Sequence[Judging]
) -> Iterator[CheckResult]:
    """Yield a result for each finding of a rule, or one that all is well, or that nobody saw."""
    if not seen.views:
        why = _reasons(seen.servers)
        yield _result(check, unknown(catalogue.NOT_REACHED.format(why=why)))
        return
    findings: dict[tuple[str, str], Finding] = {}
    try:
        for judging in judgings:
            for finding in rule(judging):
                moved = _elsewhere(finding, judging)
                findings.setdefault((moved.id, moved.subject), moved)
        well = None if findings else _well(check, seen)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one rule is of that check alone
        well = unknown(not_checked(f"{seen.target.domain} {check.id}", error))
    for finding in findings.values():
        yield _result(check, found(finding))
    if well:
        yield _result(check, well)


def _elsewhere(finding: Finding, judging: Judging) -> Finding:
    """Say where it stands instead, if only servers outside the delegation have the record."""
    if finding.id not in {"spf-missing", "spf-not-included", "dkim-missing", "dmarc-missing"}:
        return finding
    seen = judging.seen
    strays = [each for each in seen.servers if not each.delegated and each.is_heard]
    entry = judging.entries.get(finding.subject)
    having = [each for each in strays if entry and _serves(each, entry, seen)]
    if not having or entry is None:
        return finding
    return judging.at(
        records.WRONG_ZONE,
        finding.subject,
        servers=", ".join(sorted({each.name for each in having})),
        delegated=", ".join(sorted({each.name for each in seen.delegated})),
        observed=observed(having[0].said[entry.name].records),
        value=_value_there(having[0], entry, seen),
    )


def _value_there(server: ServerSeen, entry: Entry, seen: DomainSeen) -> str:
    """Return what was entered at the wrong server, ours in it: it may be more than a default."""
    texts = [value for kind, value in server.said[entry.name].records if kind == "TXT"]
    if entry.name == seen.target.domain:
        record = merged(spf_texts(texts), seen.target.ours)
        return record.record if isinstance(record, Merged) else record.text
    if entry.type != "TXT":
        return entry.value
    policy = joined(tuple(text for text in texts if is_meant_as_dmarc(text)))
    return policy.text if isinstance(policy, Undecided) else policy.record or entry.value


def _serves(server: ServerSeen, entry: Entry, seen: DomainSeen) -> bool:
    values = [v for kind, v in server.said[entry.name].records if kind == entry.type]
    if entry.name == seen.target.domain:
        return any(f"include:{seen.target.spf_name}" in value for value in values)
    return bool(values)


def _well(check: Check, seen: DomainSeen) -> Verdict:
    """Return that a rule found nothing: fine, unless something could not be evaluated."""
    failed = _failed(check, seen)
    if _is_blocked(check, seen):
        return skipped(NOT_REACHED)
    if failed:
        return unknown(catalogue.TEMPORARY.format(why=failed))
    return passed(_NOTES.get(check.id, _no_note)(seen))


def _is_blocked(check: Check, seen: DomainSeen) -> bool:
    """Whether an earlier finding left nothing to judge."""
    if check is catalogue.SPF_RELAYS:
        fine = {Result.PASS, Result.TEMPERROR}
        return any(e.result not in fine for view in seen.views for e in view.spf.values())
    without = any(view.dmarc.reading.problem and not view.dmarc.failed for view in seen.views)
    return check is catalogue.DMARC_REPORTED and without


def _failed(check: Check, seen: DomainSeen) -> Text:
    first = seen.views[0]
    if check is catalogue.SPF_RELAYS:
        broken = [e for view in seen.views for e in view.spf.values()]
        return next((e.problem for e in broken if e.result is Result.TEMPERROR), NOTHING)
    if check is catalogue.SPF_LIMITS:
        return next((b.problem for b in first.onboarding.tree.problems() if b.temporary), NOTHING)
    if check is catalogue.DKIM_KEY:
        return next((answer.failed for answer in seen.keys.values() if answer.failed), NOTHING)
    return first.dmarc.failed if check is catalogue.DMARC_RECORD else NOTHING


def _no_note(seen: DomainSeen) -> str:
    del seen
    return ""


def _spf_note(seen: DomainSeen) -> str:
    spf = seen.views[0].spf
    return ", ".join(f"{_written(one)}: {each.result.value}" for one, each in spf.items())


@lru_cache(maxsize=1024)
def _written(address: IPv4Address | IPv6Address) -> str:
    """Return an address as text, which is slow to make; all domains have the same."""
    return str(address)


def _budget_note(seen: DomainSeen) -> str:
    tree = seen.views[0].onboarding.tree
    return f"{tree.lookups}/10"


def _keys_note(seen: DomainSeen) -> Text | str:
    keys = ", ".join(slot for slot, answer in seen.keys.items() if answer.values)
    if seen.target.signing:
        return keys
    return catalogue.KEYS_UNKNOWN.format(keys=keys)


def _policy_note(seen: DomainSeen) -> str:
    """Our mail is aligned however strict it asks: d= and MAIL FROM are the domain of From."""
    dmarc = seen.views[0].dmarc
    strict = {"adkim": dmarc.reading.strict_dkim, "aspf": dmarc.reading.strict_spf}
    modes = "".join(f" {tag}={'s' if each else 'r'}" for tag, each in strict.items())
    return f"_dmarc.{dmarc.at}: p={dmarc.applied.value}{modes}"


_NOTES: dict[str, Callable[[DomainSeen], Text | str]] = {
    catalogue.SPF_RELAYS.id: _spf_note,
    catalogue.SPF_LIMITS.id: _budget_note,
    catalogue.DKIM_KEY.id: _keys_note,
    catalogue.DMARC_RECORD.id: _policy_note,
}


def _result(check: Check, verdict: Verdict) -> CheckResult:
    return CheckResult(check=check, verdict=verdict)


def _dkim_names(judging: Judging) -> Iterator[Finding]:
    for selector in judging.target.selectors:
        yield from rules.dkim_name(judging, selector)


RULES: tuple[tuple[Check, Rule], ...] = (
    (catalogue.SPF_RECORD, judge_spf.spf_record),
    (catalogue.SPF_RELAYS, judge_spf.spf_relays),
    (catalogue.SPF_LIMITS, judge_spf.spf_limits),
    (catalogue.DKIM_NAME, _dkim_names),
    (catalogue.DKIM_KEY, rules.dkim_keys),
    (catalogue.DMARC_RECORD, judge_dmarc.dmarc_record),
    (catalogue.DMARC_REPORTED, judge_dmarc.dmarc_reports),
)
