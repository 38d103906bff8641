"""The journal of a relay: bounded in size and in time, because mail logs hold personal data."""

from omi_core.engine.component import ManagedFile
from omi_core.inventory.model import Relay
from omi_core.render import render

SETTINGS = "/etc/systemd/journald.conf.d/omi.conf"
LOADED = "/run/omi-journal.loaded"  # a digest of what journald was last started with by us
SIZE = "4G"

# A restart loses no line: sockets and open streams wait for it (systemd-journald.service(8)).
RELOAD = f"""settings=$(sha256sum < {SETTINGS})
if test "$(cat {LOADED} 2>/dev/null)" != "$settings"; then
    systemctl restart systemd-journald.service
    echo "$settings" > {LOADED}
fi"""


def settings(relay: Relay) -> ManagedFile:
    """Return what journald is told."""
    days = relay.environment.log_days
    return ManagedFile(path=SETTINGS, content=render("host/journal.conf", days=days, size=SIZE))
