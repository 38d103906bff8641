"""A report in the text format of Prometheus, for node_exporter's textfile collector."""

from collections.abc import Iterator

from omi_core.findings.verdict import Status
from omi_core.probe.report import CellReport, Report

STATUS_VALUES = {Status.PASSED: 1, Status.WARNED: 1, Status.FAILED: 0, Status.UNKNOWN: -1}

_HEADS = {
    "omi_smtp_check": "1 passed, 0 failed, -1 not checked",
    "omi_smtp_connect_seconds": "seconds of the first conversation",
    "omi_smtp_transit_seconds": "seconds from the server's 250 until the test mail was seen",
    "omi_smtp_certificate_not_after_seconds": "end of the served certificate, seconds since 1970",
    "omi_smtp_verified_at_seconds": "when this was looked at, seconds since 1970",
}


def prometheus(report: Report) -> str:
    """Return the metrics; skipped checks have none."""
    lines: list[str] = []
    for name, words in _HEADS.items():
        samples = list(_samples(name, report))
        if samples:
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge", *samples]
    return "\n".join(lines) + "\n"


def _samples(metric: str, report: Report) -> Iterator[str]:
    if metric == "omi_smtp_verified_at_seconds":
        yield f"{metric} {report.began.timestamp():.0f}"
        return
    if metric == "omi_smtp_check":
        for name in report.names:
            yield from (
                sample(metric, {"name": name.name.relative, "check": each.check.id}, value)
                for each in name.results
                if (value := STATUS_VALUES.get(each.verdict.status)) is not None
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
                if (value := STATUS_VALUES.get(each.verdict.status)) is not None:
                    yield sample(metric, labels | {"check": each.check.id}, value)
        case "omi_smtp_connect_seconds":
            yield sample(metric, labels, round(report.seconds, 4))
        case "omi_smtp_transit_seconds" if report.transit_s is not None:
            yield sample(metric, labels, round(report.transit_s, 4))
        case "omi_smtp_certificate_not_after_seconds" if report.not_after is not None:
            yield sample(metric, labels, int(report.not_after.timestamp()))


def sample(metric: str, labels: dict[str, str], value: float) -> str:
    """Return one line: a metric with its labels, and its value."""
    pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{metric}{{{pairs}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
