"""What bounds guessed passwords here: the daemon that Dovecot asks, its units and its place.

`omi_core.guessing` is the daemon; it travels as one file. Decision 53.
"""

from omi_core.engine.component import ManagedFile
from omi_core.relay.policy.archive import archived
from omi_core.render import render

ADDRESS = "127.0.0.1:927"
DAEMON = "/usr/local/lib/omi-guessing/guessing.pyz"
SOCKET_UNIT = "/etc/systemd/system/omi-guessing.socket"
UNIT = "/etc/systemd/system/omi-guessing.service"
LOADED = "/run/omi-guessing.loaded"  # a digest of what runs, so that a new account restarts nothing

# Wrong passwords of an address in an hour, at all relays together: whoever guesses asks each.
MOST = 20

CHECK = f"""cmp -s "$STAGE{UNIT}" {UNIT} || systemd-analyze verify --man=no \\
    "$STAGE{UNIT}" "$STAGE{SOCKET_UNIT}" """

RELOAD = f"""files=$(cat {DAEMON} {UNIT} {SOCKET_UNIT} | sha256sum)
if ! systemctl is-active -q omi-guessing.service || test "$(cat {LOADED} 2>/dev/null)" != "$files"
then
    systemctl daemon-reload
    systemctl enable -q omi-guessing.socket omi-guessing.service
    systemctl reset-failed omi-guessing.socket omi-guessing.service 2>/dev/null || :
    systemctl stop omi-guessing.service
    systemctl restart omi-guessing.socket
    systemctl start omi-guessing.service
    echo "$files" > {LOADED}
fi
"""

# A question in which nothing is tried.
HEALTH = f"""perl -MIO::Socket::INET -e '
    alarm 5;
    my $daemon = IO::Socket::INET->new("{ADDRESS}") or die "nobody listens on {ADDRESS}: $!\\n";
    print $daemon "POST /?command=allow HTTP/1.1\\r\\nContent-Length: 2\\r\\n\\r\\n{{}}";
    $_ = <$daemon>;
    /^HTTP.1.1 200/ or die "omi-guessing does not answer\\n"'
"""


def files(relays: int) -> tuple[ManagedFile, ...]:
    """Return the daemon and its units; each of the `relays` has its part of MOST."""
    most = max(1, MOST // relays)
    daemon = archived("guessing", ("guessing",), ("__init__", "moved", "printable"))
    return (
        ManagedFile(path=DAEMON, content=daemon),
        ManagedFile(path=SOCKET_UNIT, content=render("guessing/guessing.socket", address=ADDRESS)),
        ManagedFile(
            path=UNIT, content=render("guessing/guessing.service", daemon=DAEMON, most=most)
        ),
    )
