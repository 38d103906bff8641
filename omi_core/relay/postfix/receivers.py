"""The part of Postfix that sends to large receivers: what it may send, and the table of pauses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from omi_core.engine.component import ManagedFile
from omi_core.inventory.model import Relay
from omi_core.inventory.next_hops.choice import known_hosts
from omi_core.inventory.shaping.parse import MOST_A_MINUTE
from omi_core.inventory.shaping.receiver import Receiver
from omi_core.message.launch_time import PLATFORM_ZONE, platform_zone
from omi_core.queue.pauses.rules import (
    DIRECTORY,
    FILE,
    TABLE,
    PauseRule,
    PauseRules,
    written_rules,
)
from omi_core.render import render

_MINUTE = 60

# Postfix puts all mail off while a table is missing, so an empty one is there before it is named.
BUILD = f"""if ! test -e {TABLE}.lmdb; then
    mkdir -p -m 700 {DIRECTORY}
    : > {TABLE}.new
    silently postmap -c "$STAGE/etc/postfix" lmdb:{TABLE}.new
    mv -f {TABLE}.new.lmdb {TABLE}.lmdb
fi"""

HEALTH = f"""test -e {TABLE}.lmdb || {{
    echo "mail waits: {TABLE}.lmdb is missing, which omi-queue.timer writes" >&2
    exit 1
}}
"""


def shaping(relay: Relay) -> tuple[Receiver, ...]:
    """Return the receivers of the relay: its own, or the environment's.

    While an address is new each has a rate, so that little is sent between two looks at the log.
    """
    receivers = relay.environment.shaping if relay.shaping is None else relay.shaping
    if relay.warm_up is None or relay.warm_up.ends <= _today():
        return receivers
    return tuple(replace(each, rate=each.rate or MOST_A_MINUTE) for each in receivers)


def _today() -> date:
    return datetime.now(platform_zone()).date()


def files(relay: Relay, directory: str) -> Iterator[ManagedFile]:
    """Yield what Postfix and the program of the queue's timer read about receivers."""
    rules = pause_rules(relay)
    receivers = render("postfix/receivers", receivers=shaping(relay))
    yield ManagedFile(path=f"{directory}/receivers", content=receivers)
    keys = render("postfix/receiver_keys", rules=rules.receivers)
    yield ManagedFile(path=f"{directory}/receiver_keys", content=keys)
    yield ManagedFile(path=FILE, content=written_rules(rules).encode())


def pause_rules(relay: Relay) -> PauseRules:
    """Return when receivers of the relay are paused."""
    plan = relay.warm_up
    return PauseRules(
        zone=PLATFORM_ZONE,
        receivers=tuple(map(_rule, shaping(relay))),
        since=plan.since if plan else None,
        mails_per_day=plan.mails_per_day if plan else (),
        next_hosts=tuple(host.address for host in known_hosts(relay)),
    )


def _rule(receiver: Receiver) -> PauseRule:
    return PauseRule(
        name=receiver.name,
        pattern=receiver.pattern,
        mx=receiver.mx,
        after=receiver.pause_after,
        first=receiver.pause * _MINUTE,
        longest=receiver.longest_pause * _MINUTE,
    )
