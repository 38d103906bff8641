"""`omi` run by a deploy, in a process of its own.

Looking needs asyncio, and pyinfra's command line has replaced the sockets of this process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.places import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The JSON that a command printed, and its exit code; or why it printed none."""

    code: int = COULD_NOT_LOOK
    document: Mapping[str, Any] | None = None
    problem: str = ""


def omi(
    noun: str, verb: str, arguments: Iterable[str], *, patience_s: float, given: str = ""
) -> CommandResult:
    """Run `omi NOUN VERB --json ARGUMENTS` with `given` as its standard input."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "omi_core.cli", noun, verb, "--json", *arguments],
            input=given.encode(),
            capture_output=True,
            check=False,
            timeout=patience_s,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        document = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return CommandResult(problem=f"omi {noun} {verb} was not over after {patience_s:g} s")
    except ValueError:
        said = done.stderr.decode("utf-8", "backslashreplace").split("\n")
        return CommandResult(problem="; ".join(filter(None, map(str.strip, said))))
    return CommandResult(code=done.returncode, document=document)
