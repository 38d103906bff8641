"""The DKIM keys of all relays and the keys of who certifies, encrypted, in one file.

pyinfra inventories/prod.py deploys/backup.py --data file=FILE --data recipients=age1...,age1...
"""

from omi_core.relay import steps

steps.take(steps.back_up("Back up the keys of all relays"))
