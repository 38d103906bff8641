"""What Received fields that a client sent along tell of it, where the inventory says to hide that.

Each stays as a field, since Postfix ends loops by their count (hopcount_limit), and says when
alone. The field that Postfix itself writes is templates/postfix/header_checks.
"""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from omi_core.message.fields import Field
from omi_core.milter.mail import Draft

_LONGEST_DATE = 100  # octets; with a comment


def without_clients(draft: Draft, host: str, now: datetime) -> Draft:
    """Return the header without the names and addresses in its Received fields (RFC 5322 3.6.7).

    `now` (aware) stands where a field has no date that can be read.
    """

    def trimmed(field: Field) -> Field:
        if field.name.lower() != "received":
            return field
        date = format_datetime(_date(field.value) or now)
        return replace(field, value=f" (trimmed by {host}); {date}".encode())

    return draft.mapped(trimmed)


def _date(value: bytes) -> datetime | None:
    """Return the date behind the last semicolon, in UTC: a zone would tell where the client is."""
    _, mark, written = value.rpartition(b";")
    if not mark or len(written) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(" ".join(written.decode("ascii").split()))
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
