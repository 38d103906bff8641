"""What strangers sent, in a run of the real pyinfra: printable in every line that it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from omi_core.printable import printable
from tests.unseen import HOSTILE, unseen

REPOSITORY = Path(__file__).parents[2]
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# One deploy in which everything that may carry a stranger's words does. Each operation is the kind
# that `omi_core/relay` has; the words are what a server, a zone or a daemon's checker said.
DEPLOY = """
from collections.abc import Generator

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine import console
from omi_core.engine.component import ManagedFile
from omi_core.engine.difference import unified
from omi_core.engine.refusal import refusing
from omi_core.errors import ObservationError
from omi_core.text import Text

HOSTILE = {hostile!r}


@operation()
@refusing
def speaking() -> Generator[FunctionCommand]:
    console.log(host, f"logged {{HOSTILE}}\\nforged")
    console.log_styled(host, f"styled {{HOSTILE}}", fg="red")
    file = ManagedFile(path="/etc/x", content=f"new {{HOSTILE}}\\nq\\tr\\n".encode())
    for line in unified(file, f"old {{HOSTILE}}\\r\\nq\\tr\\n".encode()):
        console.log(host, line)
    logger.warning(f"pyinfra's own {{HOSTILE}}")
    if {raises}:
        raise ObservationError("the server says {{words}}", words=HOSTILE)
    yield StringCommand(r"printf 'a checker says \\033]0;owned\\007\\342\\200\\256\\n' >&2; exit 1")


@operation()
@refusing
def refused() -> Generator[FunctionCommand]:
    yield StringCommand("true")
    raise ObservationError(Text("while executing, {{words}}").format(words=HOSTILE))


if not {raises}:
    refused(name="Refuse", _ignore_errors=True)
speaking(name=f"Speak {{HOSTILE}}")
"""


def run(directory: Path, *, raises: bool) -> str:
    deploy = directory / "deploy.py"
    deploy.write_text(DEPLOY.format(hostile=HOSTILE, raises=raises), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", "-y", "-vvv", "@local", str(deploy)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    return done.stdout.decode()


@pytest.mark.parametrize("raises", [True, False])
def test_no_line_of_a_run_acts_turns_or_hides(tmp_path: Path, *, raises: bool) -> None:
    said = run(tmp_path, raises=raises)
    assert unseen(COLOURS.sub("", said), "\n\t") == ""
    for words in ("logged", "styled", "-old", "+new", "pyinfra's own"):
        assert rf"{words} \x1b]0;owned\x07" in said, said
    others = ("the server says",) if raises else ("while executing,", "[@local] a checker says")
    for words in others:
        assert rf"{words} \x1b]0;owned\x07" in said, said


def test_what_a_stranger_breaks_into_lines_stays_one_line(tmp_path: Path) -> None:
    said = run(tmp_path, raises=True)
    assert r"\nforged" in said
    assert not [each for each in said.splitlines() if each.strip().startswith("forged")]
    assert "q\tr" in said  # a tab may be what differs
    assert f"-old {printable(HOSTILE)}\\r" in said  # only LF ends a line of a daemon's file
