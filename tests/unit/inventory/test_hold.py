"""How far ahead a mail may be scheduled."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.hold import longest_hold
from omi_core.inventory.parse_dns import parse_rotation
from tests.fake.relays import environment


@pytest.mark.parametrize(
    ("keep_days", "queue_days", "hours"),
    [(7, 5, 72), (32, 5, 72), (4, 5, 48), (32, 32, 720), (2, 5, 0), (0, 5, 0)],
)
def test_keys_and_retries_bound_how_long_a_mail_is_kept(
    tmp_path: Path, keep_days: float, queue_days: float, hours: int
) -> None:
    rotation = parse_rotation("x.py:1", keep_days=keep_days)
    found = replace(environment(tmp_path, queue_days=queue_days), rotation=rotation)
    assert longest_hold(found) == timedelta(hours=hours)


@pytest.mark.parametrize("written", [0, 101, "5", True, float("nan")])
def test_days_that_are_none_are_refused(tmp_path: Path, written: object) -> None:
    with pytest.raises(SettingsError, match="queue_days"):
        environment(tmp_path, queue_days=written)
