"""The relays that customers use.

The addresses are of the documentation ranges; write your own, and yours into `known_hosts`.
"""

from omi_core.inventory import (
    acme,
    certificates,
    cloudflare,
    control_row,
    environment,
    load_customers,
    relay_host,
    updates,
)

_environment = environment(
    operator_zone="itpison.com",
    public_names=("smtp.itpison.com", "smtp2.itpison.com"),
    postmaster="postmaster@itpison.com",
    customers=load_customers("inventories/prod/customers"),
    # Let's Encrypt, whose terms you have read: https://letsencrypt.org/repository/
    issuer=acme(directory="/etc/omi-control/acme", agrees_to_terms=True),
    # Old printers, and PHP and Outlook on old Windows, know RSA alone; all others take P-256.
    certificates=certificates(keys=("ecdsa", "rsa")),
    # Elsewhere it is rfc2136(...), manual_dns() or dns_service(...): docs/dns.md.
    dns=cloudflare(token_file="/etc/omi-control/cloudflare.token"),
    writable_zones=("itpison.com",),
    # Section 3.2 of the customers' guide promises AUTH without encryption on port 25, and old
    # printers depend on it. A password on that port can be read on its way.
    plaintext_auth=True,
    # Security updates, each relay in its own part of the night: docs/upkeep.md.
    updates=updates(window="02:00-05:00"),
)

relay = [
    relay_host(
        "smtp.itpison.com", environment=_environment, ipv4="192.0.2.25", ipv6="2001:db8::25"
    ),
    relay_host(
        "smtp2.itpison.com", environment=_environment, ipv4="192.0.2.26", ipv6="2001:db8::26"
    ),
]
control = [control_row(_environment)]
