"""What `omi queue` asks of every relay; it is that command which runs this deploy.

omi queue list --inventory inventories/prod.py
"""

from omi_core.relay import steps

steps.take(steps.ask_queues("Ask the queue of each relay"))
