"""What a Postfix is here: a relay that takes mail on its listeners from whoever has logged in.

RFC 6409 (submission), RFC 4954 (AUTH), RFC 3207 (STARTTLS), RFC 8314 (465). The settings and the
reason of each are in templates/postfix/main.cf and master.cf.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation

from omi_core.engine import debian
from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.engine.converge import ensure
from omi_core.engine.refusal import refusing
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.next_hops.choice import known_hosts
from omi_core.milter.hops.hop import MARK
from omi_core.names import Fqdn
from omi_core.queue import schedule
from omi_core.queue.pauses.rules import TABLE
from omi_core.relay import policy
from omi_core.relay.certificates.component import CHAIN_WITH_KEY
from omi_core.relay.daemons import passwords, signer
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.listeners import listeners_of
from omi_core.relay.postfix import next_hops, receivers
from omi_core.relay.shared import made_once
from omi_core.render import render
from omi_core.secret import Secret
from omi_core.smtp.listeners import LISTENERS, Listener, Security

# openssl(1) is what the health question asks with where TLS comes first.
# libsasl2-modules has PLAIN and LOGIN, for next hops that want a password.
PACKAGES: tuple[str, ...] = ("postfix", "postfix-lmdb", "openssl", "libsasl2-modules")
# Without it the package asks, and writes a main.cf of its own. debconf-set-selections(1)
PRESEED: tuple[str, ...] = ("postfix postfix/main_mailer_type select No configuration",)

DIRECTORY = "/etc/postfix"
# Processes of each port, about 10 MB each where they are needed; and those of one client address.
SESSIONS = 250
SESSIONS_OF_A_CLIENT = 40

MAPS = ("senders", "operator")
# A process of smtpd(8) looks before each session whether a map is another, and then makes room for
# a new one. What customers' files decide is read so, without a reload.
DATA = frozenset({"senders"})
SERVICE = {"12": "postfix@-.service", "13": "postfix.service"}
CONFINED = "/run/omi-postfix.confined"  # a digest of the drop-in that it was started with

# Every warning counts: postmap(1) leaves out a line that it cannot read, postconf(1) passes over an
# unknown or unused parameter, and both exit 0.
_SILENTLY = """silently() {
    said=$("$@" 2>&1 >/dev/null) && test -z "$said" || {
        printf '%s\\n' "$said" >&2
        exit 1
    }
}
"""

BUILD = _SILENTLY + "\n".join(
    (
        *(
            f'silently postmap -c "$STAGE{DIRECTORY}" "lmdb:$STAGE{DIRECTORY}/{name}"'
            for name in MAPS
        ),
        receivers.BUILD,
    )
)

CHECK = f"""{_SILENTLY}for look in -n -M -P; do
    silently postconf -c "$STAGE{DIRECTORY}" $look
done
postfix -c "$STAGE{DIRECTORY}" check"""

# A reload keeps every session. Only another confinement needs a restart, which cuts them.
# systemd's word on whether it runs is not taken: on Debian 12 postfix.service is `/bin/true` and
# counts as running beside a dead Postfix.
# `postfix reload` only sends a signal. Until master has new pipes to its children, those of the
# previous configuration answer, and would answer the health question as well.
RELOAD = """systemctl is-enabled -q postfix.service || systemctl enable -q postfix.service
pipes() {{
    readlink /proc/$master/fd/* || :
}}
systemctl daemon-reload
# The digest may be of a start before the last one, by a unit without it.
is_confined() {{
    master=$(tr -d " " < /var/spool/postfix/pid/master.pid)
    test "$(cat {confined} 2>/dev/null)" = "$(sha256sum < {unit})" &&
        grep -q "^NoNewPrivs:.*1" "/proc/$master/status"
}}
if postfix status 2>/dev/null && is_confined; then
    before=$(pipes)
    postfix reload
    for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        now=$(pipes)
        sleep 0.1
        if test "$now" != "$before" && test "$now" = "$(pipes)"; then exit 0; fi
    done
    echo "Postfix does not take the new configuration up" >&2
    exit 1
else
    systemctl reset-failed {service} 2>/dev/null || :
    systemctl stop postfix.service {service}
    ! postfix status 2>/dev/null || postfix stop
    systemctl start postfix.service {service}
fi"""

# Asked at once on all ports. Where a stranger may speak, the question goes on to what he gets:
# restrictions are not read before they are needed, so a wrong one shows here, and so would an open
# relay.
# openssl(1) reads no CAs, which would take it longer than the rest; the certificate is judged by
# the tls component.
_HEALTH = """exec timeout 10 bash -c '
    read -r pid < /var/spool/postfix/pid/master.pid && [[ $(< /proc/$pid/comm) = master ]] || {{
        echo "Postfix does not run" >&2; exit 1; }}
    expect() {{
        [[ $line = "$1 "* ]] || {{ echo "port $port: $1 expected, not $line" >&2; exit 1; }}
    }}
    answer() {{
        while read -r -t 5 line <&3 && [[ $line = ???-* ]]; do :; done
    }}
    greets() {{
        port=$1; exec 3<> /dev/tcp/127.0.0.1/$port; answer; expect 220
    }}
    greets_inside_tls() {{
        port=$1
        line=$(echo QUIT | timeout 5 openssl s_client -quiet -connect 127.0.0.1:$port \\
            -no-CAfile -no-CApath -no-CAstore 2> /dev/null)
        expect 220
    }}
    refuses_strangers() {{
        greets $1
        printf "EHLO localhost\\r\\n" >&3; answer; expect 250
        printf "MAIL FROM:<>\\r\\n" >&3; answer; expect 250
        printf "RCPT TO:<postmaster@example.com>\\r\\n" >&3; answer; expect 554
    }}
    asked=()
    {questions}
    for one in "${{asked[@]}}"; do wait $one || exit 1; done'"""


@operation()
@refusing
def service(relay: Relay) -> Generator[PyinfraCommand]:
    """Make Postfix listen for customers."""
    secrets = next_hops.passwords(relay)
    yield from ensure(configured(relay, dkim.signable(relay), debian.release(), secrets))


def configured(
    relay: Relay,
    signable: frozenset[Fqdn],
    release: str,
    secrets: Mapping[str, Secret] = next_hops.NO_PASSWORDS,
) -> Component:
    """Return the Postfix of `relay` on the Debian release of that major version.

    Only senders in `signable` domains, whose DKIM keys are on this host, may be used. `secrets`
    are the passwords of next hops, by transport.
    """
    return Component(
        name="postfix",
        files=(
            _map("senders", _senders(relay.environment, signable)),
            _map("operator", _operator(relay)),
            *_header_checks(relay),
            *next_hops.files(relay, DIRECTORY, secrets),
            *_schedule_checks(),
            *receivers.files(relay, DIRECTORY),
            ManagedFile(path=_unit(release), content=_confinement(release), restarts=True),
            ManagedFile(path=f"{DIRECTORY}/master.cf", content=_master(relay)),
            ManagedFile(path=f"{DIRECTORY}/main.cf", content=_main(relay)),
        ),
        built=tuple(
            BuiltFile(
                path=f"{DIRECTORY}/{name}.lmdb", mode=0o640, group="postfix", data=name in DATA
            )
            for name in MAPS
        ),
        build=BUILD,
        check=CHECK,
        reload=RELOAD.format(service=SERVICE[release], unit=_unit(release), confined=CONFINED),
        health=f"{receivers.HEALTH}{health(listeners_of(relay))}",
    )


def health(listeners: Iterable[Listener] = LISTENERS) -> str:
    """Return the shell that asks every listener, and asks as a stranger where he may speak."""
    asked = (f"{_question(each)} {each.port} & asked+=($!)" for each in listeners)
    return _HEALTH.format(questions="\n    ".join(asked))


def _question(listener: Listener) -> str:
    if not listener.submission:
        return "refuses_strangers"
    return "greets_inside_tls" if listener.security is Security.TLS else "greets"


@made_once
def _senders(environment: Environment, signable: frozenset[Fqdn]) -> bytes:
    return render("postfix/senders", owners=environment.owners(signable))


def _operator(relay: Relay) -> bytes:
    postmaster = relay.environment.postmaster
    return render("postfix/operator", name=relay.name.relative, postmaster=postmaster)


def _unit(release: str) -> str:
    return f"/etc/systemd/system/{SERVICE[release]}.d/omi.conf"


def _confinement(release: str) -> bytes:
    return render("postfix/service.conf", unit=_unit(release), loaded=CONFINED)


def _map(map_name: str, content: bytes) -> ManagedFile:
    """Return the source of a map; who sends as what is nobody's business but Postfix's."""
    return ManagedFile(
        path=f"{DIRECTORY}/{map_name}",
        content=content,
        mode=0o640,
        group="postfix",
        data=map_name in DATA,
    )


def _header_checks(relay: Relay) -> Iterator[ManagedFile]:
    if relay.environment.hide_clients:
        content = render("postfix/header_checks", name=relay.name.relative)
        yield ManagedFile(path=f"{DIRECTORY}/header_checks", content=content)


def _schedule_checks() -> Iterator[ManagedFile]:
    scheduled = render("postfix/scheduled", header=schedule.HEADER)
    yield ManagedFile(path=f"{DIRECTORY}/scheduled", content=scheduled)
    sent = render("postfix/sent_header_checks", headers=(schedule.HEADER, MARK))
    yield ManagedFile(path=f"{DIRECTORY}/sent_header_checks", content=sent)


def _main(relay: Relay) -> bytes:
    return render(
        "postfix/main.cf",
        directory=DIRECTORY,
        name=relay.name.relative,
        ipv4=relay.ipv4,
        ipv6=relay.ipv6,
        has_next_hops=bool(known_hosts(relay)),
        receivers=receivers.shaping(relay),
        pauses=TABLE,
        chain=CHAIN_WITH_KEY,
        sasl_type=passwords.SASL_TYPE,
        sasl_path=passwords.SASL_PATH,
        milters=(policy.SOCKET, signer.SOCKET),
        sessions_of_a_client=SESSIONS_OF_A_CLIENT,
        hide_clients=relay.environment.hide_clients,
        message_size_limit=relay.environment.message_size_limit,
        queue_lifetime=relay.environment.queue_lifetime,
    )


def _master(relay: Relay) -> bytes:
    families = {"ipv4": relay.ipv4, "ipv6": relay.ipv6}
    present = [family for family, address in families.items() if address is not None]
    return render(
        "postfix/master.cf",
        listeners=listeners_of(relay),
        sessions=SESSIONS,
        plaintext_auth=relay.environment.plaintext_auth,
        only_protocol=present[0] if len(present) == 1 else "",
        next_hops=next_hops.services(relay, DIRECTORY),
        receivers=receivers.shaping(relay),
    )
