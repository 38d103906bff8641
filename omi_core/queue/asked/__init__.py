"""What the side that asks relays for their queues knows; no relay has it."""
