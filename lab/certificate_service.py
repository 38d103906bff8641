"""The ACME host: Pebble, whose validation asks a resolver that keeps nothing."""

import json

from lab import keys, name_service
from lab.seed import File
from lab.site import Site

_UNIT = """[Unit]
Description=Pebble, the ACME server of the lab
After=network-online.target unbound.service
[Service]
Environment=PEBBLE_VA_NOSLEEP=1
ExecStart=/usr/bin/pebble -strict -config /etc/pebble/lab.json -dnsserver 127.0.0.1:53
Restart=on-failure
[Install]
WantedBy=multi-user.target
"""

_CONFIGURATION = {
    "pebble": {
        "listenAddress": "[::]:14000",
        "managementListenAddress": "[::]:15000",
        "certificate": "/etc/pebble/lab.pem",
        "privateKey": "/etc/pebble/lab.key",
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "retryAfter": {"authz": 1, "order": 1},
        "certificateValidityPeriod": 7776000,  # 90 days, as public authorities have had it
    }
}


def files(site: Site) -> list[File]:
    """Return Pebble's configuration, its own server certificate, and its resolver."""
    key, certificate = keys.leaf(site, "acme.lab-dns.example")
    unit = "/etc/systemd/system/lab-pebble.service"
    wants = "/etc/systemd/system/multi-user.target.wants/lab-pebble.service"
    return [
        File(path="/etc/pebble/lab.json", content=json.dumps(_CONFIGURATION, indent=2)),
        File(path="/etc/pebble/lab.pem", content=certificate),
        File(path="/etc/pebble/lab.key", content=key, mode=0o600),
        File(path=unit, content=_UNIT),
        File(path=wants, link=unit),
        *name_service.resolver(("127.0.0.1", "::1"), ttl=0, negative_ttl=0),
    ]
