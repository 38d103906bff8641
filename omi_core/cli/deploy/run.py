"""A deploy that a verb runs, its words on stderr."""

from collections.abc import Mapping
from pathlib import Path

from omi_core.cli.reader import is_quiet, tell


def run_deploy(
    script: Path, inventory: Path, data: Mapping[str, str] | None = None, *, patience_s: float
) -> int:
    """Run the deploy with `data`, its words on stderr; return 0, or 1 where it failed.

    A quiet reader is told only of a failure. Raises ObservationError where it cannot be run, or
    does not end.
    """
    from omi_core.relay.own_process import deploy

    done = deploy(inventory, script, data or {}, patience_s=patience_s)
    if done.returncode or not is_quiet():
        tell(done.stdout)
    return int(done.returncode != 0)
