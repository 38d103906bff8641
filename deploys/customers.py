"""Only what customers' files decide: keys, DNS, accounts, senders; on relays that are deployed.

pyinfra inventories/prod.py deploys/customers.py
"""

from omi_core.relay import steps

steps.take(
    steps.generate_dkim_keys("Make the DKIM keys that no relay has"),
    steps.distribute_dkim_keys("Carry the DKIM keys to every relay"),
    # Before any signer uses them, as in deploys/relay.py.
    steps.publish_dns("Publish DNS"),
    steps.push_customers("Bring the customers to the daemons"),
)
