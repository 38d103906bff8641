"""Looking at DNS from a deploy: what a person reads, whatever the process did."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from omi_core.relay import dns_verify
from omi_core.relay.own_process import CommandResult
from tests.unseen import HOSTILE, unseen

FINDING = {
    "subject": "_dmarc.shop.example",
    "text": {"en": "there is no DMARC policy"},
    "observed": {"en": "-"},
    "remedy": {"en": "enter one"},
}
CHECK = {"status": "unknown", "title": {"en": "keys"}, "note": {"en": "SERVFAIL"}}
DOCUMENT = {"domains": [{"domain": "shop.example", "findings": [FINDING], "checks": [CHECK]}]}


def test_findings_and_what_nobody_saw_become_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        dns_verify, "omi", lambda *_, **__: CommandResult(code=1, document=DOCUMENT)
    )
    assert dns_verify.look([], "{}") == (
        1,
        (
            "_dmarc.shop.example: there is no DMARC policy (-); enter one",
            "shop.example: not checked: keys: SERVFAIL",
        ),
    )


def test_what_kept_us_from_looking_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen = CommandResult(problem="omi: no server of the root answers")
    monkeypatch.setattr(dns_verify, "omi", lambda *_, **__: unseen)
    assert dns_verify.look([], "{}") == (3, ("omi: no server of the root answers",))


def test_what_a_customer_published_does_not_act_in_the_log_of_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finding = FINDING | {"subject": f"{HOSTILE}.example", "observed": {"en": f"TXT {HOSTILE}\n"}}
    domain = {"domain": HOSTILE, "findings": [finding], "checks": [CHECK]}
    answer = CommandResult(code=1, document={"domains": [domain]})
    monkeypatch.setattr(dns_verify, "omi", lambda *_, **__: answer)
    lines: list[str] = []
    row = SimpleNamespace(log_styled=lambda words, **_: lines.append(words))
    assert not dns_verify._look(cast("Any", None), cast("Any", row), [], "{}")
    assert len(lines) == 2
    assert unseen("".join(lines)) == ""
    assert all(r"\x1b]0;owned\x07" in each for each in lines)
