"""What the doors are here: the kernel counts each client's connections before anybody answers.

Postfix counts too, but on 465 after the TLS handshake, when a process has long been given away.
nft(8), "connlimit"; docs/decisions/0049-connections-before-tls.md
"""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import Relay
from omi_core.relay.listeners import ports_of
from omi_core.render import render
from omi_core.smtp.listeners import PORTS

PACKAGES: tuple[str, ...] = ("nftables",)

RULES = "/etc/omi/doors.nft"
UNIT = "/etc/systemd/system/omi-doors.service"
TABLE = "inet omi_doors"

# More than Postfix lets a client have, so that who opens a few too many is told why (421). Four
# clients that take all they can leave some of a port's processes to all others.
CONNECTIONS_OF_A_CLIENT = 60

CHECK = f"""nft -c -f "$STAGE{RULES}"
systemd-analyze verify --man=no "$STAGE{UNIT}" """

RELOAD = """systemctl daemon-reload
systemctl enable -q omi-doors.service
systemctl reset-failed omi-doors.service 2>/dev/null || :
systemctl reload-or-restart omi-doors.service"""

HEALTH = f"""systemctl is-enabled -q omi-doors.service
nft list chain {TABLE} input > /dev/null"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make the kernel count the connections of each client."""
    yield from ensure(configured(ports_of(relay)))


def configured(ports: tuple[int, ...] = PORTS) -> Component:
    """Return the rules, and the unit that loads them."""
    rules = render("doors/doors.nft", table=TABLE, ports=ports, connections=CONNECTIONS_OF_A_CLIENT)
    unit = render("doors/doors.service", rules=RULES, table=TABLE)
    return Component(
        name="doors",
        files=(
            ManagedFile(path=RULES, content=rules),
            ManagedFile(path=UNIT, content=unit),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )
