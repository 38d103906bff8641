"""`omi backup` and `omi restore`."""
