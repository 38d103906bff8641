"""A fault of ours: on no screen, and with its traceback in a file that only its owner reads."""

import logging
from pathlib import Path

import pytest

from omi_core.findings import contained as containment
from omi_core.onboarding import bulk
from tests.unit.onboarding.test_commands import Omi
from tests.unit.onboarding.test_contained import failing_at


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("bad.example\nshop.example\n")
    return path


def test_the_traceback_is_logged_and_not_printed(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("shop.example", KeyError("old"), bulk.observe))
    _, out, err = omi("verify", "shop.example")
    assert "Traceback" not in out + err
    [record] = [each for each in caplog.records if each.name.startswith("omi_core")]
    assert "shop.example was not checked: KeyError" in record.getMessage()
    assert "bulk.py" in record.getMessage()


def test_the_traceback_is_in_a_file_that_only_its_owner_reads(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("shop.example", KeyError("old"), bulk.observe))
    log = tmp_path / "state/faults.log"
    monkeypatch.setenv("OMI_LOG", str(log))
    for _ in range(2):
        _, out, err = omi("verify", "shop.example")
        assert (err, "Traceback" in out) == ("", False)
    text = log.read_text("utf-8")
    assert text.count("shop.example was not checked: KeyError: 'old'") == 2
    assert "bulk.py" in text
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("log", ["/dev/full", "/dev/null/x/faults.log", "/", ""])
def test_a_log_that_cannot_be_written_costs_no_result(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, names: Path, log: str
) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", KeyError("old"), bulk.observe))
    monkeypatch.setenv("OMI_LOG", log)
    code, out, err = omi("verify", "--file", str(names), "--json-lines")
    assert (code, err, len(out.splitlines())) == (3, "", 2)


def test_the_log_is_in_the_users_state_directory_and_does_not_grow_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OMI_LOG")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    log = tmp_path / "omi/faults.log"
    assert containment.log_path() == log
    for _ in range(6_000):
        containment.not_checked("shop.example", KeyError("x" * 300))
    sizes = [path.stat().st_size for path in log.parent.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) < 2**20 + 1000


def test_a_fault_that_ends_a_command_is_in_the_log_without_what_it_says(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An error's words may repeat what was given, a password included."""

    words = "sécret words".replace("é", "e")

    def fails(*_: object) -> None:
        raise ZeroDivisionError(words)

    monkeypatch.setenv("OMI_LOG", str(tmp_path / "log"))
    monkeypatch.setattr("omi_core.onboarding.target.relays_in", fails)
    assert omi("verify", "shop.example")[0] == 3
    text = (tmp_path / "log").read_text("utf-8")
    assert "omi dns verify was not checked: ZeroDivisionError" in text
    assert "in relays_in" not in text
    assert "target.py" in text
    assert "secret words" not in text


def test_the_logger_prints_nothing_by_itself() -> None:
    """Without any handler, logging would print warnings to stderr (logging.lastResort)."""
    logger = logging.getLogger("omi_core.contained")
    assert [type(each) for each in logger.handlers] == [containment.FaultLog]
