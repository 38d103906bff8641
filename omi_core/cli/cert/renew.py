"""`omi cert renew`: what a timer on the control host runs, `deploys/certificates.py` in a word."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.deploy.run import run_deploy
from omi_core.cli.files import write_file
from omi_core.cli.terminal import emit, emit_json
from omi_core.language import Language
from omi_core.places import DEPLOYS
from omi_core.text import Text

DEPLOY = DEPLOYS / "certificates.py"
_PATIENCE_S = 3600
_RENEWED = Text("{relay}: renewed; every listener serves {sha256}")
_NOTHING = Text("nothing was due")
_FAILED = Text("not every relay could be renewed; what happened stands above")
_METRICS = """# HELP omi_certificate_renewal_exit_code 0 fine, else something was not renewed.
# TYPE omi_certificate_renewal_exit_code gauge
omi_certificate_renewal_exit_code {code}
# HELP omi_certificate_renewal_run_seconds When renewal ran last.
# TYPE omi_certificate_renewal_run_seconds gauge
omi_certificate_renewal_run_seconds {now}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A relay, and the SHA-256 of each leaf that its listeners serve now."""

    relay: str
    sha256: tuple[str, ...]


@click.command()
@inventory_option
@click.option("--force", is_flag=True, help="Renew what is not due, too.")
@click.option("--prometheus", metavar="FILE", help="Write metrics for Prometheus too.")
@language_option
@json_option
def renew(
    inventory: Path, force: bool, prometheus: str | None, language: Language, as_json: bool
) -> int:
    """Renew what is due on every relay, the spare first; what pyinfra says goes to stderr.

    Exit code 0: renewed, or nothing was due; 1: a relay keeps its former certificate; 3: pyinfra
    could not be run.
    """
    from omi_core.inventory.load import relays_in

    relays_in(inventory)
    with TemporaryDirectory() as directory:
        events = Path(directory) / "events"
        code = _run(inventory, events, force=force)
        renewed = _renewed(events)
    if prometheus:
        write_file(prometheus, _METRICS.format(code=code, now=int(time.time())))
    if as_json:
        listed = [{"relay": one.relay, "sha256": list(one.sha256)} for one in renewed]
        emit_json({"renewed": listed, "exit_code": code})
        return code
    for one in renewed:
        emit(_RENEWED.format(relay=one.relay, sha256=", ".join(one.sha256)).in_(language))
    if code:
        emit(_FAILED.in_(language))
    elif not renewed:
        emit(_NOTHING.in_(language))
    return code


def _run(inventory: Path, events: Path, *, force: bool) -> int:
    """Run the deploy; its words go to stderr, its events into a file."""
    data = {"events": str(events)} | ({"force": "true"} if force else {})
    return run_deploy(DEPLOY, inventory, data, patience_s=_PATIENCE_S)


def _renewed(events: Path) -> tuple[Renewed, ...]:
    """Return the relays whose listeners were proven, as `certificates/rolling.py` reports them."""
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    found = (json.loads(line) for line in lines)
    return tuple(
        Renewed(relay=one["relay"], sha256=tuple(one["sha256"]))
        for one in found
        if one["event"] == "renewed"
    )
