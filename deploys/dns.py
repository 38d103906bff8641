"""Only DNS: what the relays and their sender domains need, from the keys that are on the relays.

pyinfra inventories/prod.py deploys/dns.py [--data plan=FILE]
"""

from omi_core.infra import connection, dns
from omi_core.infra.inventory import this_environment, this_relay

if this_relay():
    connection.send_at_once()

dns.records(this_environment(), name="Publish DNS")
