"""The package cache keeps what it fetched, and serves it without the mirror."""

import os
from http import HTTPStatus
from pathlib import Path

import pytest

from lab.mirrors import Mirrors
from lab.package_cache import FRESH, AbsentError, Store

INDEX = "/debian/dists/trixie/InRelease"
PACKAGE = "/debian/pool/main/p/p_1%2b1_amd64.deb"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    tree = tmp_path / "mirror"
    for path in (INDEX, PACKAGE):
        file = tree / path.replace("%2b", "+").removeprefix("/debian/")
        file.parent.mkdir(parents=True)
        file.write_text("first")
    return tree


@pytest.fixture
def store(tmp_path: Path, mirror: Path) -> Store:
    outside = Mirrors(archive=mirror.as_uri(), security=mirror.as_uri())
    return Store(tmp_path / "kept", outside, tmp_path / "offline", is_logged=False)


def age(kept: Path) -> None:
    long_ago = kept.stat().st_mtime - FRESH - 1
    os.utime(kept, (long_ago, long_ago))


def change(mirror: Path, path: str) -> None:
    name = path.replace("%2b", "+").removeprefix("/debian/")
    (mirror / name).write_text("second")


def test_a_package_is_fetched_once(store: Store, mirror: Path) -> None:
    age(store.get(PACKAGE))
    change(mirror, PACKAGE)
    assert store.get(PACKAGE).read_text() == "first"


def test_a_fresh_index_is_kept(store: Store, mirror: Path) -> None:
    store.get(INDEX)
    change(mirror, INDEX)
    assert store.get(INDEX).read_text() == "first"


def test_an_old_index_is_fetched_again(store: Store, mirror: Path) -> None:
    age(store.get(INDEX))
    change(mirror, INDEX)
    assert store.get(INDEX).read_text() == "second"


def test_an_old_index_is_served_when_the_mirror_is_gone(store: Store, mirror: Path) -> None:
    age(store.get(INDEX))
    mirror.rename(mirror.with_name("gone"))
    assert store.get(INDEX).read_text() == "first"


def test_offline_is_like_a_mirror_that_is_gone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "offline").touch()
    with pytest.raises(AbsentError) as caught:
        store.get(INDEX)
    assert caught.value.status is HTTPStatus.GATEWAY_TIMEOUT


@pytest.mark.parametrize(
    "path",
    ["/", "/debian", "/debian/../../etc/passwd", "/elsewhere/x", "//debian/x", "/debian/a b"],
)
def test_only_files_of_the_archives_are_fetched(store: Store, path: str) -> None:
    with pytest.raises(AbsentError) as caught:
        store.get(path)
    assert caught.value.status is HTTPStatus.FORBIDDEN


def test_nothing_half_fetched_is_left(store: Store, mirror: Path, tmp_path: Path) -> None:
    mirror.rename(mirror.with_name("gone"))
    with pytest.raises(AbsentError):
        store.get(PACKAGE)
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
