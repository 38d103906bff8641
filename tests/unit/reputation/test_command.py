"""`omi reputation`: exit codes, forms of the result, and what changed since."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from omi_core.errors import InputError
from omi_core.reputation.state import read_state
from tests.unit.reputation.world import V4, World

Omi = Callable[..., tuple[int, str, str]]
SCHEMAS = Path(__file__).parents[3] / "omi_core/cli/schemas"
STATE = (
    '{{"form": "omi reputation 1", "checks": [{{"key": ["a", "b", "c"], "status": "{status}",'
    ' "title": {{}}, "note": {{}}, "observed": null}}]}}'
)
ZEN, BRBL = "zen.spamhaus.org", "b.barracudacentral.org"


def refusing(_: str) -> tuple[str, ...]:
    return ("127.255.255.254",)


@pytest.fixture
def validator() -> Draft202012Validator:
    held = {name: json.loads((SCHEMAS / name).read_text()) for name in ("finding.json",)}
    registry = Registry().with_resources(
        (name, Resource.from_contents(document)) for name, document in held.items()
    )
    return Draft202012Validator(
        json.loads((SCHEMAS / "reputation.json").read_text()), registry=registry
    )


def test_the_exit_code_says_what_the_worst_address_has(there: World, omi: Omi) -> None:
    assert omi()[0] == 0

    there.lists[ZEN] = refusing
    assert omi()[0] == 3

    there.enter(BRBL, V4, "127.0.0.2")
    assert omi()[0] == 1


def test_an_entry_of_a_list_that_warns_alone_does_not_fail(there: World, omi: Omi) -> None:
    there.enter("psbl.surriel.com", V4, "127.0.0.2")

    code, out, _ = omi()

    assert code == 0
    assert "https://psbl.org/remove" in out


def test_json_is_what_its_schema_says(
    there: World, omi: Omi, validator: Draft202012Validator
) -> None:
    there.enter(ZEN, V4, "127.0.0.2", "127.0.0.10")
    there.lists[BRBL] = refusing

    for words in ((), ("--since",), ("--since",)):
        code, out, _ = omi("--json", *words)
        document = json.loads(out)
        validator.validate(document)
        assert document["exit_code"] == code == 1


def test_junit_has_a_suite_an_address_and_an_error_where_nobody_could_look(
    there: World, omi: Omi, tmp_path: Path
) -> None:
    there.lists[ZEN] = refusing
    there.enter(BRBL, V4, "127.0.0.2")

    omi("--junit", str(tmp_path / "j.xml"))

    root = ET.parse(tmp_path / "j.xml").getroot()
    assert root.attrib["name"] == "omi reputation"
    assert [(each.attrib["failures"], each.attrib["errors"]) for each in root] == [
        ("1", "1"),
        ("0", "1"),
    ]


def test_everything_is_told_in_chinese_too(there: World, omi: Omi) -> None:
    there.enter(ZEN, V4, "127.0.0.2")

    _, out, _ = omi("--lang", "zh-TW")

    assert "封鎖清單 Spamhaus ZEN" in out


def test_since_tells_what_changed_and_nothing_else(there: World, omi: Omi, tmp_path: Path) -> None:
    assert omi("--since")[1] == "all is fine; the next run tells what has changed since\n"
    assert omi("--since")[1] == "nothing has changed\n"

    there.enter(ZEN, V4, "127.0.0.3")
    code, out, _ = omi("--since")
    assert code == 1
    assert "Spamhaus ZEN: failed; before: fine" in out
    assert len([line for line in out.splitlines() if not line.startswith(" ")]) == 1

    code, out, _ = omi("--since")
    assert (code, out) == (1, "nothing has changed\n")

    there.enter(ZEN, V4, "127.0.0.3", "127.0.0.4")
    assert "something else was observed" in omi("--since")[1]

    there.reset()
    assert "Spamhaus ZEN: fine; before: failed" in omi("--since")[1]
    assert stat.S_IMODE((tmp_path / "state/omi/reputation.json").stat().st_mode) == 0o600


def test_an_answer_in_another_order_is_no_change(there: World, omi: Omi) -> None:
    there.names(V4, "a.relay.example.", "b.relay.example.", "c.relay.example.")
    omi("--since")
    there.names(V4, "c.relay.example.", "b.relay.example.", "a.relay.example.")

    assert omi("--since")[1] == "nothing has changed\n"


def test_the_first_run_tells_what_is_not_fine(there: World, omi: Omi) -> None:
    there.enter(ZEN, V4, "127.0.0.3")

    out = omi("--since")[1]

    assert out.startswith("there is nothing yet to compare with")
    assert "Spamhaus ZEN: failed" in out


def test_a_list_that_was_not_asked_this_time_keeps_what_was_known(there: World, omi: Omi) -> None:
    there.enter(ZEN, V4, "127.0.0.3")
    omi("--since")

    assert omi("--since", "--list", "psbl")[1] == "nothing has changed\n"
    there.reset()
    assert "Spamhaus ZEN: fine; before: failed" in omi("--since")[1]


def test_an_address_that_left_the_inventory_is_told_once(
    there: World, omi: Omi, inventory: Path
) -> None:
    omi("--since")
    inventory.write_text(inventory.read_text().replace(', ipv6="2001:db8::25"', ""))

    assert "not looked at any more" in omi("--since")[1]
    assert omi("--since")[1] == "nothing has changed\n"
    assert there.asked(ZEN)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", "[" * 9999, '{"form": "\\ud800"}'),
        *('{"form": "omi reputation 1"}', '{"form": "x", "checks": []}'),
        '{"form": "omi reputation 1", "checks": [{"key": ["a", "b"]}]}',
        STATE.format(status="x"),
    ],
)
def test_a_damaged_or_foreign_state_is_refused_and_left_as_it_is(
    there: World, omi: Omi, tmp_path: Path, text: str
) -> None:
    state = tmp_path / "mine.json"
    state.write_text(text)
    state.chmod(0o600)

    code, out, err = omi("--since", str(state))

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "mine.json" in err
    assert state.read_text() == text
    assert there.server.asked == []


@given(octets=st.binary(max_size=200))
def test_no_octets_are_a_traceback(octets: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("state") / "s.json"
    path.write_bytes(octets)
    path.chmod(0o600)

    with pytest.raises(InputError, match="is no state"):
        read_state(path)


def test_a_state_that_is_a_link_a_pipe_a_directory_or_written_by_others_is_refused(
    omi: Omi, tmp_path: Path
) -> None:
    omi("--since", str(tmp_path / "good.json"))
    (tmp_path / "link.json").symlink_to(tmp_path / "good.json")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "open.json").write_bytes((tmp_path / "good.json").read_bytes())
    (tmp_path / "open.json").chmod(0o666)

    for name in ("link.json", "pipe.json", "open.json", "."):
        assert omi("--since", str(tmp_path / name))[0] == 2, name
    assert omi("--since", str(tmp_path / "good.json"))[:2] == (0, "nothing has changed\n")


def test_a_state_that_cannot_be_written_is_said_in_a_sentence(omi: Omi) -> None:
    code, _, err = omi("--since", "/proc/nowhere/state.json")

    assert code == 2
    assert "cannot be" in err


def test_where_nothing_can_be_asked_nothing_is_fine_and_nothing_is_wrong(omi: Omi) -> None:
    code, out, _ = omi("-6", "--json")  # the root has no address of that family

    statuses = {each["status"] for one in json.loads(out)["addresses"] for each in one["checks"]}
    assert (code, statuses) == (3, {"unknown", "skipped"})
