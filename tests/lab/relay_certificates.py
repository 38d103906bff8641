"""Certificates of relays in the lab: an inventory with Pebble as issuer, and what is served."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import hosts, plan
from lab.site import Site
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.plan import Change
from omi_core.dns.providers.rfc2136 import provider as rfc2136
from omi_core.dns.record import Data, Record
from omi_core.names import Fqdn
from tests.lab.relay_run import Control, Inventory, Run

DEPLOY = "deploys/certificates.py"
URL = "https://acme.lab-dns.example:14000/dir"
ZONE = Fqdn.parse("itpison.com")
NAMES = ("smtp.itpison.com", "smtp2.itpison.com")
RELAYS = ("smtp", "smtp2")
LISTENERS = 6  # three ports on two addresses


@dataclass
class Pebbled:
    """The lab's inventory with Pebble as issuer, and the directory of its account."""

    control: Control
    directory: Path
    changes: dict[str, str] = field(default_factory=dict)
    words: str = ""
    url: str = URL

    @property
    def account(self) -> Path:
        return self.directory / "acme"

    @property
    def issuer(self) -> str:
        return (
            f'issuer=acme(url="{self.url}", directory={str(self.account)!r},'
            f' agrees_to_terms=True, ca_file=".lab/ca/root.pem"{self.words}),'
        )

    @property
    def inventory(self) -> Path:
        changes = {
            "    internal_ca,\n": "    acme,\n",
            "    certificates,\n": "",
            '    certificates=certificates(keys=("ecdsa", "rsa")),  # as production, for old'
            " printers\n": "",  # one order a relay, unless a test says more
            'issuer=internal_ca(".lab/ca"),': self.issuer,
            **self.changes,
        }
        return Inventory(self.directory / "inventory", changes=changes).write(self.control)

    def run(self, *words: str) -> Run:
        return self.control.run("-y", *words, inventory=self.inventory, what=DEPLOY)

    def renew(self, *words: str) -> Run:
        ended = self.run(*words)
        assert ended.code == 0, ended.said
        return ended

    @property
    def orders(self) -> list[str]:
        """What is under way."""
        return sorted(file.stem for file in (self.account / "orders").glob("*.json"))


def check(site: Site, *words: str, code: int | None = None) -> dict[str, Any]:
    """Run `omi cert check --json`."""
    done = subprocess.run(
        [sys.executable, "-m", "omi_core.cli", "cert", "check", "--json", *words],
        capture_output=True,
        cwd=site.checkout,
        env={**os.environ, "PYTHONPATH": str(site.checkout)},
        check=False,
        timeout=60,
    )
    assert done.stdout, done.stderr.decode()
    assert code in {None, done.returncode}, done.stdout.decode()
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def served(site: Site, relay: str) -> set[str]:
    """The SHA-256 of the leaves that the listeners of a relay serve, on both addresses."""
    host = plan.host(relay)
    resolve = f"--resolve={host.fqdn}={host.ipv4},{host.ipv6}"
    places = check(site, host.fqdn, resolve)["places"]
    assert len(places) == LISTENERS
    assert all(place["certificate"] for place in places), places
    return {place["certificate"]["sha256"] for place in places}


def all_served(site: Site) -> dict[str, set[str]]:
    return {relay: served(site, relay) for relay in RELAYS}


def requests_to_the_ca(site: Site) -> int:
    """How many requests Pebble has answered since it started."""
    journal = hosts.check(site, "acme", ["journalctl", "-u", "lab-pebble", "-o", "cat"])
    return sum(" -> calling handler" in line for line in journal.splitlines())


def provider(site: Site) -> rfc2136.Rfc2136Provider:
    key = TsigKey.read(site.state / "tsig.key")
    server = Server(host=plan.ipv4(plan.AUTHORITATIVE), port=53)
    return rfc2136.Rfc2136Provider(server=server, key=key, writable=(ZONE,))


def validation_records(site: Site) -> list[str]:
    zone = provider(site).read(ZONE, ())
    return [str(one) for one in zone.records if one.name.text.startswith("_acme-challenge.")]


@contextmanager
def published(site: Site, name: str, kind: str, *values: Data) -> Iterator[None]:
    """Put records into the operator's zone, and take away afterwards what is left of them."""
    service, at = provider(site), Fqdn.parse(name)
    after = tuple(Record(name=at, type=kind, ttl=60, data=value) for value in values)

    def change(to: tuple[Record, ...]) -> None:
        before = service.read(ZONE, (at,)).set(at, kind)
        service.apply(ZONE, [Change(name=at, type=kind, before=before, after=to)])

    change(after)
    try:
        yield
    finally:
        change(())


@contextmanager
def other_certificate_on(site: Site, relay: str, port: int) -> Iterator[None]:
    """Let one listener serve what no deploy put there."""
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=x"
        " -keyout /etc/ssl/other.pem -out /etc/ssl/other.crt 2>/dev/null"
        " && cat /etc/ssl/other.crt >> /etc/ssl/other.pem"
        " && cp -a /etc/postfix/master.cf /root/kept.cf"
        f" && postconf -P {port}/inet/smtpd_tls_chain_files=/etc/ssl/other.pem && postfix reload"
    )
    hosts.check(site, relay, ["sh", "-c", make])
    time.sleep(1)
    try:
        yield
    finally:
        back = "cp -a /root/kept.cf /etc/postfix/master.cf && postfix reload && sleep 1"
        hosts.check(site, relay, ["sh", "-c", back])


@contextmanager
def program_replaced(site: Site, relay: str, name: str, script: str) -> Iterator[None]:
    """Find another program before the real one."""
    path = f"/usr/local/sbin/{name}"
    write = f"cat > {path} && chmod 755 {path}"
    hosts.check(site, relay, ["sh", "-c", write], stdin=f"#!/bin/sh\n{script}\n")
    try:
        yield
    finally:
        hosts.check(site, relay, ["rm", "-f", path])
