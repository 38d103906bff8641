"""Looking at DNS from a deploy: what a person reads, whatever the process did."""

import json
import subprocess
from typing import Any

import pytest

from omi_core.infra import dns_verify

FINDING = {
    "subject": "_dmarc.shop.example",
    "text": {"en": "there is no DMARC policy"},
    "observed": {"en": "-"},
    "remedy": {"en": "enter one"},
}
CHECK = {"status": "unknown", "title": {"en": "keys"}, "note": {"en": "SERVFAIL"}}
DOCUMENT = {"domains": [{"domain": "shop.example", "findings": [FINDING], "checks": [CHECK]}]}


def answering(monkeypatch: pytest.MonkeyPatch, code: int, stdout: str, stderr: str = "") -> None:
    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(words, code, stdout.encode(), stderr.encode())

    monkeypatch.setattr(subprocess, "run", run)


def test_findings_and_what_nobody_saw_become_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 1, json.dumps(DOCUMENT))
    assert dns_verify.look([], "{}") == (
        1,
        (
            "_dmarc.shop.example: there is no DMARC policy (-); enter one",
            "shop.example: could not look: keys: SERVFAIL",
        ),
    )


def test_a_process_that_only_complains_could_not_look(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 3, "", "omi: no server of the root answers\n")
    assert dns_verify.look([], "{}") == (3, ("omi: no server of the root answers",))


def test_a_process_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(words, dns_verify.PATIENCE_S)

    monkeypatch.setattr(subprocess, "run", run)
    assert dns_verify.look([], "{}") == (3, ("looking at DNS was not over after 900 s",))
