"""Relays that count: accounts with limits in their files, and a Valkey on a host of the lab."""

import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lab import hosts, keys, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, RECIPIENT, SUBMISSION, Door, Reply, Session
from tests.lab.relay_run import ACCOUNT, LAB, Control, hashed, shell

COUNTER = "acme"  # a host that no test of limits needs otherwise
PORT = 6390
FILE = "inventories/lab/customers/limited.toml"
CUSTOMER = """name = "Limited"
domains = ["shop.example"]
"""
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


def account(login: str) -> plan.Account:
    """Return an account of the limited customer; all have one password and one sender."""
    return replace(ALICE, login=login)


def limit(checkout: Control, accounts: dict[str, str], customer: str = "") -> None:
    """Give the customer of the lab accounts with these limits, beside those that he has."""
    path = "inventories/lab/customers/shop.toml"
    if customer:
        checkout.edit(path, 'domains = ["shop.example"]', f'domains = ["shop.example"]\n{customer}')
    for login, limits in accounts.items():
        written = ACCOUNT.format(
            login=login, hash=hashed(ALICE.password), senders=f'"{ALICE.sender}"'
        )
        checkout.append(path, f"{written}limits = {{ {limits} }}\n")


def share(checkout: Control) -> str:
    """Let the relays ask the counter of the lab; return its password."""
    password = secrets.token_hex(16)
    (checkout.directory / "counter.password").write_text(password + "\n")
    name = plan.host(COUNTER).fqdn
    call = (
        f'limits=limits(counter=shared("valkeys://{name}:{PORT}",'
        f' password_file="counter.password", ca="{keys.authority(checkout.site)}")),'
    )
    checkout.edit(LAB, "plaintext_auth=True,", f"plaintext_auth=True,\n    {call}")
    checkout.edit(LAB, "    rfc2136,\n", "    limits,\n    rfc2136,\n    shared,\n")
    return password


def serve(site: Site, password: str) -> None:
    """Start a Valkey with TLS and this password on the lab's host for it."""
    key, certificate = keys.leaf(site, plan.host(COUNTER).fqdn)
    install = """if ! command -v valkey-server; then
        apt-get -qq update
        printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends valkey-server
        rm /usr/sbin/policy-rc.d
    fi
    mkdir -p /etc/counter; chmod 700 /etc/counter"""
    shell(site, COUNTER, install)
    _put(site, "/etc/counter/key.pem", key)
    _put(site, "/etc/counter/cert.pem", certificate)
    _put(site, "/etc/counter/counter.conf", _SERVER.format(port=PORT, password=password))
    start(site)


def start(site: Site) -> None:
    """Start the shared counter; it answers when this returns."""
    shell(
        site,
        COUNTER,
        "systemctl reset-failed counter 2>/dev/null || :;"
        " systemd-run -q --unit counter valkey-server /etc/counter/counter.conf;"
        f" for each in $(seq 100); do nc -z 127.0.0.1 {PORT} && break; sleep 0.1; done"
        " || :",
    )


def stop(site: Site) -> None:
    """End the shared counter."""
    shell(site, COUNTER, "systemctl stop counter")


def _put(site: Site, path: str, text: str) -> None:
    file = hosts.files(site, COUNTER) / path.removeprefix("/")
    file.write_text(text)


def send(site: Site, relay: str, who: plan.Account, mails: int, door: Door = SUBMISSION) -> list[Reply]:
    """Send mails in one session and return what each was answered."""
    with Session(site, relay, door, patience_s=60) as session:
        session.ready(who)
        return [session.send(who)[0] for _ in range(mails)]


def journal(site: Site, relay: str, since: float) -> list[str]:
    """Return what the policy daemon has said from a moment on."""
    said = shell(site, relay, f"journalctl -u omi-policy -o cat --since=@{since:.0f}")
    return said.splitlines()
