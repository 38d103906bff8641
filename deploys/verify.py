r"""Every public name is looked at as a customer meets it.

pyinfra inventories/prod.py deploys/verify.py
OMI_PASSWORD=... pyinfra --data account=LOGIN --data to=ADDRESS \\
    inventories/prod.py deploys/verify.py
"""

from omi_core.infra import verify
from omi_core.infra.inventory import this_environment

verify.matrix(this_environment(), name="Look at every listener as a customer does")
