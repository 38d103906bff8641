"""Times that people read are in the zone in which they live."""

from datetime import UTC, datetime

from omi_core.message.launch_time import told_date, told_time


def test_a_moment_is_told_in_the_platforms_zone_with_its_offset() -> None:
    moment = datetime(2026, 11, 28, 17, 45, 30, tzinfo=UTC)

    assert told_time(moment) == "2026-11-29 01:45+08:00"
    assert told_date(moment) == "2026-11-29"


def test_a_certificate_without_an_end_has_a_time_that_can_be_told() -> None:
    """RFC 5280 4.1.2.5: 99991231235959Z."""
    assert told_time(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)) == "9999-12-31 23:59+00:00"
