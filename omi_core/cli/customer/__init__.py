"""`omi customer`."""
