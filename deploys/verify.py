r"""Every public name is looked at as a customer meets it, and every customer's records.

pyinfra inventories/prod.py deploys/verify.py
OMI_PASSWORD=... pyinfra --data account=LOGIN --data to=ADDRESS \\
    inventories/prod.py deploys/verify.py
"""

from omi_core.relay import steps

steps.take(
    steps.verify_listeners("Look at every listener as a customer does"),
    steps.verify_dns("Look at the records of every zone and customer"),
    steps.verify_software("Look for software that waits for a restart"),
)
