"""component.sh on real files: what is live is whole, whatever happens on the way.

The same promises on real hosts with real daemons are in tests/lab.
"""

import os
import signal
import stat
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.component_state import ROOT, observe_script, reasons
from tests.sandbox import Sandbox
from tests.unit.engine.component_demo import (
    OURS,
    SERVES,
    SERVES_NOT,
    contents,
    definition,
    patient,
    settled,
)


@pytest.fixture
def host(in_memory: Path) -> Sandbox:
    return patient(in_memory / "host")


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


def test_a_definition_may_have_no_file_any_more(host: Sandbox) -> None:
    host.run(definition(host, "v1"))
    wanted = replace(definition(host, "v2"), files=(), built=(), build=":", check=":")
    assert host.run(wanted).returncode == 0
    assert settled(host, wanted)
    assert host.files() == {}


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
    is_over = False
    while not is_over:
        is_over = running.poll() is not None  # what there is at the end is seen too
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
    """Or the second run would wait for the daemon's end, which does not come."""
    daemon = f"setsid /bin/sleep infinity & echo $! > {host.directory}/daemon"
    try:
        assert host.run(definition(host, "v1", reload=daemon)).returncode == 0
        assert host.run(definition(host, "v2", reload="true")).returncode == 0
    finally:
        os.kill(int((host.directory / "daemon").read_text()), signal.SIGKILL)


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
