"""What an rspamd is here: a milter that signs with DKIM, and refuses what it cannot sign.

RFC 6376 (DKIM), RFC 8463 (Ed25519). A mail leaves rspamd signed with every algorithm of the
environment or gets 451; see templates/rspamd/omi_signing.lua.
"""

from collections.abc import Generator, Mapping
from types import MappingProxyType

import idna
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.dns.publication import ED25519_SUFFIX
from omi_core.infra import dkim
from omi_core.infra.component import Component, ManagedFile, make
from omi_core.infra.dkim_keys import DIRECTORY as KEYS
from omi_core.infra.dkim_keys import SIGNING_SLOT
from omi_core.infra.refusal import refusing
from omi_core.names import Fqdn
from omi_core.render import render
from omi_core.settings import MEBIBYTE, Environment, Relay

PACKAGES: tuple[str, ...] = ("rspamd",)

CONFIGURATION = "/etc/rspamd/rspamd.conf"
MODULE = "/etc/rspamd/omi_signing.lua"
SUFFIXES = "/etc/rspamd/omi_suffixes"
SOCKET = "/run/rspamd/milter.sock"
GROUP = "omi-milter"  # its members may ask the signer; made before either daemon starts

NO_ROTATION: Mapping[Fqdn, str] = MappingProxyType({})

# Strict, because a module that does not load is otherwise only a warning.
CHECK = f'rspamadm configtest --strict -c "$STAGE{CONFIGURATION}"'

UNIT = "/etc/systemd/system/rspamd.service.d/omi.conf"
STOP = "5s"

# SIGHUP starts new workers and lets the old ones end what they hold. A main process that was not
# started by us may hold sockets of Debian's configuration for ever, or lack the group: restarted,
# even if it ended so often that systemd would not start it again.
RELOAD = f"""systemctl is-enabled -q rspamd.service || systemctl enable -q rspamd.service
test "$(systemctl show -P NeedDaemonReload rspamd.service)" = no || systemctl daemon-reload
if systemctl is-active -q rspamd.service && test "$(stat -c %G {SOCKET})" = {GROUP}; then
    processes=/sys/fs/cgroup$(systemctl show -P ControlGroup rspamd.service)/cgroup.procs
    before=$(cat "$processes")
    systemctl reload rspamd.service
    # Until it has read its files, the old workers go on taking mail: wait for a new one.
    for attempt in $(seq 100); do
        sleep 0.2
        if grep -qvxF "$before" "$processes"; then exit 0; fi
    done
    echo 'rspamd does not take up the new files' >&2
    exit 1
else
    systemctl reset-failed rspamd.service 2>/dev/null || :
    systemctl restart rspamd.service
fi"""

# Option negotiation, the first thing that smtpd says: SMFIC_OPTNEG, milter protocol version 6.
HEALTH = f"""exec perl -MIO::Socket::UNIX -e '
    alarm 5;
    my $milter = IO::Socket::UNIX->new("{SOCKET}") or die "nobody listens on {SOCKET}: $!\\n";
    $milter->autoflush(1);
    print $milter pack("N a N N N", 13, "O", 6, 0x1ff, 0x1fffff);
    read($milter, my $answer, 5) == 5 or die "rspamd does not answer\\n";
    exit 0 if substr($answer, 4) eq "O";
    die "rspamd does not negotiate\\n"'"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make rspamd sign what customers send, or refuse it."""
    yield from make(configured(relay, dkim.signed_slots(relay.environment)))
    yield from dkim.marked(relay)


def configured(relay: Relay, slots: Mapping[Fqdn, str] = NO_ROTATION) -> Component:
    """Return the signer of `relay`; `slots` names the domains that sign with another slot."""
    return Component(
        name="rspamd",
        files=(
            ManagedFile(path=MODULE, content=render("rspamd/omi_signing.lua")),
            ManagedFile(path=SUFFIXES, content=b"example\n"),
            ManagedFile(path=UNIT, content=render("rspamd/service.conf", stop=STOP)),
            ManagedFile(path=CONFIGURATION, content=_configuration(relay, slots)),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )


def _configuration(relay: Relay, slots: Mapping[Fqdn, str]) -> bytes:
    environment = relay.environment
    return render(
        "rspamd/rspamd.conf",
        name=relay.name.relative,
        keys=KEYS,
        suffixes_file=SUFFIXES,
        socket=SOCKET,
        group=GROUP,
        # Postfix counts before it adds Received and the headers that were missing.
        max_message=environment.message_size_limit + MEBIBYTE,
        ed25519_suffix=ED25519_SUFFIX if environment.ed25519 else "",
        default_slot=SIGNING_SLOT,
        slots={domain.relative: slot for domain, slot in sorted(slots.items())},
        a_labels=_a_labels(environment),
    )


def _a_labels(environment: Environment) -> Mapping[str, str]:
    """The sender domains that people write in their own script, and what DNS calls them."""
    names = (domain.relative for domain in environment.sender_domains)
    return {idna.decode(name): name for name in names if idna.decode(name) != name}
