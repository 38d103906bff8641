"""What a Dovecot is here: it checks passwords for Postfix (RFC 4954) and does nothing else.

Debian 12 has 2.3 and Debian 13 has 2.4; neither reads the other's configuration, so there are two
templates that promise the same.
"""

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine import debian
from omi_core.engine.component import Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays
from omi_core.inventory.model import Environment, Relay
from omi_core.relay.dovecot import SASL_PATH, guessing
from omi_core.relay.shared import made_once
from omi_core.render import render

PACKAGES: tuple[str, ...] = ("dovecot-core", "python3")

CONFIGURATION = "/etc/dovecot/dovecot.conf"
USERS = "/etc/dovecot/relay-users"
SOCKET = f"/var/spool/postfix/{SASL_PATH}"

UNIT = "/etc/systemd/system/dovecot.service.d/omi.conf"
CONFINED = "/run/omi-dovecot.confined"  # a digest of the drop-in that it was started with

TEMPLATES = {"12": "dovecot/dovecot-2.3.conf", "13": "dovecot/dovecot-2.4.conf"}

# Every warning counts: an obsolete setting is one that does something else than it says.
CHECK = f"""{guessing.CHECK}
said=$(doveconf -n -c "$STAGE{CONFIGURATION}" 2>&1 >/dev/null) && test -z "$said" || {{
    printf '%s\\n' "$said" >&2
    exit 1
}}"""

# Debian 13's package leaves the making of the spool to the first start of Postfix.
# Sessions that wait for an answer keep the process that they asked (doveadm(1) reload).
# Only another confinement needs a restart.
RELOAD = f"""{guessing.RELOAD}directory={SOCKET.rpartition("/")[0]}
test -d "$directory" || install -d -o postfix -g root -m 700 "$directory"
systemctl is-enabled -q dovecot.service || systemctl enable -q dovecot.service
systemctl reset-failed dovecot.service 2>/dev/null || :
systemctl daemon-reload
# The digest may be of a start before the last one, by a unit without it.
if test "$(cat {CONFINED} 2>/dev/null)" = "$(sha256sum < {UNIT})" &&
    grep -qs "^NoNewPrivs:.*1" "/proc/$(systemctl show -P MainPID dovecot.service)/status"
then
    systemctl reload-or-restart dovecot.service
else
    systemctl restart dovecot.service
fi"""

# Dovecot's side of the handshake, as smtpd sees it: it names the mechanisms and holds no secret.
# https://doc.dovecot.org/2.3/developer_manual/design/auth_protocol/
HEALTH = f"""{guessing.HEALTH}exec perl -MIO::Socket::UNIX -e '
    alarm 5;
    my $auth = IO::Socket::UNIX->new("{SOCKET}") or die "nobody listens on {SOCKET}: $!\\n";
    $auth->autoflush(1);
    print $auth "VERSION\\t1\\t0\\nCPID\\t$$\\n";
    my %offered;
    while (<$auth>) {{
        $offered{{$1}} = 1 if /^MECH\\t(\\w+)/;
        exit 0 if /^DONE/ and $offered{{PLAIN}} and $offered{{LOGIN}};
        last if /^DONE/;
    }}
    die "Dovecot does not offer PLAIN and LOGIN\\n"'"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make Dovecot answer whether a password is right."""
    yield from ensure(configured(relay, debian.release(), len(all_relays())))


def configured(relay: Relay, release: str, relays: int = 1) -> Component:
    """Return the Dovecot of `relay`, one of `relays`, on the Debian release of that version."""
    return Component(
        name="dovecot",
        files=(
            ManagedFile(
                path=USERS,
                content=_users(relay.environment, None),
                mode=0o640,
                group="dovecot",
                secret=True,
                data=True,  # read again when it is another, at the next login
            ),
            *guessing.files(relays),
            ManagedFile(path=UNIT, content=_confinement(), restarts=True),
            ManagedFile(
                path=CONFIGURATION,
                content=render(
                    TEMPLATES[release],
                    users=USERS,
                    socket=SOCKET,
                    guessing=guessing.ADDRESS,
                    plaintext_auth=relay.environment.plaintext_auth,
                ),
            ),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )


def _confinement() -> bytes:
    spool = SOCKET.rpartition("/")[0]
    return render("dovecot/service.conf", unit=UNIT, loaded=CONFINED, spool=spool)


@made_once
def _users(environment: Environment, _: None) -> bytes:
    """Return the secret file: the password hash of each login, folded as it is asked."""
    accounts = (account for customer in environment.customers for account in customer.accounts)
    hashes = {account.login.lower(): account.password_hash.unmask() for account in accounts}
    return render("dovecot/users", hashes=dict(sorted(hashes.items())))
