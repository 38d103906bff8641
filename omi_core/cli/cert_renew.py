"""`omi cert renew`: what a timer on the control host runs, `deploys/certificates.py` in a word."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import click

from omi_core.checks.finding import Language, Text
from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.smtp_arguments import write_file
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, ObservationError

DEPLOY = "deploys/certificates.py"
CHECKOUT = Path(__file__).parents[2]
_PATIENCE_S = 3600
_SERVES = re.compile(r"\[([^\]]+)\]\s+\S+ \d+ (?:\(.*\) )?serves ([0-9a-f]{64})")
_RENEWED = Text(
    "{relay}: renewed; every listener serves {sha256}", "{relay}：已更新；所有連接埠使用 {sha256}"
)
_NOTHING = Text("nothing was due", "沒有需要更新的憑證")
_FAILED = Text(
    "not every relay could be renewed; what happened stands above",
    "部分主機未能更新；原因見上方訊息",
)
_METRICS = """# HELP omi_certificate_renewal_exit_code 0 fine, else something was not renewed.
# TYPE omi_certificate_renewal_exit_code gauge
omi_certificate_renewal_exit_code {code}
# HELP omi_certificate_renewal_run_seconds When renewal ran last.
# TYPE omi_certificate_renewal_run_seconds gauge
omi_certificate_renewal_run_seconds {now}
"""


@click.command()
@click.option("--inventory", metavar="FILE", required=True, help="The relays, as pyinfra reads it.")
@click.option("--force", is_flag=True, help="Renew what is not due, too.")
@click.option("--prometheus", metavar="FILE", help="Write metrics for Prometheus too.")
@language_option
@json_option
def renew(
    inventory: str, force: bool, prometheus: str | None, language: Language, as_json: bool
) -> int:
    """Renew what is due on every relay, the spare first; what pyinfra says goes to stderr.

    Exit code 0: renewed, or nothing was due; 1: a relay keeps its former certificate; 3: pyinfra
    could not be run.
    """
    from omi_core.infra.inventory_file import relays_in

    relays_in(Path(inventory))
    code, said = _run(Path(inventory).resolve(), force=force)
    renewed = _renewed(said)
    if prometheus:
        write_file(prometheus, _METRICS.format(code=code, now=int(time.time())))
    if as_json:
        listed = [{"relay": relay, "sha256": leaves} for relay, leaves in renewed.items()]
        emit_json({"renewed": listed, "exit_code": code})
        return code
    for relay, leaves in renewed.items():
        emit(_RENEWED.format(relay=relay, sha256=", ".join(leaves)).in_(language))
    if code:
        emit(_FAILED.in_(language))
    elif not renewed:
        emit(_NOTHING.in_(language))
    return code


def _run(inventory: Path, *, force: bool) -> tuple[int, str]:
    """Run the deploy from the checkout, where pyinfra looks for its files."""
    if not (CHECKOUT / DEPLOY).exists():
        raise InputError(f"{CHECKOUT} has no {DEPLOY}; run omi from a checkout of Omi Relay")
    program = Path(sys.executable).with_name("pyinfra")
    words = [str(program), "-y", *(["--data", "force=true"] if force else [])]
    try:
        done = subprocess.run(
            [*words, str(inventory), DEPLOY],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise ObservationError("the renewal was not over after an hour") from None
    except OSError as error:
        raise ObservationError(f"{program} cannot be run: {error.strerror}") from None
    click.echo(done.stdout, err=True)
    return int(done.returncode != 0), done.stdout


def _renewed(said: str) -> dict[str, list[str]]:
    """Return the relays whose listeners were proven, and the leaves that they serve now."""
    found: dict[str, dict[str, None]] = {}
    failed = {name for name, _ in re.findall(r"\[([^\]]+)\]\s+(tls: the listeners)", said)}
    for relay, leaf in _SERVES.findall(said):
        if relay not in failed:
            found.setdefault(relay, {})[leaf] = None
    return {relay: list(leaves) for relay, leaves in found.items()}
