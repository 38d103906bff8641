"""The DNS host: Knot, authoritative for the whole tree, and unbound, everybody's resolver."""

import re

from lab import keys, plan, zones
from lab.failure import LabError
from lab.seed import File
from lab.site import Site

_KNOT = """server:
    listen: [ {ipv4}@53, "{ipv6}@53" ]
    user: knot:knot
log:
  - target: syslog
    any: info
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: deploy
    key: {key}
    action: [ update, transfer ]
template:
  - id: default
    storage: /var/lib/knot
    zonefile-sync: -1
    journal-content: changes
zone:
"""

# The cache is so short that a test that publishes and asks again need not wait.
_UNBOUND = """server:
    {interfaces}
    ip-freebind: yes
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    module-config: "iterator"
    root-hints: /etc/unbound/root.hints
    local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
    local-zone: "test." nodefault
    cache-max-ttl: {ttl}
    cache-max-negative-ttl: {negative_ttl}
    infra-host-ttl: 1
    minimal-responses: no
    num-threads: 1
    chroot: ""
    use-syslog: yes
remote-control:
    control-enable: yes
    control-interface: /run/unbound.ctl
    control-use-cert: no
"""

_HINTS = f"""
. 3600 NS {plan.NAME_SERVER}.
{plan.NAME_SERVER}. 3600 A {plan.ipv4(plan.AUTHORITATIVE)}
{plan.NAME_SERVER}. 3600 AAAA {plan.ipv6(plan.AUTHORITATIVE)}
"""


def files(site: Site) -> list[File]:
    """Return the configuration of both servers and all zones."""
    here = (plan.ipv4(plan.RESOLVER), plan.ipv6(plan.RESOLVER))
    return [
        File(path="/etc/knot/knot.conf", content=_knot(site), mode=0o600),
        # Knot runs as its own user; the secret is for it alone.
        File(path="/etc/tmpfiles.d/lab.conf", content="z /etc/knot/knot.conf 0640 root knot\n"),
        *(File(path=_zone_path(zone), content=zone.text) for zone in zones.all_zones()),
        *resolver(here, ttl=2, negative_ttl=1),
    ]


def resolver(addresses: tuple[str, ...], *, ttl: int, negative_ttl: int) -> list[File]:
    """Return the configuration of an unbound that starts at the lab's root."""
    interfaces = "\n    ".join(f"interface: {address}" for address in addresses)
    text = _UNBOUND.format(interfaces=interfaces, ttl=ttl, negative_ttl=negative_ttl)
    return [
        File(path="/etc/unbound/unbound.conf", content=text),
        File(path="/etc/unbound/root.hints", content=_HINTS),
    ]


def zone_clause(zone: zones.Zone, *, updatable: bool) -> str:
    """Return what knot.conf says about a zone."""
    acl = "    acl: deploy\n" if updatable else ""
    return f'  - domain: "{zone.origin}"\n    file: {_zone_path(zone)}\n{acl}'


def _zone_path(zone: zones.Zone) -> str:
    return f"/etc/knot/zones/{zone.file}"


def _knot(site: Site) -> str:
    head = _KNOT.format(
        ipv4=plan.ipv4(plan.AUTHORITATIVE),
        ipv6=plan.ipv6(plan.AUTHORITATIVE),
        key=plan.TSIG_NAME,
        secret=_secret(site),
    )
    clauses = (
        zone_clause(zone, updatable=zone.name in plan.UPDATABLE_ZONES) for zone in zones.all_zones()
    )
    return head + "".join(clauses)


def _secret(site: Site) -> str:
    found = re.search(r'secret "([^"]+)"', keys.tsig(site).read_text())
    if found is None:
        raise LabError(f"{keys.tsig(site)} is not a TSIG key; remove it and run `up` again")
    return found[1]
