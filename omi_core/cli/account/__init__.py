"""`omi account`."""
