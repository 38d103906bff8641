"""`omi smtp`."""
