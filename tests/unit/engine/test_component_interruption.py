"""component.sh killed before each of its steps, or out of room at each write: nothing is torn."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from omi_core.engine.component import Component
from tests.sandbox import Sandbox
from tests.unit.engine.component_demo import SERVES_NOT, contents, definition, patient

# Bash runs this before each simple command. Only those that change something on disk are counted:
# a kill before any other leaves what a kill before the next of these leaves.
KILL = """
set -T
trap '
case $BASH_COMMAND in
    cp*|mv*|rm*|ln*|mkdir*|touch*|install*|sync*|timeout*|find*|*">"*)
        read -r _done < "$KILL_COUNT"
        echo $((_done + 1)) > "$KILL_COUNT"
        if test $((_done + 1)) -ge "$KILL_AT"; then kill -9 0; fi
        ;;
esac
' DEBUG
"""

# Two hosts side by side, each with every second step.
WORKERS = 2


def killed_at(host: Sandbox, wanted: Component, step: int) -> bool:
    """Activate, and kill the whole process group before the `step`-th change; False at the end."""
    counter = host.directory / "kill.count"
    counter.write_text("0\n")
    trap = host.directory / "kill.sh"
    trap.write_text(KILL)
    activate = host.stage_again(wanted)
    host.environment = {"BASH_ENV": str(trap), "KILL_COUNT": str(counter), "KILL_AT": str(step)}
    done = host.shell(activate.get_raw_value().replace(" && sh ", " && exec bash "))
    host.environment = {}
    return done.returncode == -signal.SIGKILL


def at_every_step(
    in_memory: Path,
    begin: Callable[[Sandbox], None],
    one_step: Callable[[Sandbox, int], bool],
    first: int = 1,
) -> None:
    """Call `one_step`, which kills at the step that it is given, until it says False."""

    def work(worker: int) -> int:
        host = patient(in_memory / f"worker-{worker}")
        begin(host)
        for step in range(first + worker, 200, WORKERS):
            if not one_step(host, step):
                return step
        return pytest.fail("the activation never came to its end")

    jobs = [gevent.spawn(work, worker) for worker in range(WORKERS)]
    ends = [job.get() for job in gevent.joinall(jobs, raise_error=True)]
    assert min(ends) > first + 8, "too few steps were counted to prove anything"


def whole(host: Sandbox, *versions: dict[str, bytes]) -> bool:
    """Whether every live file is completely of one of `versions`, and no secret is readable."""
    live = {name: text for name, text in host.files().items() if not name.endswith(".omi-new")}
    return (
        all(text in [version.get(name) for version in versions] for name, text in live.items())
        and all(name in live for name in set.intersection(*map(set, versions)))
        and not any(
            Path(host.path(name)).stat().st_mode & 0o077
            for name, text in live.items()
            if text.startswith(b"main.cf of") and name == "main.cf"
        )
    )


# Correctness, not speed: another program may have the machine for itself.
pytestmark = pytest.mark.timeout(600)

V1, V2 = ("v1", "old.conf"), ("v2", "new.conf")


def put_v1(host: Sandbox) -> None:
    host.run_again(definition(host, *V1))


@pytest.mark.slow
def test_killed_before_any_step_every_file_is_whole_and_the_next_run_ends_well(
    in_memory: Path,
) -> None:
    now: dict[Path, tuple[str, str]] = {}

    def one_step(host: Sandbox, step: int) -> bool:
        old = now.get(host.directory, V1)
        new = V1 if old == V2 else V2
        killed = killed_at(host, definition(host, *new), step)
        assert whole(host, contents(*old), contents(*new)), step
        assert host.run_again(definition(host, *new)).returncode == 0, step
        assert host.vouches_for(definition(host, *new)), step
        assert host.files() == contents(*new), step
        now[host.directory] = new
        return killed

    at_every_step(in_memory, put_v1, one_step)


@pytest.mark.slow
def test_killed_before_any_step_a_run_that_fails_next_goes_back_to_what_served(
    in_memory: Path,
) -> None:
    def one_step(host: Sandbox, step: int) -> bool:
        killed = killed_at(host, definition(host, *V2), step)
        # Vouched for already: only clearing up was left to do.
        served = V2 if host.vouches_for(definition(host, *V2)) else V1
        fails = definition(host, "v3", "third.conf", health=SERVES_NOT)
        assert host.run_again(fails).returncode == 1
        assert host.files() == contents(*served), step
        assert host.vouches_for(definition(host, *served)), step
        if served == V2:
            put_v1(host)
        return killed

    at_every_step(in_memory, put_v1, one_step)


@pytest.mark.slow
def test_killed_before_any_step_of_the_way_back_every_file_is_whole_and_the_way_is_still_open(
    in_memory: Path,
) -> None:
    def one_step(host: Sandbox, step: int) -> bool:
        killed = killed_at(host, definition(host, *V2, health=SERVES_NOT), step)
        assert whole(host, contents(*V1), contents(*V2)), step
        assert host.run_again(definition(host, "v3", health=SERVES_NOT)).returncode == 1
        assert host.files() == contents(*V1), step
        assert host.vouches_for(definition(host, *V1)), step
        return killed

    at_every_step(in_memory, put_v1, one_step, first=20)


@pytest.mark.slow
def test_killed_before_any_step_of_a_first_activation_what_stood_there_still_comes_back(
    in_memory: Path,
) -> None:
    found = {"main.cf": b"Debian's main.cf\n", "other.conf": b"Debian's other.conf\n"}

    def begin(host: Sandbox) -> None:
        Path(host.path("")).mkdir()
        for name, content in found.items():
            Path(host.path(name)).write_bytes(content)

    def one_step(host: Sandbox, step: int) -> bool:
        wanted = definition(host, "v1", "new.conf")
        killed = killed_at(host, wanted, step)
        assert whole(host, found, contents("v1", "new.conf")), step
        if host.vouches_for(wanted):  # only clearing up was left to do
            return False
        fails = definition(host, "v2", "other.conf", health=SERVES_NOT)
        assert host.run_again(fails).returncode == 1
        assert host.files() == found, step
        return killed

    at_every_step(in_memory, begin, one_step)


@pytest.mark.slow
def test_a_file_that_only_a_killed_run_put_there_is_gone_after_the_next(in_memory: Path) -> None:
    def one_step(host: Sandbox, step: int) -> bool:
        killed = killed_at(host, definition(host, *V2), step)
        assert host.run_again(definition(host, "v1")).returncode == 0, step
        assert host.files() == contents("v1"), step
        return killed

    at_every_step(in_memory, lambda _host: None, one_step, first=13)


# --- A full disk ----------------------------------------------------------------------------------

# The N-th call of one of these fails, as on a full disk.
FULL = """read -r done < {count}
echo $((done + 1)) > {count}
if test $((done + 1)) -eq "${{FULL_AT:-0}}"; then
    echo '{name}: No space left on device' >&2
    exit 1
fi
exec {real} "$@"
"""
WRITERS = ("cp", "mkdir", "install", "touch", "cat", "mv", "sync")


@pytest.mark.slow
def test_a_disk_full_at_any_write_leaves_a_whole_configuration_and_the_next_run_ends_well(
    in_memory: Path,
) -> None:
    def begin(host: Sandbox) -> None:
        for name in WRITERS:
            real = shutil.which(name)
            (host.directory / "count").write_text("0\n")
            host.program(name, FULL.format(count=host.directory / "count", name=name, real=real))
        put_v1(host)

    def one_step(host: Sandbox, call: int) -> bool:
        activate = host.stage_again(definition(host, *V2))
        (host.directory / "count").write_text("0\n")
        host.environment = {"FULL_AT": str(call)}
        done = host.do(activate)
        host.environment = {}
        used = int((host.directory / "count").read_text())
        served = V2 if done.returncode == 0 else V1
        if "that could not be written down" not in done.stderr:
            assert host.vouches_for(definition(host, *served)), (call, done.stderr)
            assert host.files() == contents(*served), (call, done.stderr)
        assert whole(host, contents(*V1), contents(*V2)), call
        put_v1(host)
        assert host.files() == contents(*V1), call
        return used >= call

    at_every_step(in_memory, begin, one_step)
