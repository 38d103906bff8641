"""`omi` run by a deploy, and a deploy run by `omi`, each in a process of its own.

Looking needs asyncio, and pyinfra's command line has replaced the sockets of its process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omi_core.errors import ObservationError, system_text
from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.places import CONFIG, IS_CHECKOUT, ROOT

# With -y it would compare nothing; without --json it would ask whether a silent row matters.
_DRY = ("--dry", "--json", "--fail-percent", "100")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """The JSON that a command printed, and its exit code; or why it printed none."""

    code: int = COULD_NOT_LOOK
    document: Mapping[str, Any] | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLines:
    """The lines of JSON that a command printed, each as it knew it, and its exit code.

    `problem` says why there are no more; empty where the command came to its end.
    """

    code: int = COULD_NOT_LOOK
    lines: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""


def omi(
    noun: str, verb: str, arguments: Iterable[str], *, patience_s: float, given: str = ""
) -> CommandResult:
    """Run `omi NOUN VERB --json ARGUMENTS` with `given` as its standard input."""
    try:
        done = _run([noun, verb, "--json", *arguments], patience_s, given)
        document = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return CommandResult(problem=_late(noun, verb, patience_s))
    except ValueError:
        return CommandResult(problem=_said(done.stderr))
    return CommandResult(code=done.returncode, document=document)


def omi_lines(
    noun: str, verb: str, arguments: Iterable[str], *, patience_s: float, given: str = ""
) -> CommandLines:
    """Run `omi NOUN VERB --json-lines ARGUMENTS`; what it printed before a fault is kept."""
    try:
        done = _run([noun, verb, "--json-lines", *arguments], patience_s, given)
    except subprocess.TimeoutExpired as late:
        lines = tuple(_parsed(late.stdout or b""))
        return CommandLines(lines=lines, problem=_late(noun, verb, patience_s))
    return CommandLines(
        code=done.returncode, lines=tuple(_parsed(done.stdout)), problem=_said(done.stderr)
    )


def deploy(
    inventory: Path,
    script: Path,
    data: Mapping[str, str],
    *,
    patience_s: float,
    words: Iterable[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a deploy with pyinfra, and return what it said; raises ObservationError if it cannot."""
    words = tuple(words)
    sure = () if "--dry" in words else ("-y",)  # which would keep it from comparing
    return _deploy(inventory, script, data, patience_s, (*sure, *words))


def proposal(
    inventory: Path, script: Path, data: Mapping[str, str], *, patience_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a deploy that changes nothing, and looks at every row whatever happens at the others.

    Return what it said to people; raises ObservationError if it cannot be run.
    """
    return _deploy(inventory, script, data, patience_s, _DRY)


def _deploy(
    inventory: Path, script: Path, data: Mapping[str, str], patience_s: float, how: Iterable[str]
) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("pyinfra")
    given = [word for name, value in data.items() for word in ("--data", f"{name}={value}")]
    try:
        return subprocess.run(
            [program, *how, "--config", CONFIG, *given, inventory.resolve(), script],
            # A checkout has group_data/, and its inventories name files from there.
            cwd=ROOT if IS_CHECKOUT else None,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            # JSON is for programs, and its values are reported as events.
            stdout=subprocess.DEVNULL if "--json" in how else subprocess.PIPE,
            stderr=subprocess.PIPE if "--json" in how else subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=patience_s,
        )
    except subprocess.TimeoutExpired:
        raise ObservationError(
            "{script} did not finish within {minutes} minutes",
            script=script.name,
            minutes=int(patience_s / 60),
        ) from None
    except OSError as error:
        raise ObservationError(
            "{program} cannot be run: {strerror}", program=program, strerror=system_text(error)
        ) from None


def _run(words: list[str], patience_s: float, given: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "omi_core.cli", *words],
        input=given.encode(),
        capture_output=True,
        check=False,
        timeout=patience_s,
        # Each caller names the inventory, or wants none: no other one is to be read.
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMI_INVENTORY": ""},
    )


def _parsed(octets: bytes) -> Iterator[Mapping[str, Any]]:
    for line in octets.splitlines():
        try:
            yield json.loads(line)
        except ValueError:  # the last, of a process that was ended
            return


def _late(noun: str, verb: str, patience_s: float) -> str:
    return f"omi {noun} {verb} was not over after {patience_s:g} s"


def _said(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "backslashreplace").split("\n")
    return "; ".join(filter(None, map(str.strip, lines)))
