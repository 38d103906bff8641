"""What an operator expects of every program: its version, quiet, spelling, colours, completion."""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest

from omi_core.cli.nouns import NOUNS
from omi_core.cli.reader import hush, say_progress
from omi_core.cli.shell.completion import SHELLS
from omi_core.cli.terminal import colours
from omi_core.language import language_named
from omi_core.text import Text

Omi = Callable[..., Any]
ROOT = Path(__file__).parents[3]
INVENTORY = str(ROOT / "inventories" / "lab.py")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_a_line_that_a_report_of_a_fault_can_begin_with(
    option: str, omi: Omi
) -> None:
    done = omi(option)

    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"omi \S+ \(pyinfra 3\.10\.\d+, Python 3\.\d+\.\d+\)\n", done.out)


def test_the_package_can_be_run_as_a_module() -> None:
    run = [sys.executable, "-m", "omi_core", "options", "decode", "link", "192"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, check=False, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "NotTrackOpen" in done.stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["qeue", "list"], "'queue'"),
        (["dns", "verfy"], "'verify'"),
        (["dns", "plan", "--inventroy", "x"], "'--inventory'"),
        (["completion", "fihs"], "'fish'"),
    ],
)
def test_what_may_have_been_meant_is_named(typed: list[str], meant: str, omi: Omi) -> None:
    done = omi(*typed)

    assert done.code == 2
    assert meant in done.err.splitlines()[-1]


@pytest.mark.parametrize("tag", ["zh-TW", "zh_TW", "zh_tw", "zh", "ZH", "zh-Hant", "zh_HK"])
def test_a_language_is_understood_however_it_is_written(tag: str, omi: Omi) -> None:
    assert omi("options", "list", "--help", "--lang", tag).out.startswith("用法：")
    assert "不追蹤開信" in omi("options", "explain", "X-LinkOption: 64", "--lang", tag).out


@pytest.mark.parametrize("tag", ["fr", "zh-CN", "zh_SG", "t", ""])
def test_a_language_that_there_is_not_is_refused(tag: str, omi: Omi) -> None:
    assert language_named(tag) is None
    assert omi("options", "list", "--lang", tag).code == 2


def test_english_is_understood_with_a_region(omi: Omi) -> None:
    assert omi("options", "explain", "X-LinkOption: 64", "--lang", "en").code == 0


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("value", "coloured"), [(None, True), ("", True), ("1", False)])
def test_colours_are_left_out_for_who_says_so(
    value: str | None,
    coloured: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """no-color.org: when present and not an empty string."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)

    assert colours(_Terminal()) is coloured


def test_quiet_leaves_out_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", said := StringIO())

    hush(quiet=True)
    say_progress(Text.plain("waiting"))
    hush(quiet=False)
    say_progress(Text.plain("going on"))

    assert said.getvalue() == "going on\n"


@pytest.mark.parametrize(
    "words", [["-q", "message", "check", "x.eml"], ["message", "check", "x.eml", "--quiet"]]
)
def test_quiet_keeps_what_went_wrong(words: list[str], omi: Omi) -> None:
    done = omi(*words)

    assert (done.code, done.err) == (2, "omi: 'x.eml': there is no such file\n")


def test_quiet_keeps_the_result(omi: Omi) -> None:
    assert omi("-q", "options", "encode", "link", "NotTrackOpen").out == "64\n"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_verb_can_be_quiet(noun: str, omi: Omi) -> None:
    module, _, attribute = NOUNS[noun].group.partition(":")
    command = getattr(import_module(module), attribute)
    verbs = command.commands if isinstance(command, click.Group) else {"": command}

    for verb in verbs:
        assert "-q, --quiet" in omi(*filter(None, [noun, verb]), "--help").out


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gets_what_it_reads(shell: str, omi: Omi) -> None:
    done = omi("completion", shell)

    assert (done.code, done.err) == (0, "")
    assert f"_OMI_COMPLETE={shell}_complete" in done.out


def completed(words: str, omi_process: Omi, inventory: str = INVENTORY) -> list[str]:
    """What stands at the end of a command line whose last word is begun."""
    done = omi_process(
        environment={
            "_OMI_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
            "OMI_INVENTORY": inventory,
        }
    )
    assert done.err == ""
    return [line.partition(",")[2] for line in done.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("omi customer suspend s", ["shop"]),
        ("omi queue list --customer s", ["Shop"]),
        ("omi queue list --account s", ["shop-alice"]),
        ("omi account may s", ["shop-alice"]),
        ("omi dns verify s", ["shop.example"]),
        ("omi dns records n", ["news.example"]),
        ("omi smtp verify smtp2", ["smtp2.itpison.com"]),
        ("omi cert check smtp2", ["smtp2.itpison.com"]),
        ("omi customer add s", []),
    ],
)
def test_a_shell_completes_what_the_inventory_knows(
    words: str, expected: list[str], omi_process: Omi
) -> None:
    assert completed(words, omi_process) == expected


@pytest.mark.parametrize(
    "text", ["raise SystemError('secret')", "print('noise')\nrelay = []", "relay = ("]
)
def test_an_inventory_that_cannot_be_read_completes_nothing_and_says_nothing(
    text: str, omi_process: Omi, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(text)

    assert completed("omi dns verify s", omi_process, str(tmp_path / "own.py")) == []
