"""How a relay updates itself: a timer in its own part of the window, and what the timer runs.

Debian's unattended-upgrades chooses and installs, needrestart says what runs on software that is
gone; `templates/host/updates.sh` restarts it and asks the question that a deploy asks.
"""

from collections.abc import Sequence

from omi_core.engine.component import ManagedFile
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.updates.window import SHORTEST_M, Updates, UpdateSlot, slots
from omi_core.render import render

PACKAGES = ("unattended-upgrades", "needrestart")

SCRIPT = "/usr/local/lib/omi/updates"
APT = "/etc/apt/apt.conf.d/60omi-updates"
NEEDRESTART = "/etc/needrestart/conf.d/omi.conf"
UNITS = "/etc/systemd/system"
TIMER = f"{UNITS}/omi-updates.timer"
SERVICE = f"{UNITS}/omi-updates.service"
AFTERWARDS = f"{UNITS}/omi-updated.service"
REBOOTED = "/var/lib/omi/rebooted-for-updates"
UPDATED = "/var/lib/omi/updated"
LOADED = "/run/omi-updates.loaded"  # a digest of the units that systemd has read
_LONGEST_WAIT_DAYS = 8  # a window of one day a week, and one that was missed

CHECK = f"""sh -n "$STAGE{SCRIPT}"
perl -c "$STAGE{NEEDRESTART}" 2> /dev/null || {{ echo 'needrestart cannot read it' >&2; exit 1; }}
apt-config -c "$STAGE{APT}" dump > /dev/null
sed "s,^ExecStart=/,ExecStart=/bin/true /," "$STAGE{SERVICE}" > "$STAGE/omi-updates.service"
cp "$STAGE{TIMER}" "$STAGE/omi-updates.timer"
systemd-analyze verify --man=no "$STAGE/omi-updates.service" "$STAGE/omi-updates.timer"
rm "$STAGE/omi-updates.service" "$STAGE/omi-updates.timer" """

# Debian's own timer would install at any time.
RELOAD = f"""units=$(cat {TIMER} {SERVICE} {AFTERWARDS} | sha256sum)
if ! systemctl is-active -q omi-updates.timer || test "$(cat {LOADED} 2>/dev/null)" != "$units"
then
    systemctl daemon-reload
    systemctl enable -q omi-updates.timer omi-updated.service
    systemctl restart omi-updates.timer
    echo "$units" > {LOADED}
fi"""
_NO_RELOAD = f"""if test -e {LOADED} || systemctl is-active -q omi-updates.timer; then
    systemctl stop omi-updates.timer 2>/dev/null || :
    rm -f {LOADED} {UNITS}/timers.target.wants/omi-updates.timer
    rm -f {UNITS}/multi-user.target.wants/omi-updated.service
    systemctl daemon-reload
    systemctl reset-failed 'omi-update*' 2>/dev/null || :
fi"""

HEALTH = """systemctl is-active -q omi-updates.timer
systemctl is-enabled -q omi-updates.timer"""


def packages(environment: Environment) -> tuple[str, ...]:
    """Return what a relay that updates itself needs."""
    return PACKAGES if environment.updates else ()


def files(relay: Relay, relays: Sequence[Relay]) -> tuple[ManagedFile, ...]:
    """Return how `relay` updates itself, one of `relays`; nothing where the inventory says nothing.

    Raises InputError where the window is too short for so many.
    """
    updates = relay.environment.updates
    if updates is None:
        return ()
    number = [each.name for each in relays].index(relay.name)
    slot = slots(updates, len(relays))[number]
    timer = {"calendar": slot.calendar, "timezone": relay.environment.timezone}
    return (
        ManagedFile(path=APT, content=render("host/updates.conf")),
        ManagedFile(path=NEEDRESTART, content=render("host/needrestart.conf")),
        ManagedFile(path=SCRIPT, content=_script(updates, slot, relay, relays), mode=0o755),
        ManagedFile(path=SERVICE, content=render("host/updates.service", script=SCRIPT)),
        ManagedFile(
            path=AFTERWARDS,
            content=render("host/updated.service", script=SCRIPT, rebooted=REBOOTED),
        ),
        ManagedFile(path=TIMER, content=render("host/updates.timer", **timer)),
    )


def check(environment: Environment) -> str:
    """Return the shell that judges the staged files."""
    return CHECK if environment.updates else ":"


def reload(environment: Environment) -> str:
    """Return the shell that starts the timer, or ends one that the inventory no longer wants."""
    return RELOAD if environment.updates else _NO_RELOAD


def health(environment: Environment) -> str:
    """Return the shell that asks whether updates are going to be made."""
    return HEALTH if environment.updates else ":"


def _script(updates: Updates, slot: UpdateSlot, relay: Relay, relays: Sequence[Relay]) -> bytes:
    others = [each for each in relays if each.name != relay.name]
    return render(
        "host/updates.sh",
        peers=[(each.name.relative, [str(one) for one in each.addresses]) for each in others],
        # What is begun then has time to end: half of the shortest part.
        seconds=(slot.minutes - SHORTEST_M // 2) * 60,
        reboot=updates.reboot,
        rebooted=REBOOTED,
        updated=UPDATED,
        oldest_days=_LONGEST_WAIT_DAYS,
    )
