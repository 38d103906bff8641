"""What `omi restore` brings back into relays that have no keys; that command runs this deploy.

omi restore FILE --identity KEYFILE --inventory inventories/prod.py
"""

from omi_core.relay import steps

steps.take(
    steps.compare_backup("Compare the backup with what is there"),
    steps.restore_keys("Restore the DKIM keys"),
    steps.restore_control("Restore the keys of the control machine"),
)
