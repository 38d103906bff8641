"""How a password gets to sudo: by the standard input, and by nothing that others can read."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors import ssh
from pyinfra.connectors.util import CommandOutput, OutputLine

from omi_core.engine.login import password
from omi_core.engine.login.guard import guard
from omi_core.secret import Secret

MARKER = "Xyzzy' sudo $password\\"
# It asks as sudo(8) does with -A: its askpass program, by the prompt; NOPASSWD does not ask.
SUDO = """#!/bin/sh
printf '%s\\n' "$*" > "$NOTES/arguments"
while [ "$1" != sh ]; do
    case $1 in -p) prompt=$2; shift ;; esac
    shift
done
[ -n "$NOPASSWD" ] || "$SUDO_ASKPASS" "$prompt" > "$NOTES/password"
exec env -i "$@"
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    program = tmp_path / "sudo"
    program.write_text(SUDO)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def run(notes: Path, command: str, *, stdin: str | None, **environment: str) -> str:
    """Run what the connector would be told, with what it would write."""
    made, how = password.given(StringCommand(command), {"_stdin": stdin}, Secret(MARKER))
    assert how["_shell_executable"] is None
    lines = [line if line.endswith("\n") else f"{line}\n" for line in how["_stdin"]]
    words = made.get_raw_value()
    assert MARKER not in words
    assert "Xyzzy" not in words + str(made)
    done = subprocess.run(
        ["sh", "-c", words],
        input="".join(lines),
        env={"PATH": f"{notes}:{os.environ['PATH']}", "NOTES": str(notes), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("stdin", [None, "one line\n", "several\nlines \\ with\n\ttabs\n"])
def test_sudo_gets_the_password_and_the_command_the_rest(notes: Path, stdin: str | None) -> None:
    assert run(notes, "cat", stdin=stdin) == (stdin or "")
    assert (notes / "password").read_text() == f"{MARKER}\n"
    assert "Xyzzy" not in (notes / "arguments").read_text()


def test_where_sudo_asks_for_none_the_command_does_not_get_it_either(notes: Path) -> None:
    assert run(notes, "cat", stdin="what is meant\n", NOPASSWD="1") == "what is meant\n"


def test_the_command_is_run_as_it_stands(notes: Path) -> None:
    said = run(notes, 'for each in a \'b c\' "$0"; do echo "[$each]"; done', stdin=None)
    assert said == "[a]\n[b c]\n[sh]\n"


def test_pyinfras_own_question_for_a_password_is_never_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("connect", "run_shell_command"):
        monkeypatch.setattr(ssh.SSHConnector, name, getattr(ssh.SSHConnector, name))
    monkeypatch.setattr(ssh, "execute_command_with_sudo_retry", ssh.execute_command_with_sudo_retry)
    guard()
    said = CommandOutput([OutputLine("stderr", "sudo: a password is required")])
    execute = vars(ssh)["execute_command_with_sudo_retry"]
    assert execute(None, {}, lambda: (1, said)) == (1, said)


@pytest.mark.parametrize("said", ["sudo: a password", "0", "", "sudo: a password is required, x"])
def test_a_password_is_asked_for_where_sudo_says_so_and_nowhere_else(said: str) -> None:
    assert password.is_wanted("sudo: a password is required")
    assert not password.is_wanted(said)
