"""What sshd is here, where the inventory wants keys alone: a file that is read before all others.

It is on trial before it is what the host begins with (`engine/trial/`), and refused where the run
itself did not log in by a key. sshd_config(5); docs/decisions/0055-firewall.md
"""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine import console, prefetch
from omi_core.engine.archive import Member
from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.component_state import NOTHING, ObservedComponent
from omi_core.engine.converge import ensure, ensure_on_trial
from omi_core.engine.refusal import refusing
from omi_core.engine.trial.trial import Trial, disarm
from omi_core.errors import InputError
from omi_core.inventory.model import Relay
from omi_core.render import render

NAME = "sshd"
CONFIGURATION = "/etc/ssh/sshd_config.d/01-omi.conf"

# Where sshd is started for each connection (ssh.socket) there is nothing to reload.
_TAKE_UP = """sshd -t
systemctl try-reload-or-restart ssh.service"""

# As it will be read: Debian's file includes the directory before it says anything else.
CHECK = f"""grep -Eqi '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config[.]d/[*][.]conf' \\
    /etc/ssh/sshd_config || {{
    echo "/etc/ssh/sshd_config does not include /etc/ssh/sshd_config.d/*.conf" >&2
    exit 1
}}
mkdir -p /run/sshd
cat "$STAGE{CONFIGURATION}" /etc/ssh/sshd_config > "$STAGE/../tried"
sshd -t -f "$STAGE/../tried" """

RELOAD = f"""{disarm(NAME)}
mkdir -p /run/sshd
{_TAKE_UP}"""

HEALTH = """mkdir -p /run/sshd
seen=$(sshd -T -C user=root,host=localhost,addr=127.0.0.1)
for said in 'pubkeyauthentication yes' 'passwordauthentication no' \\
    'kbdinteractiveauthentication no' 'permitemptypasswords no' 'permitrootlogin without-password'
do
    echo "$seen" | grep -qx "$said" || { echo "sshd does not say: $said" >&2; exit 1; }
done"""

# Over a file that says nothing, and that is all that is there after a reboot.
_APPLY = f"""test -e {CONFIGURATION} || : > {CONFIGURATION}
mount --bind "$PWD/omi.conf" {CONFIGURATION}
{_TAKE_UP}
# What was in the queue before SIGHUP is served as before: the new login comes after it.
sleep 1"""

_UNCOVER = f"""umount {CONFIGURATION} 2> /dev/null || :
test ! -e created || rm -f {CONFIGURATION}"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Let nobody log in by a password, where the inventory says so."""
    if relay.environment.ssh_keys_only:
        _refuse_passwords(host)
        yield from ensure_on_trial(configured(), trial())
    elif prefetch.look(host, ObservedComponent, component_name=NAME) == NOTHING:
        console.noop(host, f"{NAME} is as it was found")
    else:
        yield from ensure(left_alone())


def configured() -> Component:
    """Return sshd as it takes keys alone."""
    return Component(
        name=NAME,
        files=(ManagedFile(path=CONFIGURATION, content=_file()),),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )


def left_alone() -> Component:
    """Return sshd as the host has it, where it took keys alone before."""
    return Component(name=NAME, files=(), check=":", reload=RELOAD, health=":")


def trial() -> Trial:
    """Return how it is tried: over the file, and gone with the next boot."""
    return Trial(
        name=NAME,
        files=(Member(name="omi.conf", content=_file(), mode=0o644),),
        keep=f"mkdir -p /run/sshd\ntest -e {CONFIGURATION} || touch created",
        apply=_APPLY,
        back=f"{_UNCOVER}\n{_TAKE_UP}",
        settle=_UNCOVER,
    )


def _file() -> bytes:
    return render("sshd/omi.conf")


def _refuse_passwords(row: Host) -> None:
    """Refuse where the run's own login would be the last one."""
    if (method := login_method(row)) not in {"publickey", ""}:
        raise InputError(
            "ssh_keys_only: this run has logged in by {method}, which would be shut out; put a key"
            " of yours into authorized_keys, let ssh_key name it, and run again",
            method=method,
        )


def login_method(row: Host) -> str:
    """Return how the run logged in (RFC 4252), or nothing where it did not over SSH."""
    client = getattr(row.connector, "client", None)
    transport = client.get_transport() if client else None
    return str(getattr(getattr(transport, "auth_handler", None), "auth_method", ""))
