"""What holds for every command: exit codes, pipes, locales, speed of the help."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omi_core.cli import __main__ as program
from omi_core.cli.nouns import NOUNS

Omi = Callable[..., Any]
ROOT = Path(__file__).parents[3]
OMI = [sys.executable, "-m", "omi_core.cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def test_help_names_every_noun_and_the_exit_codes(omi: Omi) -> None:
    done = omi("--help")

    assert (done.code, done.err) == (0, "")
    assert all(f"\n  {noun} " in done.out for noun in NOUNS)
    assert "0 fine" in done.out


def test_help_imports_no_noun() -> None:
    script = (
        "import sys; from omi_core.cli.__main__ import run; run(['--help']);"
        "print([name for name in sys.modules if name.startswith('omi_core.cli.')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=ENVIRONMENT, text=True
    )

    for noun in NOUNS.values():
        assert f"'{noun.group.partition(':')[0]}'" not in done.stdout


@pytest.mark.parametrize("table", ["omi_core.cli.dns.bulk", "omi_core.cli.dns.changes"])
def test_lines_about_domains_load_nothing_that_only_a_page_needs(table: str) -> None:
    script = f"import sys, {table}; print([*{{'jinja2', 'cryptography.x509'}} & {{*sys.modules}}])"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=ENVIRONMENT, text=True
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_help(noun: str, omi: Omi) -> None:
    done = omi(noun, "--help")

    assert (done.code, done.err) == (0, "")
    assert f"omi {noun}" in done.out


@pytest.mark.parametrize("arguments", [["nope"], ["--nope"], ["options", "nope"], []])
def test_wrong_usage_is_exit_code_2_on_stderr(arguments: list[str], omi: Omi) -> None:
    done = omi(*arguments)

    assert (done.code, done.out) == (2, "")
    assert "Usage: omi" in done.err


def test_a_fault_of_ours_is_a_sentence_too(omi: Omi, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(program.omi, "main", fault)
    monkeypatch.delenv("OMI_DEBUG", raising=False)

    done = omi("--help")

    assert done.code == 3
    assert done.err == (
        "omi: internal error: RuntimeError('surprise'); "
        "please report it (OMI_DEBUG=1 shows where)\n"
    )


def _shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    quoted = " ".join(OMI)
    return subprocess.run(
        ["bash", "-c", f'omi() {{ {quoted} "$@"; }}; {script}'],
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
        env={**ENVIRONMENT, **environment},
    )


def test_a_reader_who_leaves_early_changes_no_verdict() -> None:
    done = _shell("omi options list | head -n 1; echo ${PIPESTATUS[0]}")

    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_a_message_cut_off_by_its_reader_is_a_failure(tmp_path: Path) -> None:
    huge = tmp_path / "huge.eml"
    huge.write_bytes(b"A: 1\n\n" + b"x" * 5_000_000)

    done = _shell(f"omi message set {huge} X-LinkOption=1 | head -n 1; echo ${{PIPESTATUS[0]}}")

    assert done.stdout.splitlines() == ["A: 1", "3"]
    assert done.stderr == "omi: the message was cut off: its reader left early\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_could_not_look_and_no_traceback() -> None:
    done = _shell("omi options list >/dev/full; echo $?")

    assert done.stdout == "3\n"
    assert done.stderr == "omi: No space left on device\n"


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "zh_TW.UTF-8"])
def test_chinese_can_be_printed_in_any_locale(locale: str, omi_process: Omi) -> None:
    done = omi_process(
        "options",
        "explain",
        "X-LinkOption: 64",
        "--lang",
        "zh-TW",
        environment={"LC_ALL": locale, "LANG": locale},
    )

    assert (done.code, done.err) == (0, "")
    assert "不追蹤開信" in done.out


def test_a_terminal_that_shows_ascii_only_gets_escapes_and_no_traceback(omi_process: Omi) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    done = omi_process(
        "options", "explain", "X-LinkOption: 64", "--lang", "zh-TW", environment=environment
    )
    document = omi_process(
        "options", "explain", "X-LinkOption: 64", "--json", environment=environment
    )

    assert (done.code, done.err) == (0, "")
    assert "\\u4e0d\\u8ffd\\u8e64" in done.out
    assert "不追蹤開信" in json.loads(document.out)["sentence"]["zh-TW"]


def test_bytes_that_are_no_utf_8_are_refused_in_a_sentence(omi_process: Omi) -> None:
    name = os.fsdecode(b"\xff\xfe")

    for arguments in (
        ["options", "decode", "link", name],
        ["options", "encode", "link", name],
        ["options", "explain", f"X-JobName: {name}"],
        ["message", "check", name],
        ["message", "set", "/dev/null", f"X-JobName={name}"],
    ):
        done = omi_process(*arguments)
        assert done.code in {1, 2}, arguments
        assert "Traceback" not in done.err


def test_notes_move_below_their_names_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from omi_core.cli import terminal

    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(terminal.sys.stdout, "isatty", lambda: True)

    lines = list(terminal.in_columns([("64", "NotTrackOpen", "不追蹤開信" * 4)]))

    assert lines == ["        64  NotTrackOpen", " " * 12 + "不追蹤開信" * 4]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("omi opt", "options"),
        ("omi options encode lin", "link"),
        ("omi options encode link NotTrackO", "NotTrackOpen"),
        ("omi options encode link nottracko", "NotTrackOpen"),
        ("omi message set x X-Link", "X-LinkOption="),
    ],
)
def test_a_shell_completes_nouns_families_names_and_headers(
    words: str, expected: str, omi_process: Omi
) -> None:
    done = omi_process(
        environment={
            "_OMI_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
    )

    assert expected in [line.partition(",")[2] for line in done.out.splitlines()]
