"""What the relay's own program for updates does, with a Debian that says what a test wants."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from omi_core.render import render

TOOLS = {
    "apt-get": "exit 0",
    "unattended-upgrade": "exit 0",
    "needrestart": "exit 0",
    "systemctl": "exit 0",
    "flock": 'while test "$#" -gt 0; do case $1 in sh|timeout) exec "$@" ;; esac; shift; done',
    # The clock: whoever waits finds that a minute is over.
    "cut": 'cat "$CLOCK"',
    "sleep": 'echo $(($(cat "$CLOCK") + 60)) > "$CLOCK"',
}


@dataclass(frozen=True)
class Host:
    """A directory that stands for the relay, and the commands that its program called."""

    root: Path

    def says(self, tool: str, script: str) -> None:
        path = self.root / "bin" / tool
        path.write_text(f'#!/bin/sh\necho "{tool} $*" >> {self.root}/called\n{script}\n')
        path.chmod(0o755)

    def component(self, name: str, *, health: str, reload: str = "exit 0") -> None:
        live = self.root / "components" / name / "live"
        live.mkdir(parents=True, exist_ok=True)
        (live / "health").write_text(f"{health}\n")
        (live / "reload").write_text(f"{reload}\n")

    def run(self, verb: str = "update", **changes: object) -> tuple[int, str]:
        values: dict[str, object] = {"peers": (), "reboot": True, "oldest_days": 8, **changes}
        paths = {"rebooted": self.root / "rebooted", "updated": self.root / "updated"}
        script = render("host/updates.sh", seconds=1200, **paths, **values).decode()
        script = script.replace("/var/lib/omi/components", f"{self.root}/components")
        script = script.replace("/run/", f"{self.root}/")
        file = self.root / "updates"
        file.write_text(script)
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", str(file), verb],
            env={"PATH": path, "CLOCK": f"{self.root}/clock"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    @property
    def called(self) -> list[str]:
        file = self.root / "called"
        lines = file.read_text().splitlines() if file.exists() else []
        quiet = ("cut ", "sleep ", "flock ", "needrestart ")
        return [line for line in lines if not line.startswith(quiet)]


UPDATED = ["apt-get -q -o DPkg::Lock::Timeout=300 update", "unattended-upgrade "]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    (tmp_path / "bin").mkdir()
    (tmp_path / "clock").write_text("5\n")
    made = Host(tmp_path)
    for tool, script in TOOLS.items():
        made.says(tool, script)
    made.component("postfix", health="exit 0")
    return made


def outdated(*units: str, kernel: int = 1) -> str:
    lines = "".join(f"NEEDRESTART-SVC: {unit}\\n" for unit in units)
    return f"printf 'NEEDRESTART-KSTA: {kernel}\\n{lines}'"


def test_what_runs_on_software_that_is_gone_is_restarted_after_the_update(host: Host) -> None:
    host.says("needrestart", outdated("dovecot.service", "postfix@-.service", "systemd-manager"))
    code, _ = host.run()
    assert code == 0
    restarts = ["systemctl restart dovecot.service", "systemctl restart postfix@-.service"]
    assert host.called == [*UPDATED, *restarts, "systemctl daemon-reexec"]
    assert (host.root / "updated").exists()


def test_a_relay_that_does_not_serve_is_not_updated(host: Host) -> None:
    host.component("dovecot", health="exit 1")
    code, said = host.run()
    assert code == 1
    assert "<3>dovecot does not serve, so nothing is updated" in said
    assert host.called == []


def test_no_relay_is_updated_while_another_one_is_away(host: Host) -> None:
    code, said = host.run(peers=[("smtp2.example", ["127.0.0.1"])])
    assert code == 1
    assert "<3>smtp2.example does not serve on port 587" in said
    assert host.called == []


def test_a_daemon_that_an_update_broke_is_told_to_serve_as_by_a_deploy(host: Host) -> None:
    broken = host.root / "broken"
    host.says("unattended-upgrade", f"touch {broken}")
    host.component("rspamd", health=f"! test -e {broken}", reload=f"rm {broken}")
    code, said = host.run()
    assert code == 0
    assert "<5>rspamd does not serve after the update" in said


def test_an_update_that_leaves_a_daemon_broken_fails_and_does_not_reboot(host: Host) -> None:
    broken = host.root / "broken"
    host.says("unattended-upgrade", f"touch {broken} {host.root}/reboot-required")
    host.component("rspamd", health=f"! test -e {broken}")
    code, said = host.run()
    assert code == 1
    assert "<3>rspamd does not serve after the update" in said
    assert "systemctl reboot" not in host.called
    assert not (host.root / "updated").exists()


def test_a_failed_update_is_still_followed_by_the_question(host: Host) -> None:
    broken = host.root / "broken"
    host.says("unattended-upgrade", f"touch {broken}; exit 1")
    host.component("rspamd", health=f"! test -e {broken}", reload=f"rm {broken}")
    code, said = host.run()
    assert code == 1
    assert "<3>unattended-upgrade failed" in said
    assert not broken.exists()


@pytest.mark.parametrize("kernel", [2, 3])
def test_a_new_kernel_is_booted_where_the_inventory_allows_it(host: Host, kernel: int) -> None:
    host.says("needrestart", outdated(kernel=kernel))
    code, _ = host.run()
    assert code == 0
    assert host.called == [*UPDATED, "systemctl reboot"]
    assert (host.root / "rebooted").exists()


def test_a_reboot_that_is_left_to_the_operator_is_said(host: Host) -> None:
    host.says("needrestart", outdated(kernel=3))
    code, said = host.run(reboot=False)
    assert (code, host.called) == (0, UPDATED)
    assert "<5>an update needs a reboot, which the inventory leaves to you" in said


def test_what_the_system_hangs_on_is_not_restarted_beneath_it_but_rebooted(host: Host) -> None:
    host.says("needrestart", outdated("dbus.service", "systemd-logind.service", "user@0.service"))
    code, _ = host.run()
    assert code == 0
    assert host.called == [*UPDATED, "systemctl reboot"]


def test_nothing_is_begun_when_the_time_of_the_relay_is_over(host: Host) -> None:
    host.says("needrestart", outdated("dovecot.service", kernel=3))
    host.says("unattended-upgrade", 'echo 1205 > "$CLOCK"')
    code, said = host.run()
    assert code == 1
    assert "the time of this relay is over; the restart of dovecot.service waits" in said
    assert host.called == UPDATED


def test_after_the_reboot_every_daemon_is_asked(host: Host) -> None:
    (host.root / "rebooted").touch()
    assert host.run("rebooted") == (0, "<5>every daemon serves after the reboot\n")
    assert not (host.root / "rebooted").exists()
    host.component("dovecot", health="exit 1")
    code, said = host.run("rebooted")
    assert code == 1
    assert "<3>dovecot does not serve after the reboot" in said


def test_what_waits_is_said_and_is_a_finding(host: Host) -> None:
    host.says("systemctl", "exit 1")
    assert host.run("waiting") == (0, "")
    host.says("needrestart", outdated("dovecot.service", kernel=3))
    host.says("systemctl", "exit 0")
    code, said = host.run("waiting")
    assert code == 1
    assert said.splitlines() == [
        "dovecot.service runs on software that is gone",
        "an update needs a reboot",
        "the last update failed; journalctl -u omi-updates -u omi-updated",
    ]
