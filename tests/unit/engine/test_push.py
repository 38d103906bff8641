"""New data for a component that is live: nothing else of it changes, and no daemon is reloaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.engine.component_state import data_reasons
from omi_core.engine.push import push_steps
from tests.sandbox import Done, Sandbox
from tests.unit.engine.component_demo import OURS, SERVES_NOT, patient, settled


@pytest.fixture
def host(in_memory: Path) -> Sandbox:
    return patient(in_memory / "host")


def daemon(host: Sandbox, settings: str, users: str, *, health: str = "true") -> Component:
    """A daemon that counts its reloads, with settings, users, and what is built of the users."""
    built = host.path("users.db")
    return Component(
        name="demo",
        files=(
            ManagedFile(path=host.path("users"), content=users.encode(), data=True, **OURS),
            ManagedFile(path=host.path("main.cf"), content=settings.encode(), **OURS),
        ),
        built=(BuiltFile(path=built, data=True, **OURS),),
        build=f'sed "s/^/built of /" "$STAGE{host.path("users")}" > "$STAGE{built}"',
        check=f'! grep -q wrong "$STAGE{host.path("users")}"',
        reload=f"echo . >> {host.directory}/reloads",
        health=health,
    )


def reloads(host: Sandbox) -> int:
    file = host.directory / "reloads"
    return len(file.read_text().splitlines()) if file.exists() else 0


def push(host: Sandbox, wanted: Component) -> Done:
    """Run the commands as pyinfra does: one that fails is the last."""
    for command in push_steps(wanted):
        done = host.do(command)
        if done.returncode:
            break
        host.shorten_waiting(wanted)
    return done


def test_new_data_are_live_without_a_reload_and_a_whole_deploy_finds_nothing_to_do(
    host: Sandbox,
) -> None:
    host.run(daemon(host, "a", "alice\n"))
    wanted = daemon(host, "a", "alice\nbob\n")
    before = reloads(host)
    assert push(host, wanted).returncode == 0
    assert host.files()["users"] == b"alice\nbob\n"
    assert host.files()["users.db"] == b"built of alice\nbuilt of bob\n"
    assert reloads(host) == before
    assert settled(host, wanted)


def test_what_another_deploy_is_to_change_is_left_as_it_is(host: Sandbox) -> None:
    host.run(daemon(host, "old", "alice\n"))
    assert push(host, daemon(host, "new", "bob\n")).returncode == 0
    assert host.files()["main.cf"] == b"old"
    assert host.files()["users"] == b"bob\n"
    assert not settled(host, daemon(host, "new", "bob\n"))
    assert settled(host, daemon(host, "old", "bob\n"))


def test_what_somebody_edited_on_the_host_is_left_as_it_is(host: Sandbox) -> None:
    host.run(daemon(host, "a", "alice\n"))
    Path(host.path("main.cf")).write_text("edited")
    assert push(host, daemon(host, "a", "bob\n")).returncode == 0
    assert (host.files()["main.cf"], host.files()["users"]) == (b"edited", b"bob\n")


def test_data_that_the_check_refuses_are_not_made_live(host: Sandbox) -> None:
    host.run(daemon(host, "a", "alice\n"))
    assert push(host, daemon(host, "a", "wrong\n")).returncode != 0
    assert host.files()["users"] == b"alice\n"


def test_a_daemon_that_does_not_serve_with_new_data_gets_the_previous_back(host: Sandbox) -> None:
    dies_of_bob = f"! grep -q bob {host.path('users')} || {{ {SERVES_NOT}; }}"
    host.run(daemon(host, "a", "alice\n", health=dies_of_bob))
    done = push(host, daemon(host, "a", "bob\n", health=dies_of_bob))
    assert done.returncode != 0
    assert "the previous files are back, and it serves" in done.stderr
    assert host.files()["users"] == b"alice\n"


def test_a_daemon_that_does_not_run_is_started_by_its_reload(host: Sandbox) -> None:
    runs = host.directory / "runs"
    wanted = replace(daemon(host, "a", "alice\n", health=f"test -e {runs}"), reload=f"touch {runs}")
    host.run(wanted)
    runs.unlink()
    bob = daemon(host, "a", "bob\n").files[0]
    assert push(host, replace(wanted, files=(bob, wanted.files[1]))).returncode == 0
    assert runs.exists()


def test_a_deploy_that_came_between_is_not_undone(host: Sandbox) -> None:
    host.run(daemon(host, "old", "alice\n"))
    *staged, activate = push_steps(daemon(host, "old", "bob\n"))
    for command in staged:
        assert host.do(command).returncode == 0
    host.run(daemon(host, "new", "alice\n"))
    done = host.do(activate)
    assert done.returncode != 0
    assert "another run has changed this component meanwhile" in done.stderr
    assert (host.files()["main.cf"], host.files()["users"]) == (b"new", b"alice\n")


def test_of_two_operators_who_push_at_once_each_leaves_whole_data(host: Sandbox) -> None:
    host.run(daemon(host, "a", "alice\n"))
    bobs, carols = (push_steps(daemon(host, "a", f"{name}\n")) for name in ("bob", "carol"))
    for command in (*bobs[:2], *carols[:2], carols[2], bobs[2]):
        assert host.do(command).returncode == 0
    assert settled(host, daemon(host, "a", "bob\n"))


def test_nothing_is_pushed_where_no_activation_was_finished(host: Sandbox) -> None:
    wanted = daemon(host, "a", "alice\n")
    host.run(wanted)
    (host.root / "demo" / "live" / "fingerprint").unlink()
    done = push(host, daemon(host, "a", "bob\n"))
    assert "deploy the relay first" in done.stderr
    assert host.files()["users"] == b"alice\n"


@pytest.mark.parametrize(("settings", "more"), [("a", 0), ("b", 1)])
def test_a_whole_deploy_reloads_for_settings_and_not_for_data(
    host: Sandbox, settings: str, more: int
) -> None:
    host.run(daemon(host, "a", "alice\n"))
    before = reloads(host)
    assert host.run(daemon(host, settings, "bob\n")).returncode == 0
    assert reloads(host) == before + more


def test_a_whole_deploy_reloads_a_daemon_that_may_have_read_what_was_edited(host: Sandbox) -> None:
    host.run(daemon(host, "a", "alice\n"))
    before = reloads(host)
    Path(host.path("main.cf")).write_text("edited")
    host.run(daemon(host, "a", "bob\n"))
    assert reloads(host) == before + 1


def test_only_data_that_differ_are_a_reason_to_push(host: Sandbox) -> None:
    host.run(daemon(host, "a", "alice\n"))
    assert data_reasons(daemon(host, "b", "alice\n"), host.look(daemon(host, "b", ""))) == ()
    [reason] = data_reasons(daemon(host, "b", "bob\n"), host.look(daemon(host, "b", "")))
    assert reason == f"{host.path('users')} differs"
