import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from omi_core.cli.__main__ import run

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str
    raw: bytes = b""


Omi = Callable[..., Done]


@pytest.fixture
def omi(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Omi:
    """Run `omi` in this process, in English, with `stdin` piped to it."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)

    def command(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        code = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        said = capfdbinary.readouterr()
        out, err = (text.decode("utf-8", "backslashreplace") for text in said)
        return Done(code=code, out=out, err=err, raw=said.out)

    return command


@pytest.fixture
def omi_process() -> Omi:
    """Run `omi` as a process of its own, with `environment` over this one's."""

    def command(
        *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "omi_core.cli", *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=30,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        )
        out, err = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
        return Done(code=done.returncode, out=out, err=err, raw=done.stdout)

    return command
