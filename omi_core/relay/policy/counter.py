"""What limits are counted by on a relay: a Valkey of the policy daemon's own, or a shared one.

Debian 12 has no Valkey; its Redis is what Valkey was made of, and serves as well.
"""

from collections.abc import Iterator

from omi_core.certificates import kept_files
from omi_core.engine.component import ManagedFile
from omi_core.errors import InputError
from omi_core.inventory.limits.model import SharedCounter, needs_counter
from omi_core.inventory.model import Environment
from omi_core.relay.policy import ACCOUNT
from omi_core.render import render

LIBRARY = "python3-redis"
SERVER = "valkey-server"  # redis-server on Debian 12; omi_core/engine/debian.py
PROGRAMS = {"12": "/usr/bin/redis-server", "13": "/usr/bin/valkey-server"}

SOCKET = "/run/omi-counter/counter.sock"
DIRECTORY = "/var/lib/omi-counter"
CONFIGURATION = "/etc/omi-policy/counter.conf"
UNIT = "/etc/systemd/system/omi-counter.service"
PASSWORD = "/etc/omi-policy/counter.password"  # noqa: S105 - the file that holds it
CA = "/etc/omi-policy/counter-ca.pem"
MEMORY = "256mb"
LOADED = "/run/omi-counter.loaded"

# The packages' own services listen on TCP, and nobody asks them.
_RELOAD = f"""counter=$(cat {UNIT} {CONFIGURATION} | sha256sum)
if ! systemctl is-active -q omi-counter.service || test "$(cat {LOADED} 2>/dev/null)" != "$counter"
then
    systemctl disable -q --now valkey-server.service redis-server.service 2>/dev/null || :
    systemctl daemon-reload
    systemctl restart omi-counter.service
    echo "$counter" > {LOADED}
fi
"""
_NO_RELOAD = f"""if test -e {LOADED}; then
    systemctl stop omi-counter.service || :
    rm -f {LOADED}
fi
"""

_HEALTH = f"""perl -MIO::Socket::UNIX -e '
    alarm 5;
    my $counter = IO::Socket::UNIX->new("{SOCKET}") or die "nobody listens on {SOCKET}: $!\\n";
    $counter->autoflush(1);
    print $counter "PING\\r\\n";
    <$counter> =~ /^\\+PONG/ or die "the counter does not answer\\n"'
"""


def packages(environment: Environment) -> tuple[str, ...]:
    """Return what a relay needs to count limits; nothing where none is counted."""
    if not is_counted(environment):
        return ()
    return (LIBRARY,) if environment.limits.counter else (LIBRARY, SERVER)


def is_counted(environment: Environment) -> bool:
    """Whether any account has a limit that is counted."""
    return needs_counter(environment.customers, environment.limits)


def is_local(environment: Environment) -> bool:
    """Whether each relay counts for itself."""
    return is_counted(environment) and environment.limits.counter is None


def settings(environment: Environment) -> dict[str, object]:
    """Return what the policy daemon's settings say about it."""
    if not is_counted(environment):
        return {}
    shared = environment.limits.counter
    if shared is None:
        return {"counter": {"socket": SOCKET}}
    place = {"host": shared.host, "port": shared.port, "user": shared.user}
    ca = CA if shared.ca else ""
    return {"counter": {**place, "ca": ca, "secret_file": PASSWORD}}


def files(environment: Environment, release: str) -> Iterator[ManagedFile]:
    """Yield what the counter reads, or what is needed to ask a shared one.

    Raises InputError where a file of the inventory cannot be read on this machine.
    """
    if not is_counted(environment):
        return
    if shared := environment.limits.counter:
        yield from _shared_files(shared)
        return
    yield ManagedFile(
        path=CONFIGURATION,
        content=render("policy/counter.conf", socket=SOCKET, directory=DIRECTORY, memory=MEMORY),
    )
    yield ManagedFile(
        path=UNIT,
        content=render(
            "policy/counter.service",
            program=PROGRAMS[release],
            configuration=CONFIGURATION,
            account=ACCOUNT,
            socket=SOCKET,
            directory=DIRECTORY,
        ),
    )


def reload(environment: Environment) -> str:
    """Return the shell that starts the counter, or ends one that nobody asks any more."""
    return _RELOAD if is_local(environment) else _NO_RELOAD


def health(environment: Environment) -> str:
    """Return the shell that asks whether the relay's own counter answers.

    A shared one may be away: mail goes on without it, and so does a deploy.
    """
    return _HEALTH if is_local(environment) else ""


def _shared_files(shared: SharedCounter) -> Iterator[ManagedFile]:
    password = _password(shared)
    yield ManagedFile(
        path=PASSWORD, content=password + b"\n", mode=0o640, group=ACCOUNT, secret=True
    )
    if shared.ca:
        yield ManagedFile(path=CA, content=kept_files.read(shared.ca))


def _password(shared: SharedCounter) -> bytes:
    if shared.password_file:
        where, said = str(shared.password_file), kept_files.read_private(shared.password_file)
    else:
        where, said = "password=", shared.password.unmask().encode() if shared.password else b""
    password = said.strip()
    if not password or b"\n" in password:
        raise InputError("{file} must hold the counter's password, on one line", file=where)
    return password
