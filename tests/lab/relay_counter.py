"""Relays that count: accounts with limits in their files, and a Valkey on a host of the lab."""

import secrets
from dataclasses import replace

from lab import hosts, keys, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, SUBMISSION, Reply, Session
from tests.lab.relay_run import ACCOUNT, LAB, Control, hashed, shell

COUNTER = "acme"  # a host that these tests do not need otherwise
PORT = 6390
A_SESSION = 10  # mails
SHOP = "inventories/lab/customers/shop.toml"
_SERVER = """port 0
tls-port {port}
bind * -::*
tls-cert-file /etc/counter/cert.pem
tls-key-file /etc/counter/key.pem
tls-auth-clients no
requirepass {password}
daemonize no
save ""
maxmemory 64mb
dir /tmp
"""
_INSTALL = """if ! command -v valkey-server; then
    apt-get -qq update
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends valkey-server
    rm /usr/sbin/policy-rc.d
fi
mkdir -p -m 700 /etc/counter"""
_START = f"""systemctl stop counter 2>/dev/null || :
systemctl reset-failed counter 2>/dev/null || :
systemd-run -q --unit counter valkey-server /etc/counter/counter.conf
for each in $(seq 100); do
    if valkey-cli --tls --insecure -p {PORT} PING 2>&1 | grep -q NOAUTH; then exit 0; fi
    sleep 0.1
done
exit 1"""


def account(login: str) -> plan.Account:
    """Return an account of `limit`; all have the password and the sender of one."""
    return replace(ALICE, login=login)


def limit(checkout: Control, accounts: dict[str, str], customer: str = "") -> None:
    """Give a customer of the lab accounts with these limits, beside those that he has."""
    if customer:
        checkout.edit(SHOP, "\n[[account]]", f"\n[limits]\n{customer}\n\n[[account]]")
    for login, limits in accounts.items():
        written = ACCOUNT.format(
            login=login, hash=hashed(ALICE.password), senders=f'"{ALICE.sender}"'
        )
        checkout.append(SHOP, f"{written}limits = {{ {limits} }}\n")


def share(checkout: Control, password: str) -> None:
    """Let the relays ask the counter of the lab."""
    keys.write_private(checkout.directory / "counter.password", password + "\n")
    name = plan.host(COUNTER).fqdn
    call = (
        f'limits=limits(counter=shared("valkeys://{name}:{PORT}",'
        f' password_file="counter.password", ca="{keys.authority(checkout.site)}")),'
    )
    checkout.edit(LAB, "plaintext_auth=True,", f"plaintext_auth=True,\n    {call}")
    checkout.edit(LAB, "    rfc2136,\n", "    limits,\n    rfc2136,\n    shared,\n")


def serve(site: Site, password: str) -> None:
    """Start a Valkey with TLS and this password on the lab's host for it."""
    key, certificate = keys.leaf(site, plan.host(COUNTER).fqdn)
    shell(site, COUNTER, _INSTALL)
    configuration = _SERVER.format(port=PORT, password=password)
    files = {"key.pem": key, "cert.pem": certificate, "counter.conf": configuration}
    for name, text in files.items():
        (hosts.files(site, COUNTER) / "etc/counter" / name).write_text(text)
    start(site)


def start(site: Site) -> None:
    """Start the shared counter; it answers when this returns."""
    shell(site, COUNTER, _START)


def stop(site: Site) -> None:
    """End the shared counter."""
    shell(site, COUNTER, "systemctl stop counter")


def new_password() -> str:
    """Return a password for the shared counter."""
    return secrets.token_hex(16)


def send(site: Site, relay: str, who: plan.Account, mails: int) -> list[Reply]:
    """Send mails, a few in each session, and return what each was answered.

    Who goes on after ten refusals in a session is answered slowly, and let go after twenty.
    """
    replies: list[Reply] = []
    while len(replies) < mails:
        with Session(site, relay, SUBMISSION, patience_s=60) as session:
            session.ready(who)
            few = range(min(A_SESSION, mails - len(replies)))
            replies += [session.send(who)[0] for _ in few]
    return replies


def journal(site: Site, relay: str, words: str) -> list[str]:
    """Return the lines of the policy daemon with these words."""
    said = shell(site, relay, "journalctl -u omi-policy -o cat")
    return [line for line in said.splitlines() if words in line]
