"""A deploy in a process of its own, since pyinfra's command line replaces sockets of this one."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from omi_core.cli.reader import tell
from omi_core.errors import ObservationError, system_text
from omi_core.places import CONFIG, IS_CHECKOUT, ROOT


def run_deploy(
    deploy: Path, inventory: Path, data: Iterable[str] = (), *, patience_s: float
) -> int:
    """Run the deploy; its words go to stderr. Return 0, or 1 where it failed.

    `data` are NAME=VALUE. Raises ObservationError where it cannot be run, or does not end.
    """
    return pyinfra((str(inventory.resolve()), str(deploy)), data, patience_s=patience_s)


def pyinfra(words: Iterable[str], data: Iterable[str] = (), *, patience_s: float) -> int:
    """Run pyinfra with the words behind its options, as `run_deploy` does."""
    program = Path(sys.executable).with_name("pyinfra")
    options = ["-y", "--config", str(CONFIG)]
    options += [word for each in data for word in ("--data", each)]
    try:
        done = subprocess.run(
            [str(program), *options, *words],
            # A checkout has group_data/, and its inventories name files from there.
            cwd=ROOT if IS_CHECKOUT else None,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=patience_s,
        )
    except subprocess.TimeoutExpired:
        raise ObservationError(
            "the deploy did not finish within {minutes} minutes", minutes=int(patience_s // 60)
        ) from None
    except OSError as error:
        raise ObservationError(
            "{program} cannot be run: {strerror}", program=program, strerror=system_text(error)
        ) from None
    tell(done.stdout)
    return int(done.returncode != 0)
