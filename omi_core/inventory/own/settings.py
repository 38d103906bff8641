"""The settings that a relay may have of its own, wherever they are written.

They stand in `relay_host(...)`, or, as pyinfra has it, in the data of a group or of a host; what is
nearer to the host counts. Nothing here needs pyinfra.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from omi_core.inventory.limits.model import LimitDefaults
from omi_core.inventory.model import Relay
from omi_core.inventory.next_hops.hop import Direct
from omi_core.inventory.next_hops.parse import parse_next_hop, raise_unless_one_a_place
from omi_core.inventory.own.listener import AddedListener
from omi_core.inventory.reader import Reader
from omi_core.inventory.timezones import timezone_name


def _timezone(read: Reader, written: object) -> str:
    return read.text("timezone", timezone_name, written)


def _limits(read: Reader, written: object) -> LimitDefaults:
    """The counter is the environment's: what all relays share is not one relay's to change."""
    made = read.made_by("limits(...)", "limits", LimitDefaults, written)
    if made.counter is not None:
        read.refuse("limits", "of one relay name no counter; environment(...) does, for all")
    return made


def read_listeners(read: Reader, written: object) -> tuple[AddedListener, ...]:
    """Return listeners beside the usual ones; a port stands once."""
    made = read.texts("listeners", AddedListener.parse, written)
    for each in made:
        if [one.port for one in made].count(each.port) > 1:
            read.refuse("listeners", "port {port} stands twice", port=each.port)
    return made


_READ: Mapping[str, Callable[[Reader, object], object]] = {
    "next_hop": lambda read, written: parse_next_hop(read, "next_hop", written),
    "timezone": _timezone,
    "limits": _limits,
    "listeners": read_listeners,
}
NAMES = tuple(_READ)


def read_own(where: str, written: Mapping[str, object]) -> dict[str, object]:
    """Return the settings that are written, by name, each judged; raises SettingsError."""
    read = Reader(where)
    return {
        name: judge(read, written[name])
        for name, judge in _READ.items()
        if written.get(name) is not None
    }


def with_data(relay: Relay, data: Mapping[str, object], where: str) -> Relay:
    """Return the relay with what data of its groups say, where its own row says nothing."""
    unsaid = {name: data[name] for name in NAMES if name in data and getattr(relay, name) is None}
    if not unsaid:
        return relay
    made = replace(relay, **read_own(where, unsaid))  # type: ignore[arg-type]
    raise_unless_hops_differ(where, made)
    return made


def raise_unless_hops_differ(where: str, relay: Relay) -> None:
    """Raise SettingsError where two next hops of the relay are one place, written differently."""
    shared = relay.environment
    hops = (relay.next_hop or Direct(), shared.next_hop, *dict(shared.next_hops).values())
    raise_unless_one_a_place(Reader(where), hops)
