"""Whoever wrote an inventory or a tool against the old layout learns where things are now."""

import re
from importlib import import_module

import pytest

from omi_core.moved import MOVED


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("omi_core.infra.inventory", "omi_core.infra is now omi_core.inventory for inventories"),
        ("omi_core.checks.finding", "omi_core.checks is now omi_core.probe, and omi_core.findings"),
        ("omi_core.settings", "omi_core.settings is now omi_core.inventory.model"),
    ],
)
def test_an_old_path_answers_with_the_new_one(path: str, sentence: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"^{re.escape(sentence)}"):
        import_module(path)


def test_every_new_path_is_there() -> None:
    for sentence in MOVED.values():
        for new in re.findall(r"omi_core[\w.]+", sentence):
            assert import_module(new)


def test_what_never_was_is_said_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named"):
        import_module("omi_core.nothing")
