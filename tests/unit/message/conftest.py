from datetime import datetime, tzinfo

import pytest

from omi_core.message import platform_zone


@pytest.fixture
def zone() -> tzinfo:
    return platform_zone()


@pytest.fixture
def now(zone: tzinfo) -> datetime:
    return datetime(2026, 11, 23, 15, 30, tzinfo=zone)
