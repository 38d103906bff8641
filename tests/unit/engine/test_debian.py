"""Packages come in while nothing may start, and whatever was interrupted is repaired."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.engine.debian import (
    FETCHED,
    GUARD,
    LOCK,
    MARK,
    Packages,
    PackageState,
    install_script,
)
from tests.sandbox import Done, Sandbox

OUTPUT = [
    "release debian 12.11",
    "installed postfix",
    "installed libc6",
    "half-installed dovecot-core",
    "not-installed rspamd",
    "installed time-daemon systemd-timesyncd time-daemon",
    "guarded",
]


def test_the_state_of_packages_is_read_from_one_look() -> None:
    assert Packages().process(OUTPUT) == PackageState(
        release="12",
        installed=frozenset({"postfix", "libc6"}),
        has_time_daemon=True,
        guarded=True,
    )


@pytest.mark.parametrize(
    ("output", "release"),
    [
        (["release debian 13"], "13"),
        (["release debian "], ""),  # testing and unstable have no number
        (["release ubuntu 24.04"], ""),
        (["", "Welcome to smtp", "release debian 13", "release notes"], "13"),
        ([], ""),
    ],
)
def test_a_release_that_is_none_of_debians_is_none(output: list[str], release: str) -> None:
    assert Packages().process(output).release == release


@given(st.lists(st.text(max_size=30)))
def test_any_output_is_read_without_a_crash(output: list[str]) -> None:
    Packages().process(output)


class Machine:
    """The script's programs are little fakes that write down what they are asked."""

    def __init__(self, directory: Path) -> None:
        self.sandbox = Sandbox(directory)
        self.guard = directory / "policy-rc.d"
        self.log = directory / "log"
        self.log.write_text("")
        seen = f'test ! -x {self.guard} || {self.guard} || echo "guard says $?" >> {self.log}'
        for name in ("apt-get", "dpkg"):
            failing = f'test ! -e {directory}/fail-"$verb" || exit 100'
            verb = "for verb; do case $verb in check|update|install|-a) break;; esac; done"
            said = f'echo "{name} $verb" >> {self.log}'
            self.sandbox.program(name, f"{verb}\n{said}\n{seen}\n{failing}")
        self.sandbox.program("debconf-set-selections", f"sed 's/^/answer /' >> {self.log}")

    def script(self, *packages: str, preseed: tuple[str, ...] = ()) -> str:
        directory = self.sandbox.directory
        script = install_script(packages, preseed).replace(FETCHED, str(directory / "fetched"))
        return script.replace(GUARD, str(self.guard)).replace(LOCK, str(directory / "lock"))

    def run(self, *packages: str, preseed: tuple[str, ...] = ()) -> Done:
        return self.sandbox.shell(self.script(*packages, preseed=preseed))

    def fail(self, verb: str) -> None:
        (self.sandbox.directory / f"fail-{verb}").touch()

    def did(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.strip(" answer")]


@pytest.fixture
def machine(in_memory: Path) -> Machine:
    return Machine(in_memory / "machine")


def test_nothing_may_start_while_packages_come_in_and_everything_may_afterwards(
    machine: Machine,
) -> None:
    assert machine.run("postfix").returncode == 0
    assert machine.did() == [
        "apt-get check",
        "guard says 101",
        "apt-get update",
        "guard says 101",
        "apt-get install",
        "guard says 101",
    ]
    assert not machine.guard.exists()


def test_what_dpkg_left_undone_is_done_first(machine: Machine) -> None:
    machine.fail("check")
    assert machine.run("postfix").returncode == 0
    assert [line for line in machine.did() if "guard" not in line][:2] == [
        "apt-get check",
        "dpkg -a",
    ]


@pytest.mark.parametrize("verb", ["update", "install"])
def test_when_it_fails_the_guard_is_gone_and_so_is_the_run(machine: Machine, verb: str) -> None:
    machine.fail(verb)
    assert machine.run("postfix").returncode != 0
    assert not machine.guard.exists()


def test_the_lists_are_fetched_again_after_an_hour_and_not_sooner(machine: Machine) -> None:
    for _ in range(2):
        machine.run("postfix")
    assert machine.did().count("apt-get update") == 1
    os.utime(machine.sandbox.directory / "fetched", (time.time() - 3700,) * 2)
    machine.run("postfix")
    assert machine.did().count("apt-get update") == 2


def test_lists_that_could_not_be_fetched_are_fetched_next_time(machine: Machine) -> None:
    machine.fail("update")
    machine.run("postfix")
    machine.run("postfix")
    assert machine.did().count("apt-get update") == 2


def test_answers_are_given_before_a_package_asks(machine: Machine) -> None:
    answer = "postfix postfix/main_mailer_type select No configuration"
    machine.run("postfix", preseed=(answer,))
    assert machine.did().index(f"answer {answer}") < machine.did().index("apt-get install")


def test_a_guard_that_a_killed_run_left_is_taken_away_and_nothing_is_fetched(
    machine: Machine,
) -> None:
    machine.guard.write_text(f"#!/bin/sh\n# {MARK}\nexit 101\n")
    machine.guard.chmod(0o755)
    assert machine.run().returncode == 0
    assert machine.did() == ["apt-get check", "guard says 101"]
    assert not machine.guard.exists()


def test_a_guard_that_an_administrator_made_stays_as_it_is(machine: Machine) -> None:
    machine.guard.write_text("#!/bin/sh\nexit 104\n")
    machine.guard.chmod(0o700)
    assert machine.run("postfix").returncode == 0
    assert machine.guard.read_text() == "#!/bin/sh\nexit 104\n"
    assert machine.guard.stat().st_mode & 0o777 == 0o700


def test_two_runs_at_once_do_not_take_each_others_guard_away(machine: Machine) -> None:
    machine.sandbox.program(
        "apt-get", f"echo begin >> {machine.log}; sleep 0.1; echo end >> {machine.log}"
    )
    path = f"{machine.sandbox.programs}:{os.environ['PATH']}"
    running = [
        subprocess.Popen(["sh", "-c", machine.script("postfix")], env={**os.environ, "PATH": path})
        for _ in range(2)
    ]
    assert [one.wait() for one in running] == [0, 0]
    did = [line for line in machine.did() if line in ("begin", "end")]
    assert did == ["begin", "end"] * (len(did) // 2)
    assert not machine.guard.exists()


@pytest.mark.parametrize("step", range(1, 8))
def test_killed_before_any_step_the_guard_is_whole_or_absent_and_gone_after_the_next_run(
    machine: Machine, step: int
) -> None:
    trap = machine.sandbox.directory / "kill.sh"
    count = machine.sandbox.directory / "count"
    count.write_text("0\n")
    trap.write_text(f"""set -T
trap '
case $BASH_COMMAND in
    printf*|chmod*|mv*|apt-get*|touch*|debconf*)
        read -r _done < {count}
        echo $((_done + 1)) > {count}
        if test $((_done + 1)) -ge {step}; then kill -9 0; fi
        ;;
esac
' DEBUG
""")
    machine.sandbox.environment = {"BASH_ENV": str(trap)}
    done = machine.sandbox.shell(machine.script("postfix"), shell="bash")
    machine.sandbox.environment = {}
    assert done.returncode == -signal.SIGKILL
    assert not machine.guard.exists() or MARK in machine.guard.read_text()
    assert machine.run("postfix").returncode == 0
    assert not machine.guard.exists()


def test_a_name_reaches_the_shell_quoted() -> None:
    assert "'a; reboot'" in install_script(("a; reboot",))
