"""What an inventory writes about receivers, judged before it is used."""

import re
from collections.abc import Iterable
from datetime import date

from omi_core.errors import InputError
from omi_core.inventory.reader import Reader
from omi_core.inventory.shaping.receiver import BUILT_IN, Receiver, WarmUp, over
from omi_core.names import Fqdn

MOST_CONNECTIONS = 100  # Postfix's default_process_limit
MOST_A_MINUTE = 60  # Postfix waits whole seconds between two mails
MOST_PUT_OFF = 100
MOST_MINUTES = 24 * 60
MOST_DAYS = 100
MOST_A_DAY = 10_000_000
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?", re.ASCII)
_ANYWHERE = "example"


def parse_receiver(
    where: str,
    name: str,
    *,
    domains: Iterable[str] = (),
    connections: int | None = None,
    rate: int = 0,
    mx: Iterable[str] = (),
    pause_after: int = 3,
    pause: int = 5,
    longest_pause: int = 60,
) -> Receiver:
    """Build a receiver; what is not said is as in BUILT_IN, or Postfix's.

    `domains` and `mx` are further ones of a receiver that is built in. Raises SettingsError.
    """
    read = Reader(where)
    known = {each.name: each for each in BUILT_IN}.get(name)
    if connections is None:
        connections = known.connections if known else 20
    if type(connections) is not int or not 0 < connections <= MOST_CONNECTIONS:
        read.refuse("connections", "is a number from 1 to {most}", most=MOST_CONNECTIONS)
    if type(rate) is not int or not 0 <= rate <= MOST_A_MINUTE:
        read.refuse("rate", "is mails a minute, from 1 to {most}; 0 for any", most=MOST_A_MINUTE)
    more, hosts = read.texts("domains", _domain, domains), read.texts("mx", _host, mx)
    return Receiver(
        name=read.text("name", _name, name),
        domains=(*known.domains, *more) if known else more or (_domain(name),),
        connections=connections,
        rate=rate,
        mx=(*known.mx, *hosts) if known else hosts,
        **_pauses(read, pause_after, pause, longest_pause),
    )


def _pauses(read: Reader, after: int, first: int, longest: int) -> dict[str, int]:
    if type(after) is not int or not 0 <= after <= MOST_PUT_OFF:
        read.refuse(
            "pause_after",
            "is a number of mails that were put off within a minute, from 1 to {most}; 0 for no"
            " pause",
            most=MOST_PUT_OFF,
        )
    if type(first) is not int or not 1 <= first <= MOST_MINUTES:
        read.refuse("pause", "is minutes, from 1 to {most}", most=MOST_MINUTES)
    if type(longest) is not int or not first <= longest <= MOST_MINUTES:
        read.refuse(
            "longest_pause",
            "is minutes, from those of pause, {first}, to {most}",
            first=first,
            most=MOST_MINUTES,
        )
    return {"pause_after": after, "pause": first, "longest_pause": longest}


def parse_warm_up(where: str, *, since: str, mails_per_day: Iterable[int]) -> WarmUp:
    """Build the plan of an address that is new; raises SettingsError."""
    read = Reader(where)
    shares = tuple(mails_per_day) if isinstance(mails_per_day, tuple | list) else ()
    if not 0 < len(shares) <= MOST_DAYS or not all(map(_is_share, shares)):
        read.refuse(
            "mails_per_day",
            "is a list of numbers, one for each day, as (200, 500, 1000); at most {days} days, and"
            " from 1 to {most} mails",
            days=MOST_DAYS,
            most=MOST_A_DAY,
        )
    return WarmUp(since=read.text("since", _day, since), mails_per_day=shares)


def _is_share(written: object) -> bool:
    return type(written) is int and 0 < written <= MOST_A_DAY


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:  # date also reads 20261120 and 2026-W47-5
        raise InputError("{written!r} is not a day, such as 2026-11-20", written=written)
    return day


def parse_shaping(
    read: Reader, written: object, others: Iterable[Receiver] = BUILT_IN
) -> tuple[Receiver, ...]:
    """Return all receivers: the others, unless one of the same name is written."""
    if not isinstance(written, tuple | list) or not all(isinstance(r, Receiver) for r in written):
        read.refuse("shaping", 'must be a list of receivers, as (receiver("gmail.com", rate=30),)')
    own: dict[str, Receiver] = {}
    for receiver in written:
        if own.setdefault(receiver.name, receiver) is not receiver:
            read.refuse("shaping", "{name} stands twice", name=receiver.name)
    return over(own.values(), others)


def _name(written: str) -> str:
    if not _NAME.fullmatch(written):
        raise InputError(
            "{written!r} is not a name of lower-case letters, digits, dots and hyphens",
            written=written,
        )
    return written


def _host(written: str) -> str:
    """Return a pattern of hosts in its canonical form."""
    bare = written.removeprefix("*.")
    name = Fqdn.parse(bare).relative
    return name if bare == written else f"*.{name}"


def _domain(written: str) -> str:
    """Return a pattern in its canonical form."""
    bare = written.removeprefix("*.")
    if bare.endswith(".*") and bare == written:
        return f"{Fqdn.parse(bare[:-1] + _ANYWHERE).relative.removesuffix(_ANYWHERE)}*"
    return _host(written)
