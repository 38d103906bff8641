"""What an rspamd is here: a milter that signs with DKIM, and refuses what it may not sign.

RFC 6376 (DKIM), RFC 8463 (Ed25519). A mail leaves rspamd signed with every algorithm of the
environment, for an address that its account may use, or it is refused; but what goes to a send
engine is signed there, unless the inventory asks for both. Notices of the host itself,
bounces among them, are signed by the operator's zone; see templates/rspamd/omi_signing.lua.
"""

import hashlib
from collections.abc import Generator, Mapping
from types import MappingProxyType

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import MEBIBYTE, Environment, Relay
from omi_core.inventory.next_hops.choice import known_hosts
from omi_core.inventory.next_hops.hop import Engine
from omi_core.mailauth.dkim.selectors import ED25519_SUFFIX
from omi_core.milter.hops.hop import MARK
from omi_core.names import Fqdn
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.keys import DIRECTORY as KEYS
from omi_core.relay.dkim.keys import GROUP as KEY_READERS
from omi_core.relay.dkim.keys import SIGNING_SLOT
from omi_core.relay.rspamd import SOCKET
from omi_core.relay.shared import made_once
from omi_core.render import render

PACKAGES: tuple[str, ...] = ("rspamd",)

CONFIGURATION = "/etc/rspamd/rspamd.conf"
MODULE = "/etc/rspamd/omi_signing.lua"
MAILBOXES = "/etc/rspamd/omi_mailboxes.lua"
SENDERS = "/etc/rspamd/omi_senders"
SUFFIXES = "/etc/rspamd/omi_suffixes"
SCANNER_SOCKET = "/run/rspamd/scanner.sock"
SCANNERS = 4
GROUP = "omi-milter"  # its members may ask the signer; made before either daemon starts

NO_ROTATION: Mapping[Fqdn, str] = MappingProxyType({})

# Strict, because a module that does not load is otherwise only a warning.
CHECK = f'rspamadm configtest --strict -c "$STAGE{CONFIGURATION}"'

UNIT = "/etc/systemd/system/rspamd.service.d/omi.conf"
STOP = "5s"
# What rspamd reads when it starts or is reloaded, and a digest of it from just before it last did.
# The senders are not among it: the module looks at them for each mail.
READ_AT_START = f"{MODULE} {MAILBOXES} {SUFFIXES} {CONFIGURATION}"
LOADED = "/run/rspamd/omi.loaded"
DIGEST = f"cat {READ_AT_START} | sha256sum"
CONFINED = "/run/rspamd/omi.confined"  # a digest of the unit's drop-in that it was started with

# Where only senders changed there is nothing to reload: rspamd 3.4 leaves open sessions at one.
# systemd 252 is not asked whether it needs to read the unit again: of a new one it says no.
# SIGHUP starts new workers and lets the old ones end what they hold. A main process that was not
# started by us may hold sockets of Debian's configuration for ever, or lack the group: restarted,
# even if it ended so often that systemd would not start it again. So is one that is confined in
# another way.
RELOAD = f"""systemctl is-enabled -q rspamd.service || systemctl enable -q rspamd.service
serves() {{
    systemctl is-active -q rspamd.service && test "$(stat -c %G {SOCKET})" = {GROUP} &&
        test "$(cat {CONFINED} 2>/dev/null)" = "$(sha256sum < {UNIT})" &&
        grep -qs "^NoNewPrivs:.*1" "/proc/$(systemctl show -P MainPID rspamd.service)/status"
}}
files=$({DIGEST})
systemctl daemon-reload
if serves && test "$(cat {LOADED} 2>/dev/null)" = "$files"; then exit 0; fi
rm -f {LOADED}
if serves; then
    processes=/sys/fs/cgroup$(systemctl show -P ControlGroup rspamd.service)/cgroup.procs
    before=$(cat "$processes")
    systemctl reload rspamd.service
    # Until it has read its files, the old workers go on taking mail: wait for a new one.
    for attempt in $(seq 100); do
        sleep 0.2
        if grep -qvxF "$before" "$processes"; then echo "$files" > {LOADED}; exit 0; fi
    done
    echo 'rspamd does not take up the new files' >&2
    exit 1
else
    systemctl reset-failed rspamd.service 2>/dev/null || :
    systemctl restart rspamd.service
fi"""

# Option negotiation, the first thing that smtpd says: SMFIC_OPTNEG, milter protocol version 6. The
# proxy answers it alone, so a scanner is asked as well.
HEALTH = f"""exec perl -MIO::Socket::UNIX -e '
    alarm 5;
    sub to {{
        IO::Socket::UNIX->new($_[0]) or die "nobody listens on $_[0]: $!\\n";
    }}
    my $milter = to("{SOCKET}");
    $milter->autoflush(1);
    print $milter pack("N a N N N", 13, "O", 6, 0x1ff, 0x1fffff);
    read($milter, my $answer, 5) == 5 or die "rspamd does not answer\\n";
    substr($answer, 4) eq "O" or die "rspamd does not negotiate\\n";
    my $scanner = to("{SCANNER_SOCKET}");
    $scanner->autoflush(1);
    print $scanner "GET /ping HTTP/1.0\\r\\n\\r\\n";
    my $status = <$scanner>;
    exit 0 if $status =~ m{{^HTTP/1.[01] 200 }};
    die "no scanner of rspamd answers\\n"'"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make rspamd sign what customers send, or refuse it."""
    yield from ensure(configured(relay, dkim.signed_slots(relay.environment)))
    yield from dkim.marked(relay)


def configured(relay: Relay, slots: Mapping[Fqdn, str] = NO_ROTATION) -> Component:
    """Return the signer of `relay`; `slots` names the domains that sign with another slot."""
    return Component(
        name="rspamd",
        files=(
            ManagedFile(
                path=SENDERS,
                content=_senders(relay.environment, tuple(sorted(slots.items()))),
                mode=0o640,
                group=KEY_READERS,
                data=True,
            ),
            ManagedFile(path=MAILBOXES, content=render("rspamd/omi_mailboxes.lua")),
            ManagedFile(path=MODULE, content=render("rspamd/omi_signing.lua")),
            ManagedFile(path=SUFFIXES, content=b"example\n"),
            ManagedFile(path=UNIT, content=_unit(), restarts=True),
            ManagedFile(path=CONFIGURATION, content=_configuration(relay)),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )


def _unit() -> bytes:
    return render(
        "rspamd/service.conf", stop=STOP, digest=DIGEST, loaded=LOADED, unit=UNIT, confined=CONFINED
    )


def _configuration(relay: Relay) -> bytes:
    environment = relay.environment
    return render(
        "rspamd/rspamd.conf",
        name=relay.name.relative,
        keys=KEYS,
        suffixes_file=SUFFIXES,
        socket=SOCKET,
        group=GROUP,
        scanner_socket=SCANNER_SOCKET,
        scanners=SCANNERS,
        # Postfix counts before it adds Received and the headers that were missing.
        max_message=environment.message_size_limit + MEBIBYTE,
        ed25519_suffix=ED25519_SUFFIX if environment.ed25519 else "",
        mark=MARK,
        unsigned=_signed_elsewhere(relay),
    )


def _signed_elsewhere(relay: Relay) -> list[str]:
    """Return the next hops that sign by themselves, by the name of their Postfix service."""
    hosts = known_hosts(relay)
    return [host.transport for host in hosts if isinstance(host, Engine) and not host.sign]


@made_once
def _senders(environment: Environment, other_slots: tuple[tuple[Fqdn, str], ...]) -> bytes:
    """Return the same owners as Postfix's; the first line tells the module when they changed."""
    slots = dict(other_slots)
    owners = environment.owners()
    domains = {sender: Fqdn.parse(sender.rpartition("@")[2]) for sender in owners}
    rows = (
        (sender, domain.relative, slots.get(domain, SIGNING_SLOT), owners[sender])
        for sender, domain in domains.items()
    )
    zone = environment.operator_zone
    notices = {"domain": zone.relative, "slot": slots.get(zone, SIGNING_SLOT)}
    content = render("rspamd/senders", rows=rows, notices=notices)
    return f"# {hashlib.sha256(content).hexdigest()}\n".encode() + content
