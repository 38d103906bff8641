"""What is on trial goes back by itself: the part of it that runs on a host, and a timer to ring."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from omi_core.engine.trial.trial import disarm

BEGIN = Path(__file__).parents[3] / "omi_core/engine/trial/trial.sh"
LIVE = "live"


@dataclass(frozen=True)
class Host:
    """A directory for /run/omi-trial, whose systemd-run and systemctl write down what they get."""

    root: Path

    def begin(self, token: str, apply: str) -> subprocess.CompletedProcess[str]:
        """Begin a trial of what `apply` does; what it is about is the file `live`."""
        directory = self.root / f"rules.{token}"
        directory.mkdir()
        live = self.root / LIVE
        scripts = {"keep": f"cp {live} kept", "apply": apply, "back": f"cp kept {live}"}
        for name, script in scripts.items():
            (directory / name).write_text(f"set -eu\n{script}\n")
        (directory / "begin").write_bytes(BEGIN.read_bytes())
        return self.run("sh", f"rules.{token}/begin", "rules", token)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PATIENCE": "60"}
        return subprocess.run(
            words, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def timers(self) -> list[list[str]]:
        """The words of each timer that was armed."""
        return [line.split() for line in (self.root / "armed").read_text().splitlines()]

    def ring(self, at: int) -> subprocess.CompletedProcess[str]:
        """Let a timer go off."""
        words = self.timers()[at]
        return self.run(*words[words.index("/bin/sh") :])

    @property
    def live(self) -> str:
        return (self.root / LIVE).read_text()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    made = Host(tmp_path)
    (tmp_path / "bin").mkdir()
    for name, script in (("systemd-run", f'echo "$@" >> {tmp_path}/armed'), ("systemctl", ":")):
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    (tmp_path / LIVE).write_text("old")
    return made


def set_live(host: Host, word: str) -> str:
    return f"printf {word} > {host.root / LIVE}"


def test_what_was_before_comes_back_when_the_timer_rings(host: Host) -> None:
    assert host.begin("1", set_live(host, "new")).returncode == 0
    assert host.live == "new"
    assert "--on-active=60s" in host.timers()[0]
    assert host.ring(0).returncode == 0
    assert host.live == "old"


def test_the_timer_is_armed_before_anything_is_live(host: Host) -> None:
    assert host.begin("1", f"test -s {host.root}/armed\n{set_live(host, 'new')}").returncode == 0


def test_nothing_is_tried_where_no_timer_can_be_armed(host: Host) -> None:
    (host.root / "bin/systemd-run").write_text("#!/bin/sh\nexit 1\n")
    assert host.begin("1", set_live(host, "new")).returncode != 0
    assert host.live == "old"


def test_what_cannot_be_tried_is_taken_back_at_once(host: Host) -> None:
    ended = host.begin("1", f"{set_live(host, 'half')}\nfalse")
    assert ended.returncode == 1
    assert "it could not be tried; what was before is back" in ended.stderr
    assert host.live == "old"


def test_a_second_trial_goes_back_to_what_was_before_the_first(host: Host) -> None:
    """The first was never confirmed; its timer rings into a trial that is not its own."""
    host.begin("1", set_live(host, "first"))
    host.begin("2", set_live(host, "second"))
    host.ring(0)
    assert host.live == "second"
    host.ring(1)
    assert host.live == "old"


def test_a_timer_that_rings_after_the_trial_was_disarmed_changes_nothing(host: Host) -> None:
    host.begin("1", set_live(host, "new"))
    timer = host.root / "rules/end"
    kept = timer.read_text()
    shell = disarm("rules").replace("/run/omi-trial", str(host.root))
    assert host.run("sh", "-euc", shell).returncode == 0
    assert not timer.exists()
    timer.parent.mkdir()  # what was read before it was deleted runs on
    timer.write_text(kept)
    assert host.run("sh", str(timer), "rules", "1").returncode == 0
    assert host.live == "new"
