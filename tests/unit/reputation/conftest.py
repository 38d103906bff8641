"""A world in which everything is right, and `omi reputation` in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omi_core.cli.__main__ import run
from tests.unit.onboarding.conftest import INVENTORY
from tests.unit.reputation.world import World, world

Omi = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def made() -> Iterator[World]:
    """The server, started once."""
    with world() as one:
        yield one


@pytest.fixture
def there(made: World) -> World:
    """The world, in which everything is right."""
    made.reset()
    made.server.asked.clear()
    return made


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    customers = tmp_path / "customers"
    customers.mkdir()
    (customers / "shop.toml").write_text('name = "Shop"\ndomains = ["shop.example"]\n')
    path = tmp_path / "inventory.py"
    path.write_text(INVENTORY.format(customers=str(customers)))
    return path


@pytest.fixture
def omi(
    there: World,
    inventory: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Omi:
    """Run `omi reputation` in this process, in the world."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OMI_INVENTORY", str(inventory))

    def command(*words: str) -> tuple[int, str, str]:
        given = ("--root", f"127.0.0.1:{there.port}", "-4", "--rate", "5000")
        code = run(["reputation", *given, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def checks(omi: Omi) -> Callable[..., dict[tuple[str, str], dict[str, Any]]]:
    """Run it, and return the checks of each address by its address and their id."""

    def asked(*words: str) -> dict[tuple[str, str], dict[str, Any]]:
        _, out, err = omi("--json", *words)
        assert not err
        return {
            (one["address"], each["id"]): each
            for one in json.loads(out)["addresses"]
            for each in one["checks"]
        }

    return asked
