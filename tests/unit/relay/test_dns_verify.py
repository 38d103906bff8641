"""Looking at DNS from a deploy: what a person reads, whatever the process did."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.relay import dns_verify, own_process
from omi_core.relay.own_process import CommandLines
from tests.unseen import HOSTILE, unseen

FINDING = {
    "subject": "_dmarc.shop.example",
    "text": {"en": "there is no DMARC policy"},
    "observed": {"en": "-"},
    "remedy": {"en": "enter one"},
}
LINE = {
    "domain": "shop.example",
    "findings": [FINDING],
    "unseen": ["dkim-key"],
    "reason": {"en": "SERVFAIL"},
}
SENTENCES = (
    "_dmarc.shop.example: there is no DMARC policy (-); enter one",
    "shop.example: not checked: DKIM keys: SERVFAIL",
)


def test_findings_and_what_nobody_saw_become_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CommandLines(code=1, lines=(LINE,))
    monkeypatch.setattr(dns_verify, "omi_lines", lambda *_, **__: answer)
    assert dns_verify.look([], "{}") == (1, SENTENCES)


def test_what_kept_us_from_looking_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen = CommandLines(problem="omi: no server of the root answers")
    monkeypatch.setattr(dns_verify, "omi_lines", lambda *_, **__: unseen)
    assert dns_verify.look([], "{}") == (3, ("omi: no server of the root answers",))


def test_what_a_customer_published_does_not_act_in_the_log_of_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = FINDING | {"subject": f"{HOSTILE}.example", "observed": {"en": f"TXT {HOSTILE}\n"}}
    line = LINE | {"domain": HOSTILE, "findings": [finding]}
    answer = CommandLines(code=1, lines=(line,))
    monkeypatch.setattr(dns_verify, "omi_lines", lambda *_, **__: answer)
    lines: list[str] = []
    row = SimpleNamespace(log_styled=lambda words, **_: lines.append(words))
    assert not dns_verify._look(cast("Any", None), cast("Any", row), [], "{}")
    assert len(lines) == 2
    assert unseen("".join(lines)) == ""
    assert all(r"\x1b]0;owned\x07" in each for each in lines)


def test_what_was_found_before_a_run_was_ended_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a process that hangs, and of one whose last line was cut off."""
    program = tmp_path / "omi"
    program.write_text(
        f"#!/bin/sh\nprintf '%s' '{dns_verify.json.dumps(LINE)}\n{{\"dom'\nexec sleep 60\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(own_process.sys, "executable", str(program))
    monkeypatch.setattr(dns_verify, "PATIENCE_S", 0.5)
    code, sentences = dns_verify.look([], "{}")
    assert code == COULD_NOT_LOOK
    assert sentences == (*SENTENCES, "omi dns verify was not over after 0.5 s")


def test_more_domains_than_one_document_should_hold_are_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, b"", b"")

    monkeypatch.setattr(own_process.subprocess, "run", run)
    assert dns_verify.look(["--inventory", "x"], "{}") == (0, ())
    assert "--json-lines" in asked[0]
    assert "--json" not in asked[0]
