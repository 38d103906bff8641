"""A mail that is handed over is in one queue exactly, whatever is killed, with all its octets."""

import os
import pwd
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omi_core.queue.handover import activated, all_aside, listed, put_aside, sent, staged

SOURCE = "smtp2.relay.example"
ME = pwd.getpwuid(os.geteuid()).pw_name
MAILS = {
    "4jcBq62RKgzrCxZ": ("deferred/5", b"C  1\n\x00\xff octets"),
    "4jcBqJ1cxZzrDBZ": ("hold", b"waits for its time"),
    "4jcBq92gGSzrD2b": ("incoming", b"new"),
    "4jcBq84HDzzrD1c": ("active", b"under way"),
}


def spool(directory: Path, *, is_filled: bool) -> Path:
    for queue in ("incoming", "active", "deferred/5", "hold"):
        (directory / queue).mkdir(parents=True)
    for name, (queue, octets) in MAILS.items() if is_filled else ():
        file = directory / queue / name
        file.write_bytes(octets)
        file.chmod(0o700)
    return directory


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    return spool(tmp_path / "a", is_filled=True), spool(tmp_path / "b", is_filled=False)


def activate(source: Path, target: Path) -> list[str]:
    return list(activated(SOURCE, list(all_aside(source)), target, owner=ME))


def held(directory: Path) -> dict[str, list[bytes]]:
    """What is in the queues, by how it waits."""
    found: dict[str, list[bytes]] = {"hold": [], "incoming": []}
    for queue, name, _ in listed(directory):
        [path] = (directory / queue).rglob(name)
        found["hold" if queue == "hold" else "incoming"].append(path.read_bytes())
    return {queue: sorted(each) for queue, each in found.items()}


WHOLE = {
    "hold": [MAILS["4jcBqJ1cxZzrDBZ"][1]],
    "incoming": sorted(octets for queue, octets in MAILS.values() if queue != "hold"),
}


def test_every_mail_comes_over_as_it_waited(two: tuple[Path, Path]) -> None:
    source, target = two
    names = [name for _, name, _ in listed(source)]
    assert set(names) == set(MAILS)
    lines = list(sent(names, source))
    assert list(staged(SOURCE, lines, target)) == names
    assert held(target) == {"hold": [], "incoming": []}
    assert list(put_aside(names, source)) == names
    both = dict(line.split() for line in activate(source, target))
    assert held(target) == WHOLE
    assert held(source) == {"hold": [], "incoming": []}
    for old, new in both.items():
        assert old.rpartition("z")[0] == new.rpartition("z")[0], "support finds it by its time"
    for queue, _, _ in listed(target):
        assert queue in WHOLE
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in (target / "hold").iterdir())


STEPS = ("stage", "aside", "activate")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, len(MAILS))), max_size=8))
def test_whatever_was_killed_each_mail_is_somewhere_once(
    tmp_path_factory: pytest.TempPathFactory, kills: list[tuple[str, int]]
) -> None:
    """Each run ends in one of its steps after so many mails; the last one comes to its end."""
    directory = tmp_path_factory.mktemp("run")
    source, target = (
        spool(directory / "a", is_filled=True),
        spool(directory / "b", is_filled=False),
    )
    for step, count in [*kills, ("", 0)]:
        activate(source, target)
        names = [name for _, name, _ in listed(source)]
        some = iter(staged(SOURCE, list(sent(names, source)), target))
        if step == "stage":
            _take(some, count)
            continue
        list(some)
        some = iter(put_aside(names, source))
        if step == "aside":
            _take(some, count)
            continue
        list(some)
        some = iter(activated(SOURCE, list(all_aside(source)), target, owner=ME))
        if step == "activate":
            _take(some, count)
            continue
        list(some)
    assert held(source) == {"hold": [], "incoming": []}
    assert held(target) == WHOLE


def _take(some: object, count: int) -> None:
    for _ in range(count):
        next(some, None)  # type: ignore[call-overload]


def test_a_mail_that_was_staged_and_then_delivered_after_all_does_not_go_twice(
    two: tuple[Path, Path],
) -> None:
    """An operator gave the retirement up, and started Postfix again."""
    source, target = two
    names = [name for _, name, _ in listed(source)]
    list(staged(SOURCE, list(sent(names, source)), target))
    for queue, name, _ in list(listed(source)):
        next((source / queue).rglob(name)).unlink()
    assert activate(source, target) == []
    assert held(target) == {"hold": [], "incoming": []}


def test_what_was_never_accepted_is_no_mail(two: tuple[Path, Path]) -> None:
    source, _ = two
    (source / "incoming/4jcBq62RKgzrXXX").write_bytes(b"half")
    (source / "incoming/4jcBq62RKgzrXXX").chmod(0o600)
    assert {name for _, name, _ in listed(source)} == set(MAILS)


@pytest.mark.parametrize(
    "line", ["incoming ../../etc/x QQ==", "incoming 12AB QQ==", "active 4jcBq62RKgzrCxZ QQ=="]
)
def test_no_name_of_a_mail_is_a_path(two: tuple[Path, Path], line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(staged(SOURCE, [line], two[1]))


@pytest.mark.parametrize("source", ["..", "../x", "a/b", "", "A"])
def test_no_name_of_a_relay_is_a_path(two: tuple[Path, Path], source: str) -> None:
    with pytest.raises(ValueError, match=source.replace(".", r"\.") or "^$"):
        list(staged(source, [], two[1]))
