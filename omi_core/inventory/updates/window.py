"""The window for updates, and the part of it that is each relay's own: values, no host is asked."""

from dataclasses import dataclass

from omi_core.errors import InputError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_M = 24 * 60
# What a relay may need: packages, restarts, and to be back after a reboot.
SHORTEST_M = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """When security updates are made: minutes after midnight, minutes, and the days they begin on.

    By the clock of the environment's time zone. A relay that needs it is rebooted where `reboot`
    says so, inside its own part of the window.
    """

    start: int
    minutes: int
    days: tuple[str, ...] = DAYS
    reboot: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSlot:
    """One relay's part of the window: it begins on `days` at `start`, and ends `minutes` later."""

    start: int
    minutes: int
    days: tuple[str, ...]

    @property
    def calendar(self) -> str:
        """As systemd.time(7) writes it, without the time zone."""
        days = "" if len(self.days) == len(DAYS) else f"{','.join(self.days)} "
        return f"{days}*-*-* {self.start // 60:02}:{self.start % 60:02}:00"


def slots(updates: Updates, relays: int) -> tuple[UpdateSlot, ...]:
    """Divide the window: a part for each of so many relays, one after the other.

    Raises InputError where the parts would be too short to come to an end.
    """
    minutes = updates.minutes // relays
    if minutes < SHORTEST_M:
        raise InputError(
            "updates: a window of {minutes} minutes is too short for {relays} relays, which are"
            " updated one after the other; give it {least}",
            minutes=updates.minutes,
            relays=relays,
            least=SHORTEST_M * relays,
        )
    return tuple(_slot(updates, number * minutes, minutes) for number in range(relays))


def _slot(updates: Updates, later: int, minutes: int) -> UpdateSlot:
    """Return the part that begins so many minutes into the window, perhaps on the day after."""
    nights, start = divmod(updates.start + later, _DAY_M)
    moved = {DAYS[(DAYS.index(day) + nights) % len(DAYS)] for day in updates.days}
    return UpdateSlot(start=start, minutes=minutes, days=tuple(day for day in DAYS if day in moved))
