"""`omi drift`: where hosts and DNS differ from the inventory."""
