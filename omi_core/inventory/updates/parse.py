"""What an inventory writes about updates, judged before it is used."""

import re
from collections.abc import Iterable

from omi_core.errors import InputError
from omi_core.inventory.reader import Reader
from omi_core.inventory.updates.window import DAYS, SHORTEST_M, Updates

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY_M = 24 * 60


def parse_updates(
    where: str, *, window: str = "02:00-05:00", days: Iterable[str] = DAYS, reboot: bool = True
) -> Updates:
    """Build when security updates are made; raises SettingsError."""
    read = Reader(where)
    start, minutes = read.text("window", _window, window)
    written = read.texts("days", _day, days)
    if not written:
        read.refuse("days", "names no day; leave it out for every day")
    return Updates(
        start=start,
        minutes=minutes,
        days=tuple(day for day in DAYS if day in written),
        reboot=read.flag("reboot", reboot),
    )


def _window(written: str) -> tuple[int, int]:
    """Return when it begins and how long it is, in minutes; it may go on after midnight."""
    found = _WINDOW.fullmatch(written)
    if not found:
        raise InputError("{written!r} is not a window, such as 02:00-05:00", written=written)
    hours = [int(each) for each in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    minutes = (end - start) % _DAY_M
    if minutes < SHORTEST_M:
        raise InputError(
            "{written!r} is shorter than {least} minutes, which one relay needs to be back from a"
            " reboot",
            written=written,
            least=SHORTEST_M,
        )
    return start, minutes


def _day(written: str) -> str:
    day = written.capitalize()
    if day not in DAYS:
        raise InputError(
            "{written!r} is not a day; write {days}", written=written, days=", ".join(DAYS)
        )
    return day
