"""`omi reputation`."""
