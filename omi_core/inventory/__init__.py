"""What an inventory says: the calls that it is written in, and the values that they make.

`inventories/prod.py` shows one. Nothing here needs pyinfra.
"""

from omi_core.inventory.constructors import (
    acme,
    certificates,
    cloudflare,
    control_row,
    environment,
    internal_ca,
    load_customers,
    manual_dns,
    policies,
    provided_files,
    relay_host,
    rfc2136,
    rotation,
)
from omi_core.inventory.model import Direct, Engine

__all__ = [
    "Direct",
    "Engine",
    "acme",
    "certificates",
    "cloudflare",
    "control_row",
    "environment",
    "internal_ca",
    "load_customers",
    "manual_dns",
    "policies",
    "provided_files",
    "relay_host",
    "rfc2136",
    "rotation",
]
