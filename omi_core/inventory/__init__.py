"""What an inventory says: the calls that it is written in, and the values that they make.

`inventories/prod.py` shows one. Nothing here needs pyinfra.
"""

from omi_core.inventory.constructors import (
    accept,
    acme,
    certificates,
    cloudflare,
    control_row,
    direct,
    dns_service,
    engine,
    environment,
    firewall,
    internal_ca,
    limits,
    load_customers,
    manual_dns,
    policies,
    provided_files,
    receiver,
    relay_host,
    rfc2136,
    rotation,
    secret_command,
    shared,
    smarthost,
    updates,
    warm_up,
)
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.load import relays_in
from omi_core.inventory.model import Environment, Relay

__all__ = [
    "Account",
    "Customer",
    "Environment",
    "Relay",
    "Sender",
    "accept",
    "acme",
    "certificates",
    "cloudflare",
    "control_row",
    "direct",
    "dns_service",
    "engine",
    "environment",
    "firewall",
    "internal_ca",
    "limits",
    "load_customers",
    "manual_dns",
    "policies",
    "provided_files",
    "receiver",
    "relay_host",
    "relays_in",
    "rfc2136",
    "rotation",
    "secret_command",
    "shared",
    "smarthost",
    "updates",
    "warm_up",
]
