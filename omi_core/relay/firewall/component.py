"""What the firewall is here: a table of nftables, loaded before there is a network.

New rules are on trial before they are what the host begins with: `engine/trial/`.
nft(8); docs/decisions/0055-firewall.md
"""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine.archive import Member
from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure_on_trial
from omi_core.engine.refusal import refusing
from omi_core.engine.trial.trial import Trial, disarm
from omi_core.inventory.model import Relay
from omi_core.relay.firewall.rules import SSH, TABLE, rendered
from omi_core.relay.listeners import ports_of
from omi_core.render import render

PACKAGES: tuple[str, ...] = ("nftables",)

RULES = "/etc/omi/firewall.nft"
LOAD = "/usr/local/lib/omi-firewall/load.sh"
UNIT = "/etc/systemd/system/omi-firewall.service"
LISTING = "/run/omi-firewall/listing"

CHECK = f"""nft -c -f "$STAGE{RULES}"
sh -n "$STAGE{LOAD}"
systemd-analyze verify --man=no "$STAGE{UNIT}" """

RELOAD = f"""{disarm("firewall")}
systemctl daemon-reload
systemctl enable -q omi-firewall.service
systemctl reset-failed omi-firewall.service 2>/dev/null || :
systemctl reload-or-restart omi-firewall.service"""

HEALTH = f"""systemctl is-enabled -q omi-firewall.service
nft -s -t list table {TABLE} | cmp -s - {LISTING}"""

# Those of another run that were on trial have been taken back before this is asked.
_KEEP = f"nft list table {TABLE} > previous.nft 2> /dev/null || :"

_BACK = f"""{{ echo 'table {TABLE}'; echo 'delete table {TABLE}'; cat previous.nft; }} | nft -f - ||
    nft delete table {TABLE}"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Let nothing reach the relay but what the inventory says."""
    wanted = configured(relay, int(host.data.get("ssh_port") or SSH))
    yield from ensure_on_trial(wanted, trial_of(wanted))


def configured(relay: Relay, login_port: int = SSH) -> Component:
    """Return the firewall of `relay`, on which the deploy logs in at that port."""
    rules = rendered(relay.environment.firewall, login_port, ports_of(relay))
    return Component(
        name="firewall",
        files=(
            ManagedFile(path=RULES, content=rules),
            ManagedFile(path=LOAD, content=_load(RULES, LISTING)),
            ManagedFile(
                path=UNIT, content=render("firewall/firewall.service", load=LOAD, table=TABLE)
            ),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )


def trial_of(wanted: Component) -> Trial:
    """Return how the rules are tried: in the kernel alone, in no file that a boot would load."""
    rules = next(file.content for file in wanted.files if file.path == RULES)
    return Trial(
        name=wanted.name,
        files=(
            Member(name="rules.nft", content=rules),
            Member(name="load.sh", content=_load("rules.nft", "listing")),
        ),
        keep=_KEEP,
        apply="sh ./load.sh",
        back=_BACK,
    )


def _load(rules: str, listing: str) -> bytes:
    return render("firewall/load.sh", rules=rules, table=TABLE, listing=listing)
