"""The program that keeps schedules on a relay, and the timer that runs it.

They travel with the policy daemon, which writes the schedules: one component, one round trip.
"""

from omi_core.engine.component import ManagedFile
from omi_core.relay.policy.archive import archived
from omi_core.relay.queue import EVERY_S, PROGRAM, SERVICE, TIMER
from omi_core.render import render

_LOADED = "/run/omi-queue.loaded"  # a digest of the units that systemd has read

CHECK = f"""python3 -I "$STAGE{PROGRAM}" check
for unit in {SERVICE} {TIMER}; do cp "$STAGE$unit" "$STAGE/${{unit##*/}}"; done
systemd-analyze verify --man=no "$STAGE/omi-queue.service" "$STAGE/omi-queue.timer"
rm "$STAGE/omi-queue.service" "$STAGE/omi-queue.timer" """

RELOAD = f"""units=$(cat {SERVICE} {TIMER} | sha256sum)
if ! systemctl is-active -q omi-queue.timer || test "$(cat {_LOADED} 2>/dev/null)" != "$units"; then
    systemctl daemon-reload
    systemctl enable -q omi-queue.timer
    systemctl restart omi-queue.timer
    echo "$units" > {_LOADED}
fi"""

HEALTH = """systemctl is-active -q omi-queue.timer || {
    echo "nobody launches scheduled mails: omi-queue.timer does not run" >&2
    exit 1
}"""


def files() -> tuple[ManagedFile, ...]:
    """Return the program and its units."""
    return (
        ManagedFile(
            path=PROGRAM,
            content=archived("queue", ("queue", "queue/pauses"), ("__init__", "moved")),
        ),
        ManagedFile(path=SERVICE, content=render("policy/queue.service", queue=PROGRAM)),
        ManagedFile(path=TIMER, content=render("policy/queue.timer", seconds=EVERY_S)),
    )
