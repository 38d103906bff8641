"""The public face of inventory, as an inventory and a tool that reads one write it."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import assert_type

from omi_core.inventory import (
    Customer,
    Environment,
    Relay,
    acme,
    control_row,
    direct,
    engine,
    environment,
    load_customers,
    relay_host,
    relays_in,
    rfc2136,
    rotation,
    smarthost,
)
from omi_core.names import Fqdn

customers = load_customers("inventories/prod/customers")
assert_type(customers, tuple[Customer, ...])
made = environment(
    operator_zone="itpison.com",
    public_names=("smtp.itpison.com",),
    postmaster="postmaster@itpison.com",
    customers=customers,
    issuer=acme(directory="/etc/omi-control/acme", agrees_to_terms=True),
    dns=rfc2136(server="192.0.2.53", key_file="/etc/omi-control/tsig.key"),
    rotation=rotation(every_days=90),
    next_hop=engine("engine.example", account_header="X-Omi-Account"),
    next_hops={"mx": direct(), "abroad": smarthost("mail.example", tls="encrypt")},
)
assert_type(made, Environment)
assert_type(made.public_names, tuple[Fqdn, ...])

relay = [relay_host("smtp.itpison.com", environment=made, ipv4="192.0.2.25")]
assert_type(relay, list[tuple[str, dict[str, object]]])
control = [control_row(made)]

relays = relays_in(Path("inventories/prod.py"))
assert_type(relays, tuple[Relay, ...])
assert_type(relays[0].addresses, tuple[IPv4Address | IPv6Address, ...])

relay_host("smtp.itpison.com", environment="production")  # type: ignore[arg-type]
relay_host("smtp.itpison.com", environment=made, next_hop="direct")  # type: ignore[arg-type]
environment(operator_zone="itpison.com")  # type: ignore[call-arg]
rfc2136(server="192.0.2.53", key="secret")  # type: ignore[arg-type]
