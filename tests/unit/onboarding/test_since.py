"""`omi dns verify --since`: what was said of a domain, what is, and which are new or gone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omi_core.onboarding import bulk
from tests.unit.onboarding.test_commands import Omi, validate
from tests.unit.onboarding.test_contained import failing_at
from tests.unit.onboarding.test_mistakes import at_policy, mistaken
from tests.unit.onboarding.tree import RIGHT, Tree

DROPPED = mistaken(at_policy("semicolon-dropped", "v=DMARC1 p=none"))
REJECTED = mistaken(at_policy("semicolon-dropped", "v=DMARC1 p=reject"))
Since = Callable[..., str]


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("shop.example\n")
    return path


@pytest.fixture
def since(omi: Omi, names: Path, tmp_path: Path) -> Since:
    """Keep what is said now; then return what another run says to be different."""
    file = tmp_path / "last.jsonl"

    def compare(*words: str) -> str:
        if not file.exists():
            omi("verify", "--file", str(names), "--resume", str(file))
            return ""
        return omi("verify", "--file", str(names), "--since", str(file), *words)[1]

    compare()
    return compare


def changes(text: str) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for each in found:
        validate("dns-verify-change", each)
    return {each["domain"]: each for each in found}


def test_a_change_holds_the_old_state_and_the_new(tree: Tree, since: Since) -> None:
    tree.publish(DROPPED)
    change = changes(since("--json-lines"))["shop.example"]
    assert change["change"] == "changed"
    assert (change["before"]["status"], change["now"]["status"]) == ("passed", "failed")
    assert (change["before"]["exit_code"], change["now"]["exit_code"]) == (0, 1)
    [appeared] = change["appeared"]
    assert appeared["id"] == "semicolon-dropped"
    assert appeared["observed"]["en"] == "TXT v=DMARC1 p=none"
    assert change["words"] == {
        "en": "shop.example: failed; before: fine",
        "zh-TW": "shop.example：未通過；先前：正常",
    }


def test_a_person_reads_old_and_new_in_his_language(tree: Tree, since: Since) -> None:
    tree.publish(DROPPED)
    english = since("--lang", "en")
    assert "✘ shop.example: failed; before: fine" in english
    assert "new: _dmarc.shop.example: the semicolons between the tags are gone" in english
    assert "observed: TXT v=DMARC1 p=none" in english
    assert "remedy: at _dmarc.shop.example, replace TXT v=DMARC1 p=none by:" in english
    chinese = since("--lang", "zh-TW")
    assert "✘ shop.example：未通過；先前：正常" in chinese
    assert "新出現：_dmarc.shop.example：" in chinese


def test_another_value_of_the_same_mistake_is_a_change_with_both_values(
    tree: Tree, omi: Omi, names: Path, tmp_path: Path
) -> None:
    tree.publish(DROPPED)
    last = str(tmp_path / "last.jsonl")
    omi("verify", "--file", str(names), "--resume", last)
    tree.publish(REJECTED)
    words = ("verify", "--file", str(names), "--since", last)
    change = changes(omi(*words, "--json-lines")[1])["shop.example"]
    assert (change["appeared"], change["gone"]) == ([], [])
    [altered] = change["altered"]
    assert altered["before"]["observed"]["en"] == "TXT v=DMARC1 p=none"
    assert altered["now"]["observed"]["en"] == "TXT v=DMARC1 p=reject"
    out = omi(*words)[1]
    assert "before: TXT v=DMARC1 p=none" in out
    assert "observed: TXT v=DMARC1 p=reject" in out


def test_what_is_mended_is_said_with_what_is_gone(
    tree: Tree, omi: Omi, names: Path, tmp_path: Path
) -> None:
    tree.publish(DROPPED)
    last = str(tmp_path / "last.jsonl")
    omi("verify", "--file", str(names), "--resume", last)
    tree.publish(RIGHT)
    out = omi("verify", "--file", str(names), "--since", last)[1]
    assert "✔ shop.example: fine; before: failed" in out
    assert "gone: _dmarc.shop.example: the semicolons between the tags are gone" in out


def test_domains_that_came_and_went_are_named(since: Since, names: Path) -> None:
    names.write_text("other.example\n")
    found = changes(since("--json-lines"))
    assert {name: each["change"] for name, each in found.items()} == {
        "other.example": "new",
        "shop.example": "removed",
    }
    assert (found["other.example"]["before"], found["shop.example"]["now"]) == (None, None)
    assert found["shop.example"]["before"]["status"] == "passed"
    out = since("--lang", "zh-TW")
    assert "- shop.example：已從清單移除；先前：正常" in out
    assert "✘ other.example：未通過；清單中新增" in out
    assert "已從清單移除：1" in out


def test_a_look_at_one_domain_says_of_no_other_that_it_is_removed(
    omi: Omi, since: Since, tmp_path: Path
) -> None:
    del since
    code, out, _ = omi("verify", "other.example", "--since", str(tmp_path / "last.jsonl"))
    assert code == 1
    assert "other.example: failed; new in the list" in out
    assert "shop.example" not in out


def test_a_run_in_which_nothing_changed_says_so_to_a_person_alone(since: Since) -> None:
    assert since("--json-lines") == ""
    assert since().splitlines()[-1] == "nothing has changed"


def test_lines_of_an_older_omi_are_compared_by_what_they_hold(
    tree: Tree, omi: Omi, names: Path, tmp_path: Path
) -> None:
    """They had neither words nor values."""
    tree.publish(DROPPED)
    last = tmp_path / "last.jsonl"
    found = {"id": "semicolon-dropped", "severity": "error", "subject": "_dmarc.shop.example"}
    line = {"domain": "shop.example", "status": "failed", "exit_code": 1, "unseen": []}
    last.write_text(json.dumps({**line, "findings": [found]}))
    words = ("verify", "--file", str(names), "--since", str(last))
    assert changes(omi(*words, "--json-lines")[1]) == {}
    tree.publish(RIGHT)
    assert "gone: _dmarc.shop.example: semicolon-dropped" in omi(*words)[1]


LINE = (
    '{"domain": "shop.example", "status": "passed", "exit_code": 0, "findings": [], "unseen": []}'
)
BROKEN = [
    b"",
    b"\xff\xfe\n",
    b"{",
    b"[" * 100_000 + b"\n",
    b"null\n",
    b'{"domain": 7}\n',
    LINE.replace("0", "9").encode(),
    LINE.replace('findings": []', 'findings": [3]').encode(),
    LINE.replace('"passed"', "null").encode(),
    LINE.encode()[:-3],
    LINE.replace('"unseen": []', '"unseen": ["\\ud800"]').encode(),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_line_costs_its_domain_what_was_known_and_no_other(
    omi: Omi, tmp_path: Path, broken: bytes
) -> None:
    names, last = tmp_path / "names.txt", tmp_path / "last.jsonl"
    names.write_text("shop.example\nother.example\n")
    omi("verify", "--file", str(names), "--resume", str(last))
    whole = last.read_bytes().splitlines(keepends=True)
    kept = [line for line in whole if b'"other.example"' in line]
    last.write_bytes(b"".join([broken.rstrip(b"\n") + b"\n", *kept]))
    words = ("verify", "--file", str(names), "--since", str(last), "--json-lines")
    assert {name: each["change"] for name, each in changes(omi(*words)[1]).items()} == {
        "shop.example": "new"
    }


def test_a_run_that_goes_on_tells_the_changes_of_its_first_part_too(
    tree: Tree, omi: Omi, names: Path, tmp_path: Path
) -> None:
    last, now = tmp_path / "last.jsonl", tmp_path / "now.jsonl"
    omi("verify", "--file", str(names), "--resume", str(last))
    tree.publish(DROPPED)
    omi("verify", "--file", str(names), "--resume", str(now))
    words = ("--since", str(last), "--resume", str(now), "--json-lines")
    code, out, _ = omi("verify", "--file", str(names), *words)
    assert code == 1
    assert changes(out)["shop.example"]["now"]["status"] == "failed"


def test_what_was_known_outlives_nights_in_which_nobody_could_look(
    omi: Omi, tmp_path: Path, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other domains could be looked at, so the nights count."""
    names.write_text("shop.example\nother.example\n")
    last, now = tmp_path / "last.jsonl", tmp_path / "now.jsonl"
    last.write_text("")
    words = ["--since", str(last), "--resume", str(now), "--when-done", str(last)]
    night = ("verify", "--file", str(names), *words)
    omi(*night)
    with monkeypatch.context() as patch:
        patch.setattr(bulk, "observe", failing_at("shop.example", OSError("x"), bulk.observe))
        first, second = omi(*night)[1], omi(*night)[1]
    assert "? shop.example: not seen; before: fine" in first
    assert "nothing has changed" in second
    held = {each["domain"]: each for each in map(json.loads, last.read_text().splitlines())}
    validate("dns-verify-line", held["shop.example"])
    assert held["shop.example"]["last_known"]["status"] == "passed"
    third = omi(*night)[1]
    assert "shop.example: fine; before: not seen, and fine when it was last looked at" in third


@pytest.mark.parametrize("option", ["--json-lines", "--since", "--resume"])
def test_one_document_and_lines_exclude_each_other(omi: Omi, tmp_path: Path, option: str) -> None:
    file = [str(tmp_path / "x")] if option != "--json-lines" else []
    code, out, err = omi("verify", "shop.example", "--json", option, *file)
    assert (code, out) == (2, "")
    assert "--json is one document" in err
