"""What `Retry-After` means (RFC 9110 10.2.3): a number of seconds or a date."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_YEAR_S = 31_536_000.0
_LONGEST = 40  # characters; no date is longer


def seconds_of(written: str | None, otherwise: float, now: datetime | None = None) -> float:
    """Return the seconds that it means, a year at most; `otherwise` for nothing and nonsense."""
    text = (written or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _YEAR_S)
    try:
        until = parsedate_to_datetime(text[:_LONGEST])
        zoned = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (zoned - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return otherwise
    return min(max(0.0, seconds), _YEAR_S)
