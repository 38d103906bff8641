r"""Every public name is looked at as a customer meets it, and every customer's records.

pyinfra inventories/prod.py deploys/verify.py
OMI_PASSWORD=... pyinfra --data account=LOGIN --data to=ADDRESS \\
    inventories/prod.py deploys/verify.py
"""

from omi_core.infra import dns_verify, verify
from omi_core.infra.inventory import this_environment

verify.matrix(this_environment(), name="Look at every listener as a customer does")
dns_verify.customers(this_environment(), name="Look at the records of every zone and customer")
