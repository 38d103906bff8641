"""Two relays of one environment, as fake hosts."""

from pathlib import Path

import pytest

from omi_core.inventory.model import Environment, Relay
from tests.fake.relays import environment, relay


@pytest.fixture
def shared(tmp_path: Path) -> Environment:
    return environment(tmp_path)


@pytest.fixture
def first(shared: Environment) -> Relay:
    return relay(shared, 1)


@pytest.fixture
def second(shared: Environment) -> Relay:
    return relay(shared, 2)
