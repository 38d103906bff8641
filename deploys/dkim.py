"""One step of DKIM rotation: what is due for each sender domain, and what it waits for.

pyinfra inventories/prod.py deploys/dkim.py [--data rotate=true | --data back=true]
"""

from omi_core.relay import steps

steps.begin_rotation()
steps.take(
    steps.generate_dkim_keys("Make the next DKIM keys"),
    steps.distribute_dkim_keys("Carry the DKIM keys to every relay"),
    # What comes is there before a signer uses it, what goes has been left by every signer.
    steps.publish_dns("Publish DNS"),
    steps.prove_dkim_keys("Prove the next DKIM keys at every server"),
    steps.sign("Sign with rspamd"),
    steps.delete_dkim_keys("Remove withdrawn DKIM keys"),
)
