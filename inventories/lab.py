"""The throw-away network that `lab/` builds: the shape of prod.py, with the lab's addresses."""

from omi_core.inventory import (
    certificates,
    control_row,
    environment,
    internal_ca,
    load_customers,
    relay_host,
    rfc2136,
)

_environment = environment(
    operator_zone="itpison.com",
    public_names=("smtp.itpison.com", "smtp2.itpison.com"),
    postmaster="postmaster@inbox.example",
    customers=load_customers("inventories/lab/customers"),
    issuer=internal_ca(".lab/ca"),
    certificates=certificates(keys=("ecdsa", "rsa")),  # as production, for old printers
    dns=rfc2136(server="198.18.0.2", key_file=".lab/tsig.key"),
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
