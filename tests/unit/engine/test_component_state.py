"""One look at a host: the shell that looks, run on a directory, and what is read from it."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.engine.component_state import (
    ROOT,
    ComponentState,
    FileState,
    ObservedComponent,
    fact_queries,
    observe_script,
    parse_state,
    reasons,
)
from omi_core.engine.converge import ensure, steps
from omi_core.engine.difference import unified
from tests.sandbox import GROUP, OWNER
from tests.unit.engine.test_component import DEMO, MAIN, OUTPUT, SETTLED, USERS, on_host, staged
from tests.unit.engine.test_difference import place

FINGERPRINT, BUILT = "f" * 64, "b" * 64


def look(root: Path, *paths: Path) -> ComponentState:
    """What the script that is made for a relay sees in a directory."""
    script = observe_script("demo", tuple(map(str, paths))).replace(ROOT, str(root))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return parse_state(done.stdout.splitlines())


def state_of(file: Path) -> FileState:
    mode, digest = file.stat().st_mode & 0o7777, hashlib.sha256(file.read_bytes()).hexdigest()
    return FileState(mode=mode, owner=OWNER, group=GROUP, digest=digest)


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """An activation of two files."""
    directory = tmp_path / "demo/live"
    directory.mkdir(parents=True)
    one, two = tmp_path / "one.cf", tmp_path / "two words.cf"
    one.write_text("relay = yes\n")
    two.write_text("")
    one.chmod(0o640)
    (directory / "fingerprint").write_text(FINGERPRINT + "\n")
    (directory / "health").write_text("exit 0\n")
    (directory / "built").write_text(f"{BUILT}  {one}\n")
    (directory / "manifest").write_text(
        f"file 640 root root {one}\nbuilt 644 root root {tmp_path / 'gone'}\n"
    )
    return directory


def test_without_paths_it_looks_at_what_was_activated_last(tmp_path: Path, live: Path) -> None:
    one = tmp_path / "one.cf"
    assert look(tmp_path) == ComponentState(
        activated=True,
        fingerprint=FINGERPRINT,
        healthy=True,
        built={str(one): BUILT},
        files={str(one): state_of(one)},
    )
    (live / "manifest").unlink()
    assert look(tmp_path).files == {}


def test_with_paths_it_looks_at_those_which_are_there(tmp_path: Path, live: Path) -> None:
    one, other = tmp_path / "one.cf", tmp_path / "$(touch x)"
    other.write_text("x")
    seen = look(tmp_path, one, tmp_path / "absent", tmp_path)
    assert seen.files == {str(one): state_of(one)}
    look(tmp_path, other)
    assert not (live / "x").exists()
    assert not Path("x").exists()


@pytest.mark.parametrize("health", ["exit 1\n", "cat; exit 1\n", None])
def test_a_daemon_that_does_not_answer_for_itself_is_not_healthy(
    tmp_path: Path, live: Path, health: str | None
) -> None:
    (live / "health").unlink() if health is None else (live / "health").write_text(health)
    assert not look(tmp_path).healthy


def test_what_health_says_and_reads_is_nobodys_business(tmp_path: Path, live: Path) -> None:
    (live / "health").write_text("echo fingerprint 0; echo oops >&2; ! read -r x\n")
    seen = look(tmp_path)
    assert (seen.fingerprint, seen.healthy) == (FINGERPRINT, True)


def test_an_activation_that_did_not_finish_has_no_fingerprint(tmp_path: Path, live: Path) -> None:
    for name in ("fingerprint", "built"):
        (live / name).unlink()
    seen = look(tmp_path)
    assert (seen.fingerprint, seen.built, seen.healthy) == ("", {}, True)
    assert seen.activated


def test_where_nothing_was_activated_there_is_nothing(tmp_path: Path) -> None:
    assert look(tmp_path) == ComponentState(fingerprint="", healthy=False, built={}, files={})


def test_health_has_twenty_seconds() -> None:
    assert "timeout 20 sh ./health" in observe_script("demo")


def test_the_fact_asks_by_the_script_and_reads_what_it_says() -> None:
    fact = ObservedComponent()
    for paths in ((), ("/etc/demo/main.cf",)):
        assert fact.command("demo", paths).get_raw_value() == observe_script("demo", paths)
    assert fact.process(OUTPUT) == SETTLED
    assert ObservedComponent.default() == look(Path("/nowhere"))


def test_components_are_asked_for_by_their_names() -> None:
    queries = fact_queries("one", "two")
    assert [each.fact for each in queries] == [ObservedComponent, ObservedComponent]
    assert [each.command for each in queries] == [observe_script("one"), observe_script("two")]


def test_what_did_not_finish_is_said_whole() -> None:
    assert reasons(DEMO, replace(SETTLED, fingerprint="")) == (
        "the last activation did not finish, or ran with another definition",
    )
    assert reasons(DEMO, replace(SETTLED, healthy=False)) == ("demo does not serve",)
    both = replace(SETTLED, fingerprint="", healthy=False)
    assert len(reasons(DEMO, both)) == 1


def test_a_look_without_a_fingerprint_has_an_empty_one() -> None:
    assert parse_state([]).fingerprint == ""


@pytest.mark.parametrize("content", [b"\xff\n", b"caf\xe9\n"])
def test_a_file_that_is_no_utf_8_is_shown_all_the_same(content: bytes) -> None:
    for file, before in ((MAIN, content), (replace(MAIN, content=content), b"")):
        lines = list(unified(file, before))
        assert [line for line in lines[3:] if r"\x" in line]


def test_what_is_sent_says_its_fingerprint_where_it_is_looked_for() -> None:
    assert "fingerprint" in staged(DEMO)
    assert len(steps(DEMO)) == 3


# --- As an operation does it: what the host says decides


def settled_except(**changed: str) -> list[str]:
    return [changed.get(line.split()[0], line) for line in OUTPUT]


def test_a_host_that_is_as_wanted_is_looked_at_and_left_alone() -> None:
    with place(diff=False, says=OUTPUT) as made:
        assert list(ensure(DEMO)) == []
    assert made.logged == ["demo is up to date"]
    [asked] = [one for one in made.asked if "fingerprint" in one]
    paths = (*(one.path for one in DEMO.built), MAIN.path, USERS.path)
    assert asked.endswith(observe_script("demo", paths)) or observe_script("demo", paths) in asked


def test_a_host_that_is_not_is_changed_and_told_why() -> None:
    with place(diff=True, says=settled_except(healthy="unwell")) as made:
        assert len(list(ensure(DEMO))) == 3
    assert made.logged == ["demo: demo does not serve"]


def test_what_differs_is_shown_of_what_was_seen() -> None:
    said = [line for line in OUTPUT if "users" not in line]
    with place(diff=True, says=said) as made:
        list(ensure(DEMO))
    assert made.logged == [
        "demo: /etc/demo/users is missing",
        "/etc/demo/users changes; it holds secrets and is not shown",
    ]
    assert on_host(USERS).mode == 0o640
