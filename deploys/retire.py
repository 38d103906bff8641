"""A relay leaves: out of DNS, its queue empty or handed over, its keys erased.

pyinfra inventories/prod.py deploys/retire.py --data retire=smtp2.itpison.com
"""

from omi_core.relay import steps

steps.take(
    steps.lead_customers_away("Lead customers to the other relays"),
    steps.close_listeners("Take no new mail"),
    steps.drain_queue("Deliver what waits"),
    steps.hand_over_queue("Hand over what still waits"),
    # Only now: until its queue was empty it sent, and SPF had to name it.
    steps.withdraw_relay("Take the relay out of DNS"),
    steps.revoke_certificates("Revoke its certificates"),
    steps.erase_keys("Erase its keys"),
)
