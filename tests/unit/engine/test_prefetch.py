"""Several questions in one command, answered by a real shell."""

import subprocess
from collections.abc import Mapping

from omi_core.engine.prefetch import Answers, Prefetched


def answered(*commands: str, noise: str = "") -> Answers:
    fact = Prefetched()
    command = str(fact.command(commands))
    ended = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=10
    )
    return fact.process([*noise.splitlines(), *ended.stdout.splitlines()])


def test_each_answer_is_found_under_its_command_whoever_was_first() -> None:
    slow, quick = "sleep 0.2; echo a; echo b", "echo c"
    assert answered(slow, quick) == {slow: ("a", "b"), quick: ("c",)}


def test_an_empty_answer_is_an_answer() -> None:
    assert answered("true") == {"true": ()}


def test_a_command_that_fails_has_answered_all_the_same() -> None:
    assert answered("echo a; false") == {"echo a; false": ("a",)}


def test_a_command_that_was_killed_has_not_answered() -> None:
    killed = "echo a; sh -c 'kill -KILL $PPID'; echo b"
    found: Mapping[str, tuple[str, ...]] = answered(killed, "echo c")
    assert "echo c" in found
    assert killed not in found


def test_what_a_login_shell_says_is_no_answer() -> None:
    assert answered("echo a", noise="Welcome\n7 updates") == {"echo a": ("a",)}


def test_long_answers_of_many_questions_stay_apart() -> None:
    commands = tuple(f"yes {letter * 60} | head -n 300" for letter in "abcdefg")
    found = answered(*commands)
    for letter, command in zip("abcdefg", commands, strict=True):
        assert found[command] == (letter * 60,) * 300
