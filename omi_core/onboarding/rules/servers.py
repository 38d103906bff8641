"""What is wrong with the servers of a domain: who answers, who disagrees, DNSSEC; pure."""

from collections.abc import Iterable, Iterator, Sequence

from omi_core.findings.finding import Finding, FindingKind
from omi_core.findings.verdict import CheckResult, Verdict, found, passed, skipped, unknown
from omi_core.onboarding.rules import server_texts as catalogue
from omi_core.onboarding.rules.records import observed
from omi_core.onboarding.seen import DomainSeen, ServerAnswer, ServerSeen, SetSeen
from omi_core.onboarding.target import ExpectedSet
from omi_core.resolve.network import QueryFault, family_of
from omi_core.text import NOTHING, Text

_OTHER = {4: 6, 6: 4}
# What all servers of a family may have in common without having said anything.
_UNHEARD = {QueryFault.SILENT, QueryFault.UNREACHABLE, QueryFault.NO_ROUTE, QueryFault.GARBLED}


def answering(seen: DomainSeen) -> Iterator[CheckResult]:
    """Judge each server; a family in which nobody answers was not looked at."""
    results = [*_left_out(seen), *_families(seen.delegated)]
    results += map(found, (*_broken(seen.delegated), *aliases(seen)))
    if not results:
        over_tcp = any(said.tcp for each in seen.delegated for said in each.said.values())
        servers = ", ".join(str(each.server) for each in seen.delegated)
        results = [passed(f"{servers}{' (TCP)' if over_tcp else ''}")]
    return (CheckResult(check=catalogue.ANSWER, verdict=each) for each in results)


def _left_out(seen: DomainSeen) -> Iterator[Verdict]:
    """Say which servers have addresses of a family alone that is not in use."""
    for each in seen.zone.left_out if seen.zone else ():
        family = family_of(each.unasked[0])
        servers = f"{each.name} ({', '.join(map(str, each.unasked))})"
        words = catalogue.FAMILY_LEFT_OUT.format(
            servers=servers, family=family, other=_OTHER[family]
        )
        yield unknown(words)


def aliases(seen: DomainSeen) -> Iterator[Finding]:
    """Yield the name servers that are CNAMEs (RFC 2181 10.3)."""
    delegated = seen.zone.servers if seen.zone else ()
    named = {each.name: each.alias for each in delegated}
    named |= {each.name: each.alias for each in seen.delegated if each.alias}
    for name, alias in named.items():
        if not alias:
            continue
        yield catalogue.SERVER_ALIAS.of(name, server=name, alias=alias, observed=f"CNAME {alias}.")


def _families(servers: Sequence[ServerSeen]) -> Iterator[Verdict]:
    for family in (4, 6):
        of = [each for each in servers if family_of(each.server) == family]
        faults = {_fault(each) for each in of}
        if not of or not faults <= _UNHEARD:
            continue
        shown = ", ".join(str(each.server) for each in of)
        values = {"family": family, "other": _OTHER[family], "servers": shown}
        if faults == {QueryFault.NO_ROUTE}:
            yield unknown(catalogue.NO_ROUTE.format(**values))
        elif QueryFault.GARBLED in faults:
            yield unknown(catalogue.FAMILY_UNREADABLE.format(**values, why=_reason(of)))
        else:
            yield unknown(catalogue.FAMILY_SILENT.format(**values))


def _broken(servers: Sequence[ServerSeen]) -> Iterator[Finding]:
    working = {family_of(each.server) for each in servers if _fault(each) is None}
    broken: dict[tuple[str, str], list[ServerSeen]] = {}
    for each in servers:
        problem = _problem(each)
        if problem and (problem.fault not in _UNHEARD or family_of(each.server) in working):
            broken.setdefault((each.name, _kind_of(problem).id), []).append(each)
    for alike in broken.values():  # the addresses of one server
        problem = _problem(alike[0])
        if problem:
            server = f"{alike[0].name} ({', '.join(str(each.server) for each in alike)})"
            yield _kind_of(problem).of(server, server=server, observed=problem.problem)


def _problem(server: ServerSeen) -> ServerAnswer | None:
    return next((said for said in server.said.values() if said.problem), None)


def _kind_of(problem: ServerAnswer) -> FindingKind:
    kinds = {
        QueryFault.TRUNCATED: catalogue.NO_TCP,
        QueryFault.GARBLED: catalogue.LAME,
        None: catalogue.LAME,
    }
    return kinds.get(problem.fault, catalogue.SILENT)


def _reason(servers: Iterable[ServerSeen]) -> Text:
    """Return what is wrong with the first answer that cannot be read."""
    said = (one for each in servers for one in each.said.values())
    return next((one.problem for one in said if one.fault is QueryFault.GARBLED), Text.plain("-"))


def _fault(server: ServerSeen) -> QueryFault | None:
    return next((said.fault for said in server.said.values() if said.fault), None)


def agreement(seen: DomainSeen) -> Iterator[CheckResult]:
    """Judge whether all servers that answer say the same at every name."""
    heard = [each for each in seen.delegated if each.is_heard]
    findings = [finding for name in seen.target.names for finding in _differing(name, heard, seen)]
    for finding in findings:
        yield CheckResult(check=catalogue.AGREE, verdict=found(finding))
    if not heard:
        why = catalogue.NOT_REACHED.format(why="-")
        yield CheckResult(check=catalogue.AGREE, verdict=unknown(why))
    elif not findings:
        yield CheckResult(check=catalogue.AGREE, verdict=passed(f"TTL {seen.longest_ttl} s"))


def _differing(name: str, heard: Iterable[ServerSeen], seen: DomainSeen) -> Iterator[Finding]:
    alike: dict[tuple[tuple[str, str], ...], list[ServerSeen]] = {}
    for each in heard:
        alike.setdefault(each.said[name].records, []).append(each)
    if len(alike) < 2:  # noqa: PLR2004 - two opinions are a disagreement
        return
    most, *others = sorted(alike.items(), key=lambda item: -len(item[1]))
    behind = [each for _, servers in others for each in servers]
    yield catalogue.DISAGREE.of(
        name,
        name=name,
        servers=", ".join(map(str, behind)),
        ttl=seen.longest_ttl,
        expected=f"{', '.join(map(str, most[1]))}: {observed(most[0])}",
        observed="; ".join(f"{each}: {observed(each.said[name].records)}" for each in behind),
    )


def consistency(seen: DomainSeen) -> Iterator[CheckResult]:
    """Judge whether the zone names the servers that the parent delegates to (RFC 1034 4.2.2)."""
    parent = {each.name for each in seen.zone.servers} if seen.zone else set()
    child = {name for each in seen.delegated for name in each.name_servers}
    verdict = passed(", ".join(sorted(parent)))
    if not child and _is_apex_alias(seen):
        verdict = skipped(catalogue.APEX_ALIAS)
    elif not child:
        verdict = unknown(catalogue.NOT_REACHED.format(why="-"))
    elif child != parent:
        finding = catalogue.DIFFERS.of(
            seen.target.domain,
            expected=", ".join(sorted(parent)),
            observed=", ".join(sorted(child)),
        )
        verdict = found(finding)
    elif not child and (unread := next((e.unnamed for e in seen.delegated if e.unnamed), NOTHING)):
        verdict = unknown(catalogue.NOT_REACHED.format(why=unread))
    yield CheckResult(check=catalogue.CONSISTENT, verdict=verdict)


def _is_apex_alias(seen: DomainSeen) -> bool:
    """Whether a CNAME answers for the NS of the zone too."""
    name = seen.zone.name if seen.zone else ""
    return any(each.published.alias(name) for each in seen.delegated)


def operator_records(seen: DomainSeen) -> Iterator[CheckResult]:
    """Judge whether every server has the sets that the inventory says (operator's zone only)."""
    wrong: dict[ExpectedSet, list[SetSeen]] = {}
    for each in seen.sets:
        if not each.problem and not each.expected.agrees_with(each.values):
            wrong.setdefault(each.expected, []).append(each)
    unheard = [each for each in seen.sets if each.problem]
    verdicts = [found(_set_finding(expected, at)) for expected, at in wrong.items()]
    if unheard:
        why = f"{unheard[0].server}: {unheard[0].problem}"
        verdicts.append(unknown(catalogue.NOT_REACHED.format(why=why)))
    if not seen.sets and seen.target.expected:
        verdicts.append(unknown(catalogue.NOT_REACHED.format(why="-")))
    if not verdicts and seen.sets:
        verdicts = [passed(", ".join(dict.fromkeys(each.expected.name for each in seen.sets)))]
    return (CheckResult(check=catalogue.OPERATOR, verdict=each) for each in verdicts)


def _set_finding(expected: ExpectedSet, at: Sequence[SetSeen]) -> Finding:
    return catalogue.OPERATOR_DIFFERS.of(
        f"{expected.name} {expected.type}",
        name=expected.name,
        kind=expected.type,
        expected=", ".join(expected.values) or "-",
        observed="; ".join(f"{each.server}: {', '.join(each.values) or '-'}" for each in at),
        servers=", ".join(str(each.server) for each in at),
    )
