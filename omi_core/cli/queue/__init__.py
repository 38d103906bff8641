"""`omi queue`: what is in the queues of the relays, and what is done about it."""
