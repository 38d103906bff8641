"""What the nightly timer's unit runs, and what it leaves; test_nightly.py has it killed."""

import json
import subprocess
from pathlib import Path

import pytest

from omi_core.onboarding import bulk
from tests.unit.onboarding.test_commands import Omi
from tests.unit.onboarding.test_contained import failing_at

SERVICE = Path(__file__).parents[3] / "templates/control/omi-dns.service"


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("bad.example\nshop.example\n")
    return path


def _unit(key: str) -> list[str]:
    lines = SERVICE.read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The unit's directory after ExecStartPre, with what an earlier night left in it."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/last.jsonl").write_text("earlier\n")
    (tmp_path / "state/now.jsonl").write_text('{"domain": "half')
    [before] = _unit("ExecStartPre")
    words = before.removeprefix("/bin/sh -c '").removesuffix("'")
    given = {"STATE_DIRECTORY": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", words], check=True, env=given)
    return tmp_path / "state"


def _nightly(omi: Omi, state: Path, *words: str) -> int:
    [command] = _unit("ExecStart")
    said = command.replace("${STATE_DIRECTORY}", str(state)).split()
    assert said[1:3] == ["dns", "verify"]
    return omi("verify", *said[3:], *words)[0]


def domains_in(path: Path) -> set[str]:
    lines = path.read_text("utf-8").splitlines()
    return {json.loads(line)["domain"] for line in lines if line.startswith("{")}


def test_a_night_leaves_its_lines_in_place_of_the_last(omi: Omi, state: Path) -> None:
    assert _nightly(omi, state, "shop.example") == 0
    assert domains_in(state / "last.jsonl") == {"shop.example"}
    assert not (state / "now.jsonl").exists()


def test_a_night_with_a_domain_that_was_not_checked_is_a_result(
    omi: Omi, state: Path, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", KeyError("old"), bulk.observe))
    assert _nightly(omi, state, "--file", str(names)) == 3
    assert domains_in(state / "last.jsonl") == {"bad.example", "shop.example"}


def test_a_night_that_failed_leaves_the_last_result(
    omi: Omi, state: Path, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some lines were written by then, as when a run is killed."""

    class StumpError(Exception):
        pass

    def emit(_text: str) -> None:
        raise StumpError

    monkeypatch.setattr("omi_core.cli.dns.bulk.emit", emit)
    assert _nightly(omi, state, "--file", str(names)) == 3
    assert (state / "now.jsonl").read_text() != ""
    assert (state / "last.jsonl").read_text() == "earlier\n"


def test_a_night_without_a_network_leaves_the_last_result(
    omi: Omi, state: Path, names: Path
) -> None:
    assert _nightly(omi, state, "--file", str(names), "--timeout", "0.0001") == 3
    assert domains_in(state / "now.jsonl") == {"bad.example", "shop.example"}
    assert (state / "last.jsonl").read_text() == "earlier\n"


def test_nothing_but_omi_moves_the_lines() -> None:
    """No exit code tells a whole run with an unseen domain from a fault."""
    assert _unit("ExecStopPost") == _unit("ExecStartPost") == []
    assert _unit("SuccessExitStatus") == ["1"]


def test_lines_are_moved_only_where_they_are_kept(omi: Omi, tmp_path: Path) -> None:
    code, _, err = omi("verify", "shop.example", "--when-done", str(tmp_path / "last"))
    assert code == 2
    assert "--resume" in err
