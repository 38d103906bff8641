"""The network of inventories/lab.py, published by `cloudflare(...)` as prod.py is.

The token and the URL of the stand-in come from the environment: `make demo DNS=cloudflare`.
"""

from omi_core.inventory import (
    certificates,
    cloudflare,
    control_row,
    environment,
    internal_ca,
    load_customers,
    relay_host,
)

_environment = environment(
    operator_zone="itpison.com",
    public_names=("smtp.itpison.com", "smtp2.itpison.com"),
    postmaster="postmaster@inbox.example",
    customers=load_customers("inventories/lab/customers"),
    issuer=internal_ca(".lab/ca"),
    certificates=certificates(keys=("ecdsa", "rsa")),  # as production, for old printers
    dns=cloudflare(),
    writable_zones=("itpison.com", "shop.example", "news.example"),
    docs_url="https://docs.itpison.com",
    plaintext_auth=True,  # as production: section 3.2 of the customers' guide promises it
)

relay = [
    relay_host(
        "smtp.itpison.com", environment=_environment, ipv4="198.18.0.11", ipv6="2001:db8:18::11"
    ),
    relay_host(
        "smtp2.itpison.com", environment=_environment, ipv4="198.18.0.12", ipv6="2001:db8:18::12"
    ),
]
control = [control_row(_environment)]
