"""A DNS report in the text format of Prometheus, for node_exporter's textfile collector."""

from collections.abc import Iterator

from omi_core.findings.verdict import Status
from omi_core.onboarding.report import DnsReport, DomainReport
from omi_core.probe.report_prometheus import STATUS_VALUES, sample

_HEADS = {
    "omi_dns_domain": "1 fine, 0 something is wrong, -1 not checked at something",
    "omi_dns_check": "1 passed, 0 failed, -1 not checked",
    "omi_dns_spf_lookups": "look-ups that the SPF record can cost, of 10",
    "omi_dns_seconds": "seconds that the look took",
    "omi_dns_verified_at_seconds": "when this was looked at, seconds since 1970",
}
# Several results of one check are one sample: the worst.
_WORST = (Status.FAILED, Status.UNKNOWN, Status.WARNED, Status.PASSED)


def prometheus(report: DnsReport) -> str:
    """Return the metrics; skipped checks have none."""
    lines: list[str] = []
    for name, words in _HEADS.items():
        samples = [line for each in report.domains for line in _samples(name, each)]
        if samples:
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge", *samples]
    return "\n".join(lines) + "\n"


def _samples(metric: str, one: DomainReport) -> Iterator[str]:
    labels = {"domain": one.domain}
    match metric:
        case "omi_dns_domain":
            yield sample(metric, labels, {0: 1, 1: 0}.get(one.exit_code, -1))
        case "omi_dns_check":
            yield from _checks(metric, one)
        case "omi_dns_spf_lookups" if one.onboarding:
            yield sample(metric, labels, one.onboarding.tree.lookups)
        case "omi_dns_seconds":
            yield sample(metric, labels, round(one.seen.seconds, 3))
        case "omi_dns_verified_at_seconds":
            yield sample(metric, labels, round(one.seen.began))


def _checks(metric: str, one: DomainReport) -> Iterator[str]:
    statuses: dict[str, set[Status]] = {}
    for each in one.results:
        statuses.setdefault(each.check.id, set()).add(each.verdict.status)
    for check, seen in statuses.items():
        worst = next((status for status in _WORST if status in seen), None)
        if worst is not None:
            labels = {"domain": one.domain, "check": check}
            yield sample(metric, labels, STATUS_VALUES[worst])
