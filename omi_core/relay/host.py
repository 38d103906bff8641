"""What every relay has under its daemons: hostname, time zone, and the accounts that run things."""

from omi_core.engine.component import Component, ManagedFile
from omi_core.inventory.model import Relay
from omi_core.relay import policy
from omi_core.relay.daemons import signer

PACKAGES = ("ca-certificates", "openssl", "tzdata")

# Postfix's smtpd talks to its milters through sockets of this group, and to nobody else.
ACCOUNTS = f"""# sysusers.d(5): who may use the milters' sockets, and who judges mail.
g omi-milter - -
u {policy.ACCOUNT} - "Policy daemon of the relay"
m postfix omi-milter
m {signer.ACCOUNT} omi-milter
""".encode()


def configured(relay: Relay) -> Component:
    """Return the host itself as a component: hostname(5), localtime(5) and sysusers.d(5)."""
    name = relay.name.relative
    zone = f"/usr/share/zoneinfo/{relay.here.timezone}"
    return Component(
        name="base",
        files=(
            ManagedFile(path="/etc/hostname", content=f"{name}\n".encode()),
            ManagedFile(path="/etc/sysusers.d/omi.conf", content=ACCOUNTS),
        ),
        check=f"test -f {zone} || {{ echo 'no such time zone: {zone}' >&2; exit 1; }}",
        reload=f"hostname {name}\nln -sfn {zone} /etc/localtime\nsystemd-sysusers",
        health=(
            f'test "$(hostname)" = {name}\n'
            f'test "$(readlink -f /etc/localtime)" = "$(readlink -f {zone})"\n'
            "id -nG postfix | grep -qw omi-milter\n"
            f"id -nG {signer.ACCOUNT} | grep -qw omi-milter"
        ),
    )
