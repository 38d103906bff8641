"""When relays update themselves: a window of the environment, and each relay's own part of it."""
