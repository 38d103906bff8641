"""What the policy daemon is here: a milter before the signer, which decides who may say what.

`omi_core.milter` is the daemon; it travels as one file. What it may not do, systemd keeps it from:
templates/policy/policy.service.
"""

import json
from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine import debian
from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.inventory.hold import longest_hold
from omi_core.inventory.limits.model import LimitDefaults, account_limits
from omi_core.inventory.model import MEBIBYTE, Environment, Relay
from omi_core.inventory.next_hops.choice import hop_of, known_hosts, own_hop
from omi_core.inventory.next_hops.hop import Engine, NextHop, NextHost
from omi_core.message.launch_time import PLATFORM_ZONE
from omi_core.milter.accounts import written_accounts
from omi_core.milter.hops.form import written_hops
from omi_core.milter.hops.hop import MX_HOSTS, MailHop, MailHops
from omi_core.relay.policy import ACCOUNT, SOCKET, counter
from omi_core.relay.policy.archive import daemon
from omi_core.relay.queue import files as queue
from omi_core.relay.shared import made_once
from omi_core.render import render

PACKAGES: tuple[str, ...] = ("python3", "tzdata")

DAEMON = "/usr/local/lib/omi-policy/policy.pyz"
SETTINGS = "/etc/omi-policy/settings.json"
ACCOUNTS = "/etc/omi-policy/accounts.json"
UNIT = "/etc/systemd/system/omi-policy.service"
SOCKET_UNIT = "/etc/systemd/system/omi-policy.socket"
GROUP = "omi-milter"
LOADED = "/run/omi-policy/loaded"  # a digest of what it had read when it was last told to

CHECK = f"""python3 -I "$STAGE{DAEMON}" --check "$STAGE{SETTINGS}" "$STAGE{ACCOUNTS}"
if ! cmp -s "$STAGE{UNIT}" {UNIT} || ! cmp -s "$STAGE{SOCKET_UNIT}" {SOCKET_UNIT}; then
    systemd-analyze verify "$STAGE{UNIT}" "$STAGE{SOCKET_UNIT}"
fi"""

# A reload starts new workers at the same socket; the old ones serve what is open to the end.
# Only a changed unit needs a restart; connections wait at the socket meanwhile.
RELOAD = f"""files=$(cat {DAEMON} {SETTINGS} | sha256sum)
units=$(cat {UNIT} {SOCKET_UNIT} | sha256sum)
loaded=$(cat {LOADED} 2>/dev/null || :)
if systemctl is-active -q omi-policy.service && test "$loaded" = "$units $files"; then exit 0; fi
systemctl daemon-reload
systemctl enable -q omi-policy.socket omi-policy.service
systemctl reset-failed omi-policy.socket omi-policy.service 2>/dev/null || :
case $loaded in
    "$units "*) systemctl reload-or-restart omi-policy.service ;;
    *) systemctl stop omi-policy.service omi-policy.socket
       systemctl start omi-policy.socket omi-policy.service ;;
esac
echo "$units $files" > {LOADED}"""

# Option negotiation, the first thing that smtpd says: SMFIC_OPTNEG, milter protocol version 6.
HEALTH = f"""exec perl -MIO::Socket::UNIX -e '
    alarm 10;
    my $milter = IO::Socket::UNIX->new("{SOCKET}") or die "nobody listens on {SOCKET}: $!\\n";
    $milter->autoflush(1);
    print $milter pack("N a N N N", 13, "O", 6, 0x1ff, 0x1fffff);
    read($milter, my $answer, 5) == 5 or die "the policy daemon does not answer\\n";
    substr($answer, 4) eq "O" or die "the policy daemon does not negotiate\\n"'"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make the policy daemon judge what customers send, before it is signed."""
    yield from ensure(configured(relay, debian.release()))


def configured(relay: Relay, release: str) -> Component:
    """Return the policy daemon of `relay` on the Debian release of that major version."""
    environment = relay.here
    return Component(
        name="policy",
        files=(
            ManagedFile(path=DAEMON, content=daemon()),
            ManagedFile(
                path=ACCOUNTS,
                content=_accounts(environment, (_hops_of_accounts(relay), relay.here.limits)),
                mode=0o640,
                group=ACCOUNT,
                data=True,
            ),
            *counter.files(environment, release),
            ManagedFile(path=SETTINGS, content=_settings(relay)),
            ManagedFile(path=SOCKET_UNIT, content=_unit("policy.socket")),
            ManagedFile(path=UNIT, content=_service_unit(environment)),
            *queue.files(),
        ),
        check=f"{CHECK}\n{queue.CHECK}",
        reload=f"{counter.reload(environment)}{queue.RELOAD}\n{RELOAD}",
        health=f"{counter.health(environment)}{queue.HEALTH}\n{HEALTH}",
    )


# The transport of each login that has its own, and what is laid under customers' limits.
_OwnToRelay = tuple[tuple[tuple[str, str], ...], LimitDefaults]


@made_once
def _accounts(environment: Environment, own: _OwnToRelay) -> bytes:
    hops, defaults = own
    accounts = [each for customer in environment.customers for each in customer.accounts]
    control = {
        account.login.lower(): account.control.policy(environment.control_headers)
        for account in accounts
    }
    limits = account_limits(environment.customers, defaults)
    suspended = {each.login.lower(): each.suspended for each in accounts if each.suspended}
    return written_accounts(environment.owners(), control, dict(hops), limits, suspended)


def _hops_of_accounts(relay: Relay) -> tuple[tuple[str, str], ...]:
    """Return the transport of each login whose customer has a next hop of his own."""
    return tuple(
        (account.login.lower(), _mail_hop(hop_of(relay, customer)).transport)
        for customer in relay.environment.customers
        if customer.next_hop
        for account in customer.accounts
    )


def _mail_hop(hop: NextHop | NextHost) -> MailHop:
    if not isinstance(hop, NextHost):
        return MX_HOSTS
    return MailHop(
        transport=hop.transport,
        keeps_control=isinstance(hop, Engine),
        account_header=hop.account_header if isinstance(hop, Engine) else "",
    )


def _mail_hops(relay: Relay) -> MailHops:
    known = {host.transport: _mail_hop(host) for host in known_hosts(relay)}
    return MailHops(own=_mail_hop(own_hop(relay)), known=known)


def _settings(relay: Relay) -> bytes:
    settings = {
        "socket": SOCKET,
        "accounts": ACCOUNTS,
        "host": relay.name.relative,
        "hide_clients": relay.environment.hide_clients,
        "control": {
            "zone": PLATFORM_ZONE,
            "reference": relay.environment.docs_url,
            "longest_hold": int(longest_hold(relay.environment).total_seconds()),
        },
        "next_hops": written_hops(_mail_hops(relay)),
        # Postfix counts before it adds Received and the headers that were missing.
        "longest": relay.environment.message_size_limit + MEBIBYTE,
        **counter.settings(relay.here),
    }
    return (json.dumps(settings, indent=2) + "\n").encode()


def _service_unit(environment: Environment) -> bytes:
    return _unit(
        "policy.service",
        has_counter=counter.is_local(environment),
        asks_over_network=counter.is_counted(environment) and not counter.is_local(environment),
    )


def _unit(name: str, **values: object) -> bytes:
    return render(
        f"policy/{name}",
        socket=SOCKET,
        group=GROUP,
        account=ACCOUNT,
        daemon=DAEMON,
        settings=SETTINGS,
        **values,
    )
