"""component.sh on real files: what is live is whole, whatever happens on the way.

The same promises on real hosts with real daemons are in tests/lab.
"""

import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import gevent
import pytest

from omi_core.infra.component import (
    ROOT,
    BuiltFile,
    Component,
    ManagedFile,
    observe_script,
    reasons,
)
from tests.sandbox import GROUP, OWNER, Sandbox


class Ours(TypedDict):
    """The only owner that a test without root can give a file."""

    owner: str
    group: str


OURS = Ours(owner=OWNER, group=GROUP)
SERVES = "true"
SERVES_NOT = "echo 'it does not answer'; false"


@pytest.fixture
def host(in_memory: Path) -> Sandbox:
    return patient(in_memory / "host")


def patient(directory: Path) -> Sandbox:
    """A host on which waiting takes no time."""
    sandbox = Sandbox(directory)
    sandbox.program("sleep", "true")
    return sandbox


def definition(
    host: Sandbox,
    version: str,
    extra: str = "",
    *,
    reload: str = "true",
    health: str = SERVES,
) -> Component:
    """A daemon with a secret main file, a map that is built, and one file of this version."""
    names = ("main.cf", *([extra] if extra else []))
    built = host.path("map.db")
    return Component(
        name="demo",
        files=tuple(
            ManagedFile(
                path=host.path(name),
                content=f"{name} of {version}\n".encode() * 3,
                mode=0o600 if name == "main.cf" else 0o644,
                secret=name == "main.cf",
                **OURS,
            )
            for name in names
        ),
        built=(BuiltFile(path=built, **OURS),),
        build=f'cat "$STAGE{host.path("main.cf")}" > "$STAGE{built}"',
        check=f'test -s "$STAGE{built}"',
        reload=reload,
        health=health,
    )


def contents(version: str, extra: str = "") -> dict[str, bytes]:
    """What `definition` puts on the host."""
    names = ("main.cf", *([extra] if extra else []))
    whole = {name: f"{name} of {version}\n".encode() * 3 for name in names}
    return dict(sorted({**whole, "map.db": whole["main.cf"]}.items()))


def settled(host: Sandbox, wanted: Component) -> bool:
    """Whether another run would find nothing to do."""
    return not reasons(wanted, host.look(wanted))


def test_the_first_activation_puts_every_file_and_vouches_for_it(host: Sandbox) -> None:
    wanted = definition(host, "v1", "conf.d/x.conf")
    assert reasons(wanted, host.look(wanted))
    assert host.run(wanted).returncode == 0
    assert settled(host, wanted)
    assert not list(host.root.glob("demo/stage.*"))
    assert host.files() == contents("v1", "conf.d/x.conf")
    assert stat.S_IMODE(Path(host.path("main.cf")).stat().st_mode) == 0o600


def test_a_file_that_the_definition_has_no_more_is_gone(host: Sandbox) -> None:
    host.run(definition(host, "v1", "old.conf"))
    host.run(definition(host, "v2"))
    assert host.files() == contents("v2")


def test_a_dropped_name_is_no_pattern_for_the_names_that_stay(host: Sandbox) -> None:
    host.run(definition(host, "v1", "a.conf"))
    host.run(definition(host, "v2", "aXconf"))
    assert host.files() == contents("v2", "aXconf")


@pytest.mark.parametrize("extra", ["", "new.conf"])
def test_a_daemon_that_does_not_serve_gets_the_previous_files_back(
    host: Sandbox, extra: str
) -> None:
    before = definition(host, "v1", "old.conf")
    host.run(before)
    done = host.run(definition(host, "v2", extra, health=SERVES_NOT))
    assert done.returncode == 1
    assert "it does not answer" in done.stderr
    assert done.stderr.endswith("the previous files are back, and it serves\n")
    assert host.files() == contents("v1", "old.conf")
    assert not reasons(before, host.look(before))


def test_a_failing_reload_brings_the_previous_files_back(host: Sandbox) -> None:
    before = definition(host, "v1")
    host.run(before)
    assert host.run(definition(host, "v2", reload="echo broken >&2; false")).returncode == 1
    assert host.files() == contents("v1")
    assert not reasons(before, host.look(before))


def test_when_the_first_activation_fails_its_files_are_gone_again(host: Sandbox) -> None:
    wanted = definition(host, "v1", health=SERVES_NOT)
    done = host.run(wanted)
    assert done.returncode == 1
    assert "no earlier configuration" in done.stderr
    assert host.files() == {}
    assert host.look(wanted).fingerprint == ""


def test_files_that_stood_before_the_first_activation_come_back(host: Sandbox) -> None:
    main = Path(host.path("main.cf"))
    main.parent.mkdir()
    main.write_text("Debian's own\n")
    main.chmod(0o640)
    (main.parent / "new.conf").symlink_to("elsewhere/dangling")
    host.run(definition(host, "v1", "new.conf", health=SERVES_NOT))
    assert host.files() == {"main.cf": b"Debian's own\n"}
    assert stat.S_IMODE(main.stat().st_mode) == 0o640
    assert str((main.parent / "new.conf").readlink()) == "elsewhere/dangling"


def test_a_relative_symbolic_link_comes_back_as_the_link_it_was(host: Sandbox) -> None:
    target = Path(host.path("packaged"))
    target.parent.mkdir()
    target.write_text("packaged\n")
    Path(host.path("main.cf")).symlink_to("packaged")
    host.run(definition(host, "v1", health=SERVES_NOT))
    assert str(Path(host.path("main.cf")).readlink()) == "packaged"
    assert target.read_text() == "packaged\n"


def test_a_symbolic_link_is_replaced_and_what_it_points_to_stays(host: Sandbox) -> None:
    target = Path(host.path("packaged"))
    target.parent.mkdir()
    target.write_text("packaged\n")
    Path(host.path("main.cf")).symlink_to("packaged")
    wanted = definition(host, "v1")
    host.run(wanted)
    assert not Path(host.path("main.cf")).is_symlink()
    assert target.read_text() == "packaged\n"
    assert settled(host, wanted)


def test_a_later_failure_does_not_bring_back_what_an_earlier_failed_first_run_found(
    host: Sandbox,
) -> None:
    main = Path(host.path("main.cf"))
    main.parent.mkdir()
    main.write_text("Debian's own\n")
    host.run(definition(host, "v1", health=SERVES_NOT))
    main.write_text("written by the administrator since\n")
    host.run(definition(host, "v2", health=SERVES_NOT))
    assert host.files() == {"main.cf": b"written by the administrator since\n"}


def test_a_directory_where_a_file_is_to_stand_is_refused_and_nothing_is_touched(
    host: Sandbox,
) -> None:
    (Path(host.path("main.cf")) / "precious").mkdir(parents=True)
    done = host.run(definition(host, "v1"))
    assert done.returncode == 1
    assert f"{host.path('main.cf')} is a directory" in done.stderr
    assert "nothing live was touched" in done.stderr
    assert host.files() == {}
    assert (Path(host.path("main.cf")) / "precious").is_dir()


def test_an_owner_that_the_host_has_not_is_refused_and_nothing_is_touched(host: Sandbox) -> None:
    before = definition(host, "v1")
    host.run(before)
    wanted = Component(
        name="demo",
        files=(ManagedFile(path=host.path("main.cf"), content=b"x", owner="no-such-user"),),
        check="true",
        reload="true",
        health=SERVES,
    )
    assert host.run(wanted).returncode == 1
    assert host.files() == contents("v1")
    assert not reasons(before, host.look(before))


def test_a_check_that_fails_leaves_the_live_files_untouched(host: Sandbox) -> None:
    before = definition(host, "v1")
    host.run(before)
    wanted = definition(host, "v2")
    with pytest.raises(AssertionError, match="bad parameter"):
        host.stage(
            Component(
                name="demo",
                files=wanted.files,
                check="echo 'main.cf: bad parameter' >&2\nfalse",
                reload="true",
                health=SERVES,
            )
        )
    assert host.files() == contents("v1")
    assert not reasons(before, host.look(before))


def test_the_staged_files_and_what_is_built_of_them_are_readable_by_the_owner_only(
    host: Sandbox,
) -> None:
    host.stage(definition(host, "v1"))
    assert [
        path
        for path in host.root.rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ] == []


def test_a_secret_is_readable_by_nobody_else_from_its_first_byte(host: Sandbox) -> None:
    left = Path(host.path("secret.conf.omi-new"))
    left.parent.mkdir()
    left.write_text("left by a kill\n")
    left.chmod(0o666)
    os.utime(left, (0, 0))
    seen: set[int] = set()
    command = host.stage(secret_of_some_size(host)).get_raw_value()
    running = subprocess.Popen(["sh", "-c", command.replace(ROOT, str(host.root))])
    while running.poll() is None:
        for path in (left, left.with_suffix("")):
            with suppress(FileNotFoundError):
                found = path.stat()
                seen |= {stat.S_IMODE(found.st_mode)} if found.st_mtime else set()
    assert running.returncode == 0
    assert seen == {0o600}


def secret_of_some_size(host: Sandbox) -> Component:
    content = b"secret\n" * 3_000_000
    file = ManagedFile(path=host.path("secret.conf"), content=content, mode=0o600, **OURS)
    return Component(name="demo", files=(file,), check="true", reload="true", health="true")


def test_a_file_edited_by_hand_or_with_another_mode_is_seen_and_put_right(host: Sandbox) -> None:
    wanted = definition(host, "v1")
    host.run(wanted)
    Path(host.path("main.cf")).write_text("edited\n")
    assert reasons(wanted, host.look(wanted)) == (f"{host.path('main.cf')} differs",)
    host.run(wanted)
    Path(host.path("main.cf")).chmod(0o644)
    assert "has mode or owner 644" in reasons(wanted, host.look(wanted))[0]
    host.run(wanted)
    Path(host.path("map.db")).write_text("edited\n")
    assert reasons(wanted, host.look(wanted)) == (f"{host.path('map.db')} is not what was built",)
    host.run(wanted)
    assert settled(host, wanted)
    assert host.files() == contents("v1")


def test_the_way_back_is_gone_to_its_end_when_nobody_listens_any_more(host: Sandbox) -> None:
    host.run(definition(host, "v1"))
    wanted = definition(host, "v2", health=SERVES_NOT, reload="echo talking; echo talking >&2")
    command = host.stage(wanted).get_raw_value().replace(ROOT, str(host.root))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        ["sh", "-c", command],
        stdout=writer,
        stderr=writer,
        check=False,
        env={**os.environ, "PATH": f"{host.programs}:{os.environ['PATH']}"},
    )
    os.close(writer)
    assert done.returncode == 1
    assert host.files() == contents("v1")


def test_what_the_reload_starts_keeps_neither_the_connection_nor_the_lock(host: Sandbox) -> None:
    daemon = f"setsid /bin/sleep 30 & echo $! > {host.directory}/daemon"
    started = time.monotonic()
    try:
        assert host.run(definition(host, "v1", reload=daemon)).returncode == 0
        assert host.run(definition(host, "v2", reload="true")).returncode == 0
    finally:
        os.kill(int((host.directory / "daemon").read_text()), signal.SIGKILL)
    assert time.monotonic() - started < 25


def test_two_operators_at_once_come_one_after_the_other(host: Sandbox) -> None:
    log = host.directory / "log"
    slow = f"echo begin >> {log}; /bin/sleep 0.3; echo end >> {log}"
    first = definition(host, "v1", reload=slow)
    second = definition(host, "v2", reload=slow)
    commands = [host.stage(first), host.stage(second)]
    running = [
        subprocess.Popen(["sh", "-c", one.get_raw_value().replace(ROOT, str(host.root))])
        for one in commands
    ]
    assert [one.wait() for one in running] == [0, 0]
    assert log.read_text().split() == ["begin", "end"] * 2
    assert [settled(host, first), settled(host, second)].count(True) == 1


def test_what_one_operator_stages_meanwhile_is_not_what_the_other_activates(host: Sandbox) -> None:
    checked = host.stage(definition(host, "v1"))
    host.stage(definition(host, "v2"))
    assert host.do(checked).returncode == 0
    assert host.files() == contents("v1")


def test_a_stage_that_a_killed_run_left_is_gone_an_hour_later_and_not_sooner(host: Sandbox) -> None:
    host.stage(definition(host, "v1"))
    (left,) = host.root.glob("demo/stage.*")
    host.stage(definition(host, "v1"))
    assert left.exists()
    os.utime(left, (time.time() - 4000,) * 2)
    host.stage(definition(host, "v1"))
    assert not left.exists()


def test_a_thousand_paths_fit_one_look(host: Sandbox) -> None:
    paths = tuple(f"/etc/{'x' * 40}/{number}" for number in range(1000))
    done = host.shell(observe_script("demo", (*paths, host.path("main.cf"))))
    assert done.returncode == 0


# --- A kill before every step ---------------------------------------------------------------------

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
