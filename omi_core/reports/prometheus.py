"""Write metrics for Prometheus: its text format, for node_exporter's textfile collector."""

from collections.abc import Iterator

from omi_core.findings.verdict import Status
from omi_core.language import Language
from omi_core.onboarding.report import DnsReport, DomainReport
from omi_core.printable import printable
from omi_core.probe.report import CellReport, Report
from omi_core.reports import Verified

_VALUES = {Status.PASSED: 1, Status.WARNED: 1, Status.FAILED: 0, Status.UNKNOWN: -1}

_SMTP = {
    "omi_smtp_check": "1 passed, 0 failed, -1 nobody could look",
    "omi_smtp_connect_seconds": "seconds of the first conversation",
    "omi_smtp_transit_seconds": "seconds from the server's 250 until the test mail was seen",
    "omi_smtp_certificate_not_after_seconds": "end of the served certificate, seconds since 1970",
    "omi_smtp_verified_at_seconds": "when this was looked at, seconds since 1970",
}
_DNS = {
    "omi_dns_domain": "1 fine, 0 something is wrong, -1 nobody could look at something",
    "omi_dns_check": "1 passed, 0 failed, -1 nobody could look",
    "omi_dns_spf_lookups": "look-ups that the SPF record can cost, of 10",
    "omi_dns_seconds": "seconds that the look took",
    "omi_dns_verified_at_seconds": "when this was looked at, seconds since 1970",
}
# Several results of one check are one sample: the worst.
_WORST = (Status.FAILED, Status.UNKNOWN, Status.WARNED, Status.PASSED)


def write(report: Verified, _language: Language) -> str:
    """Return the metrics; skipped checks have none."""
    lines: list[str] = []
    for name, words in (_DNS if isinstance(report, DnsReport) else _SMTP).items():
        samples = list(_samples(name, report))
        if samples:
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge", *samples]
    return "\n".join(lines) + "\n"


def _samples(metric: str, report: Verified) -> Iterator[str]:
    if isinstance(report, DnsReport):
        for each in report.domains:
            yield from _of_domain(metric, each)
    else:
        yield from _of_run(metric, report)


def _of_run(metric: str, report: Report) -> Iterator[str]:
    if metric == "omi_smtp_verified_at_seconds":
        yield f"{metric} {report.began.timestamp():.0f}"
        return
    if metric == "omi_smtp_check":
        for name in report.names:
            yield from (
                _sample(metric, {"name": name.name.relative, "check": each.check.id}, value)
                for each in name.results
                if (value := _VALUES.get(each.verdict.status)) is not None
            )
    for cell in report.cells:
        yield from _cell_samples(metric, cell)


def _cell_samples(metric: str, report: CellReport) -> Iterator[str]:
    labels = {
        "name": report.cell.name.relative,
        "address": str(report.cell.address),
        "port": str(report.cell.access.port),
        "security": report.cell.access.security.value,
    }
    match metric:
        case "omi_smtp_check":
            for each in report.results:
                if (value := _VALUES.get(each.verdict.status)) is not None:
                    yield _sample(metric, labels | {"check": each.check.id}, value)
        case "omi_smtp_connect_seconds":
            yield _sample(metric, labels, round(report.seconds, 4))
        case "omi_smtp_transit_seconds" if report.transit_s is not None:
            yield _sample(metric, labels, round(report.transit_s, 4))
        case "omi_smtp_certificate_not_after_seconds" if report.not_after is not None:
            yield _sample(metric, labels, int(report.not_after.timestamp()))


def _sample(metric: str, labels: dict[str, str], value: float) -> str:
    """Return one line: a metric with its labels, and its value."""
    pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{metric}{{{pairs}}} {value}"


def _escaped(text: str) -> str:
    # Before the format's own escapes: it knows none but these, and reads no other.
    return printable(text).replace("\\", r"\\").replace('"', r"\"")


def _of_domain(metric: str, one: DomainReport) -> Iterator[str]:
    labels = {"domain": one.domain}
    match metric:
        case "omi_dns_domain":
            yield _sample(metric, labels, {0: 1, 1: 0}.get(one.exit_code, -1))
        case "omi_dns_check":
            yield from _worst_results(metric, one)
        case "omi_dns_spf_lookups" if one.onboarding:
            yield _sample(metric, labels, one.onboarding.tree.lookups)
        case "omi_dns_seconds":
            yield _sample(metric, labels, round(one.seen.seconds, 3))
        case "omi_dns_verified_at_seconds":
            yield _sample(metric, labels, round(one.seen.began))


def _worst_results(metric: str, one: DomainReport) -> Iterator[str]:
    statuses: dict[str, set[Status]] = {}
    for each in one.results:
        statuses.setdefault(each.check.id, set()).add(each.verdict.status)
    for check, seen in statuses.items():
        worst = next((status for status in _WORST if status in seen), None)
        if worst is not None:
            labels = {"domain": one.domain, "check": check}
            yield _sample(metric, labels, _VALUES[worst])
