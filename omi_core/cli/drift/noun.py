"""`omi drift`: a dry run of `deploys/relay.py`, judged."""

import json
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.files import write_file
from omi_core.cli.reader import tell
from omi_core.cli.terminal import described, emit, emit_json
from omi_core.exit_codes import COULD_NOT_LOOK, FINE
from omi_core.language import Language
from omi_core.places import DEPLOYS
from omi_core.text import Text, labelled

if TYPE_CHECKING:
    from omi_core.drift.report import DriftReport

DEPLOY = DEPLOYS / "relay.py"
_PATIENCE_S = 900
_NONE = Text("{name}: as the inventory says")


@click.command()
@inventory_option
@click.option("--junit", metavar="FILE", help="Write JUnit XML too, which any CI shows.")
@language_option
@json_option
def drift(inventory: Path, junit: str | None, language: Language, as_json: bool) -> int:
    """Compare every relay and every zone with the inventory, and change nothing.

    It is what deploys/relay.py would do. Exit code 0: nothing differs; 1: something does; 3: a
    relay or a zone could not be looked at, and nothing else differs.
    """
    report = _report(inventory)
    if junit:
        from omi_core.reports import writer

        write_file(junit, writer("junit")(report, language))
    if as_json:
        emit_json(report.to_json())
    else:
        _show(report, language)
    return report.exit_code


def _report(inventory: Path) -> "DriftReport":
    """Run the deploy dry, and judge what it reports.

    What pyinfra says is told where a row could not be looked at, and else by its values alone.
    """
    from omi_core.drift.report import judged
    from omi_core.inventory.load import relays_in
    from omi_core.relay.own_process import proposal

    relays = relays_in(inventory)
    began = time.monotonic()
    with TemporaryDirectory() as directory:
        events = Path(directory) / "events"
        data = {"events": str(events)}
        done = proposal(inventory, DEPLOY, data, patience_s=_PATIENCE_S)
        lines = events.read_text("utf-8").splitlines() if events.exists() else []
    report = judged(
        map(json.loads, lines),
        [relay.name.relative for relay in relays],
        is_published=relays[0].environment.dns is not None,
        seconds=time.monotonic() - began,
    )
    if COULD_NOT_LOOK in {place.exit_code for place in report.places}:
        tell(done.stderr.rstrip(os.linesep))
    return report


def _show(report: "DriftReport", language: Language) -> None:
    from omi_core.findings.verdict import Status

    for place in report.places:
        if place.exit_code == FINE:
            emit(_NONE.format(name=place.name).in_(language))
        for result in place.results:
            if finding := result.verdict.finding:
                emit(described(finding, language))
            elif result.verdict.status is Status.UNKNOWN:
                emit(labelled(place.name, result.verdict.note).in_(language))
