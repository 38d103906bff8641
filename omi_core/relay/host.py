"""What every relay has under its daemons: its name, its time, its memory, and how it is kept new.

Accounts that run things, the bounds of the journal, and the updates that an inventory asks for.
"""

from collections.abc import Generator, Sequence

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays
from omi_core.inventory.model import Relay
from omi_core.relay import journal, policy
from omi_core.relay.daemons import signer
from omi_core.relay.updates import files as updates

PACKAGES = ("ca-certificates", "openssl", "tzdata")

# Postfix's smtpd talks to its milters through sockets of this group, and to nobody else.
ACCOUNTS = f"""# sysusers.d(5): who may use the milters' sockets, and who judges mail.
g omi-milter - -
u {policy.ACCOUNT} - "Policy daemon of the relay"
m postfix omi-milter
m {signer.ACCOUNT} omi-milter
""".encode()


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make a host ready for the relay's daemons."""
    yield from ensure(configured(relay, all_relays()))


def configured(relay: Relay, relays: Sequence[Relay] = ()) -> Component:
    """Return the host itself as a component: hostname(5), localtime(5) and sysusers.d(5).

    It is one of `relays`, which are updated one after the other.
    """
    name = relay.name.relative
    zone = f"/usr/share/zoneinfo/{relay.here.timezone}"
    return Component(
        name="base",
        files=(
            ManagedFile(path="/etc/hostname", content=f"{name}\n".encode()),
            ManagedFile(path="/etc/sysusers.d/omi.conf", content=ACCOUNTS),
            journal.settings(relay),
            *updates.files(relay, relays or (relay,)),
        ),
        check=(
            f"test -f {zone} || {{ echo 'no such time zone: {zone}' >&2; exit 1; }}\n"
            f"{updates.check(relay.environment)}"
        ),
        reload=(
            f"hostname {name}\nln -sfn {zone} /etc/localtime\nsystemd-sysusers\n"
            f"{journal.RELOAD}\n{updates.reload(relay.environment)}"
        ),
        health=(
            f"{updates.health(relay.environment)}\n"
            f'test "$(hostname)" = {name}\n'
            f'test "$(readlink -f /etc/localtime)" = "$(readlink -f {zone})"\n'
            "id -nG postfix | grep -qw omi-milter\n"
            f"id -nG {signer.ACCOUNT} | grep -qw omi-milter"
        ),
    )
