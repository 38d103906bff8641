"""A second deploy from bare needs no network, and nothing but packages comes in."""

import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from lab import lifecycle, plan
from lab.site import Site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

INSTALL = (
    "export DEBIAN_FRONTEND=noninteractive; apt-get -q update &&"
    " apt-get -q -y --no-install-recommends install netcat-openbsd"
)


@pytest.fixture
def cut(place: Site) -> Iterator[None]:
    """No network outside, as far as the package cache is concerned."""
    place.offline_mark.touch()
    yield
    place.offline_mark.unlink()


@pytest.fixture
def installed_once(spare: Any) -> Any:
    spare.run(INSTALL, timeout=200)
    return spare


def test_packages_install_again_from_bare_without_network(
    place: Site, installed_once: Any, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("cut")  # only now: the first installation may need the network
    lifecycle.reset(place, [plan.host("smtp3")])
    assert installed_once.attempt("command -v nc").returncode != 0
    shown = installed_once.run(INSTALL, timeout=200)
    assert "Failed to fetch" not in shown
    installed_once.run("command -v nc")


def ask(path: str) -> int:
    connection = http.client.HTTPConnection(plan.PACKAGES, timeout=30)
    connection.request("HEAD", path)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.usefixtures("cut")
def test_without_network_what_is_not_kept_is_said_to_be_out_of_reach() -> None:
    assert ask("/debian/pool/main/n/none/none_1_all.deb") == 504


@pytest.mark.parametrize("path", ["/", "/debian/../etc/passwd", "/other/dists/trixie/InRelease"])
def test_nothing_but_the_archives_is_fetched(path: str) -> None:
    assert ask(path) == 403
