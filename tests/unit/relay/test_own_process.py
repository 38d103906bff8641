"""`omi` run by a deploy: an answer, or why there is none; never an exception."""

import json
import subprocess
from typing import Any

import pytest

from omi_core.relay.own_process import CommandResult, omi


def test_an_answer_comes_with_its_exit_code() -> None:
    answer = omi("options", "decode", ["link", "192"], patience_s=60)
    assert answer.code == 0
    assert answer.document is not None
    assert "NotTrackOpen" in json.dumps(answer.document)


def test_a_command_that_only_complains_could_not_look() -> None:
    answer = omi("options", "decode", ["no-such-family", "192"], patience_s=60)
    assert (answer.code, answer.document) == (3, None)
    assert "no-such-family" in answer.problem
    assert "Traceback" not in answer.problem


def test_a_command_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], *, timeout: float, **_: Any) -> None:
        raise subprocess.TimeoutExpired(words, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    gone = CommandResult(problem="omi dns verify was not over after 900 s")
    assert omi("dns", "verify", [], patience_s=900) == gone
