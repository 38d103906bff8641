"""Runs programs of this machine; a failure becomes one sentence with the program's last words."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.failure import LabError

_SHOWN = 120  # characters of a failed command that stand in the message


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> str:
    """Run to the end and return what it printed; raises LabError unless it exits 0."""
    result = attempt(argv, stdin=stdin, env=env, timeout=timeout)
    if result.returncode:
        raise LabError(_fault(argv, result))
    return result.stdout


def attempt(
    argv: Sequence[str | Path],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> subprocess.CompletedProcess[str]:
    """Run to the end, whatever the exit code; raises LabError if it cannot run at all."""
    source: dict[str, object] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    try:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [str(word) for word in argv],
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            timeout=timeout,
            check=False,
            **source,
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed; run `python3 -m lab preflight`") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{_shown(argv)}` did not end within {timeout:.0f} s") from error


def detach(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Start what outlives this process and its terminal; nobody waits for it."""
    with log.open("w") as out:
        subprocess.run(
            ["setsid", "--fork", *(str(word) for word in argv)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            check=True,
        )


def _fault(argv: Sequence[str | Path], result: subprocess.CompletedProcess[str]) -> str:
    words = (result.stderr.strip() or result.stdout.strip()).splitlines()
    last = "; ".join(words[-3:]) or "it said nothing"
    return f"`{_shown(argv)}` failed with {result.returncode}: {last}"


def _shown(argv: Sequence[str | Path]) -> str:
    text = " ".join(str(word) for word in argv)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
