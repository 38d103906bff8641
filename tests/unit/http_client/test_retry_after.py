from datetime import UTC, datetime

import pytest

from omi_core.http_client.retry_after import seconds_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)
YEAR = 31_536_000


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("300", 300),
        (" 0 ", 0),
        ("Tue, 01 Jan 2030 00:05:00 GMT", 300),
        ("Tue, 01 Jan 2030 00:05:00", 300),
        ("Tue, 01 Jan 2019 00:00:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", YEAR),
        ("9" * 5000, YEAR),
        ("Tue, 01 Jan 99999 00:00:00 GMT", 60),
        ("Tue, 01 Jan 999999999999999999999 00:00:00 GMT", 60),
        ("Tue, 01 Jan 2030 00:00:00 +99999999999", 60),
        ("Mon, 01 Jan 0001 00:00:00 +2300", 0),
        ("-5", 60),
        ("1e9", 60),
        ("٣", 60),
        ("soon", 60),
        ("", 60),
        (None, 60),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_year_at_most(
    written: str | None, seconds: float
) -> None:
    assert seconds_of(written, 60, NOW) == seconds
