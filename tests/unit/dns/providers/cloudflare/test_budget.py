from datetime import UTC, datetime

import pytest

from omi_core.dns.providers.cloudflare.budget import seconds_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("300", 300),
        (" 0 ", 0),
        ("Tue, 01 Jan 2030 00:05:00 GMT", 300),
        ("Tue, 01 Jan 2019 00:00:00 -0000", 0),
        ("soon", 60),
        ("", 60),
        (None, 60),
    ],
)
def test_retry_after_is_seconds_or_a_date(written: str | None, seconds: float) -> None:
    assert seconds_of(written, NOW) == seconds
