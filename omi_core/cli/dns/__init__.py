"""`omi dns`."""
