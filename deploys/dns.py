"""Only DNS: what the relays and their sender domains need, from the keys that are on the relays.

pyinfra inventories/prod.py deploys/dns.py [--data plan=FILE]
"""

from omi_core.relay import steps

steps.take(steps.publish_dns("Publish DNS"))
