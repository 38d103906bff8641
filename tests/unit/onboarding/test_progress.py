"""A run over many domains as a person sees it: results at once, a count while it goes on, a sum."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import dns.message
import pytest

from omi_core.cli.terminal import width_of
from omi_core.onboarding import bulk
from omi_core.onboarding.how import Looking
from omi_core.onboarding.seen import DomainSeen
from omi_core.onboarding.target import Target
from tests.unit.onboarding.test_commands import Omi
from tests.unit.onboarding.tree import Tree

ERASE = "\r\x1b[K"


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("shop.example\nother.example\nlast.example\n")
    return path


def seen_on_a_terminal(
    words: list[str], columns: int = 80, environment: dict[str, str] | None = None
) -> tuple[str, str]:
    """Run `omi` with stderr on a terminal; return what it wrote there, and its stdout."""
    ours, theirs = pty.openpty()
    given = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": str(columns)}
    with subprocess.Popen(
        [sys.executable, "-m", "omi_core.cli", "dns", "verify", *words],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**given, **(environment or {})},
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            select.select([ours], [], [])  # the servers of the tree need their turn
            try:
                read = os.read(ours, 4096)
            except OSError:  # nobody has the other end any more
                break
            if not read:
                break
            written += read
        out = process.stdout.read() if process.stdout else b""
    os.close(ours)
    return written.decode(), out.decode()


@pytest.fixture
def words(tree: Tree, inventory: Path, names: Path) -> list[str]:
    """A run that waits for one of its domains long enough to be watched."""

    def silent(query: dns.message.Message, _transport: str) -> bytes | None:
        return b"" if "last.example" in query.question[0].name.to_text().lower() else None

    tree.root.odd = silent
    given = ["--inventory", str(inventory), "--root", f"127.0.0.1:{tree.port}", "-4"]
    return [*given, "--file", str(names), "--timeout", "4"]


@pytest.mark.slow
def test_a_terminal_shows_the_count_and_is_left_clean(words: list[str]) -> None:
    shown, out = seen_on_a_terminal(words)
    assert "0 of 3 domains: 0 with mistakes, 0 not seen, " in shown
    assert "2 of 3 domains: 1 with mistakes, 0 not seen, " in shown
    assert shown.endswith(ERASE)
    assert "\n" not in shown
    assert "other.example: failed" in out
    assert "domains:" not in out.partition("3 domains in")[0]


@pytest.mark.slow
def test_the_count_is_in_the_readers_language(words: list[str]) -> None:
    shown, out = seen_on_a_terminal([*words, "--lang", "zh-TW"])
    assert "2/3 個網域：1 個有誤，0 個無法確認，每秒" in shown
    assert re.search(r"3 個網域，歷時 \d\.\d 秒：未通過 1、無法確認 1、正常 1", out)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_count_never_wraps(words: list[str], language: str) -> None:
    """A line that wraps cannot be erased."""
    shown, _ = seen_on_a_terminal([*words, "--lang", language], columns=20)
    lines = [each for each in shown.split(ERASE) if each]
    assert lines
    assert max(map(width_of, lines)) <= 19


@pytest.mark.slow
def test_a_terminal_that_cannot_erase_gets_no_count(words: list[str]) -> None:
    assert seen_on_a_terminal(words, environment={"TERM": "dumb"})[0] == ""


def test_without_a_terminal_nothing_is_counted(omi: Omi, names: Path) -> None:
    code, out, err = omi("verify", "--file", str(names))
    assert (code, err) == (1, "")
    assert "\x1b" not in out
    assert "\r" not in out


def test_a_run_ends_with_how_many_ended_how(omi: Omi, names: Path) -> None:
    out = omi("verify", "--file", str(names))[1]
    assert re.fullmatch(r"3 domains in \d+\.\d s: failed 2, fine 1", out.splitlines()[-1])


def test_one_domain_alone_has_no_sum(omi: Omi) -> None:
    assert "domains in" not in omi("verify", "shop.example")[1]


def test_a_result_is_told_before_the_next_domain_is_over(
    tree: Tree, omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of many results does not wait for the last."""
    told: list[str] = []
    asked: list[int] = []

    def watch(query: dns.message.Message, _transport: str) -> bytes | None:
        if "last.example" in query.question[0].name.to_text().lower():
            asked.append(len(told))
        return None

    tree.root.odd = watch
    monkeypatch.setattr("omi_core.cli.dns.bulk.emit", told.append)
    omi("verify", "--file", str(names), "--at-once", "1")
    assert asked[0] == 2


def test_more_than_a_thousand_domains_are_one_report_too(
    omi: Omi, tmp_path: Path, tree: Tree
) -> None:
    del tree
    path = tmp_path / "many.txt"
    path.write_text("".join(f"d{number}.invalid-name-_\n" for number in range(1200)))
    code, out, err = omi("verify", "--file", str(path), "--prometheus", str(tmp_path / "metrics"))
    assert (code, err) == (3, "")
    assert out.splitlines()[-1].endswith("not seen 1200")
    assert (tmp_path / "metrics").read_text().count("omi_dns_domain{") == 1200


def test_the_first_results_do_not_wait_for_questions_of_hundreds_of_others(
    omi: Omi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them may be of one server, which is asked at a pace."""
    begun: list[str] = []
    looked = bulk.observe

    async def observe(target: Target, looking: Looking) -> DomainSeen:
        begun.append(target.domain)
        return await looked(target, looking)

    at_the_first: list[int] = []
    monkeypatch.setattr(bulk, "observe", observe)
    monkeypatch.setattr(bulk, "_FIRST_PATIENCE_S", 60)  # however slow this machine is
    monkeypatch.setattr("omi_core.cli.dns.bulk.emit", lambda _text: at_the_first.append(len(begun)))
    path = tmp_path / "many.txt"
    path.write_text("".join(f"d{number}.example\n" for number in range(100)))
    omi("verify", "--file", str(path))
    assert at_the_first[0] <= 10
    assert len(begun) == 100
