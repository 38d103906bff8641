"""Fixtures of the relay's tests: both relays deployed once a session, repaired where damaged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import Site
from tests.lab.relay_run import Control, shell


@pytest.fixture(scope="session")
def control(place: Site) -> Control:
    """This checkout, from which both relays have been deployed."""
    checkout = Control(place, place.checkout)
    checkout.deploy()
    return checkout


@pytest.fixture
def copied(control: Control, tmp_path: Path) -> Iterator[Control]:
    """A copy of the checkout to break; afterwards the relays are as the checkout says."""
    yield control.copy(tmp_path / "checkout")
    control.deploy()


@pytest.fixture
def damaged(control: Control) -> Iterator[Control]:
    """For tests that change a relay's state by hand; afterwards it is repaired."""
    control.history.clear()
    yield control
    if not control.is_settled:
        control.deploy()


@pytest.fixture(scope="module")
def restored(control: Control) -> Iterator[Control]:
    """This checkout; afterwards the relays have the certificates that it deploys."""
    yield control
    control.deploy()


@pytest.fixture
def emptied(control: Control) -> Iterator[Site]:
    """The lab; afterwards nothing waits in a queue."""
    yield control.site
    for relay in ("smtp", "smtp2"):
        shell(control.site, relay, "postsuper -d ALL 2>&1")
