"""When a mail in the queue is to leave, and when to be given up: a header of the queue file. Pure.

It is written while the mail is accepted, so that mail and time are one file: neither can be there
without the other, and a new machine that gets the queue gets the times. What leaves the relay does
not have it (smtp_header_checks), and no signature covers it. Decision 51.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

HEADER = "X-Omi-Schedule"
LAUNCH = "launch"  # Postfix holds what says so: templates/postfix/scheduled
_FORM = "%Y-%m-%dT%H:%M:%SZ"  # in UTC: a zone that changes changes no meaning
_TIME = r"((?:19[7-9]|[2-9]\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_WRITTEN = re.compile(rf"(?:launch={_TIME})?(?:(?(1); )expire={_TIME})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Seconds since the epoch: before `launch` the mail is held, at `expire` it is given up."""

    launch: int | None = None
    expire: int | None = None

    def __bool__(self) -> bool:
        return self.launch is not None or self.expire is not None


def schedule(launch: datetime | None, expire: datetime | None, now: datetime) -> Schedule:
    """Return what is kept of the two moments (aware); a launch that has passed is none."""
    return Schedule(
        launch=None if launch is None or launch <= now else int(launch.timestamp()),
        expire=None if expire is None else int(expire.timestamp()),
    )


def written(times: Schedule) -> str:
    """Return the header's value."""
    named = ((LAUNCH, times.launch), ("expire", times.expire))
    return "; ".join(f"{name}={_utc(moment)}" for name, moment in named if moment is not None)


def read_schedule(value: str) -> Schedule:
    """Read the header's value; what is none says nothing."""
    found = _WRITTEN.fullmatch(value.strip())
    try:
        launch, expire = map(_seconds, found.groups()) if found else (None, None)
    except ValueError:  # the 31st of February
        return Schedule()
    return Schedule(launch=launch, expire=expire)


def _utc(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(_FORM)


def _seconds(text: str | None) -> int | None:
    return (
        None if text is None else int(datetime.strptime(f"{text}+0000", f"{_FORM}%z").timestamp())
    )
